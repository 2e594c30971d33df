package task

import (
	"encoding/json"

	"github.com/dagexport/dagexport/ir"
)

// Update is what a task says of an asset that it updates, by outlet_events or by Metadata that it yields.
type Update struct {
	Alias string          `json:"alias"` // that stands for the asset; "": the asset is meant itself
	Name  string          `json:"name"`
	URI   string          `json:"uri"`
	Extra json.RawMessage `json:"extra"` // a JSON object
}

// Said is what a try has said of assets so far. Its processes, of which each gets what those before it have said, add to it.
type Said struct{ Updates []Update }

// Listed are the items of an argument of a task that is a list, or its only one, wherever it was given.
func Listed(p *ir.Pipeline, t *ir.Task, name string) []ir.Value {
	switch v := OptionOf(p, t, name).(type) {
	case nil:
		return nil
	case *ir.List:
		return v.Items
	default:
		return []ir.Value{v}
	}
}
