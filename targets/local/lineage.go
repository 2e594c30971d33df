package local

import (
	"encoding/json"

	"github.com/dagexport/dagexport/ir"
	"github.com/dagexport/dagexport/targets/local/jinja"
	"github.com/dagexport/dagexport/targets/local/task"
)

// pushLineage stores what Airflow 2 says of the inlets and outlets of a task that has succeeded, as XComs of their own.
func pushLineage(p *ir.Pipeline, version ir.Version, t *ir.Task, xcoms task.XComs) {
	if version.Major != 2 {
		return
	}
	outlets := task.Listed(p, t, "outlets")
	if _, empty := t.Op.(*ir.Empty); empty && len(outlets) == 0 && len(t.Callbacks) == 0 {
		return // it is not executed there
	}
	for _, one := range []struct {
		key    string
		values []ir.Value
	}{{"pipeline_outlets", outlets}, {"pipeline_inlets", task.Listed(p, t, "inlets")}} {
		if text, ok := datasets(one.values); ok {
			xcoms.Push(one.key, text)
		}
	}
}

// datasets is a list of datasets and aliases as a run record has it; false where there is none, or where something else is among them.
func datasets(values []ir.Value) (json.RawMessage, bool) {
	type shown struct {
		Repr string `json:"__repr__"`
	}
	var all []shown
	for _, value := range values {
		text := ""
		switch v := value.(type) {
		case *ir.Asset:
			extra := "None"
			if v.Extra != nil {
				data, err := jsonOf(v.Extra)
				if err != nil {
					return nil, false
				}
				extra = repr(data)
			}
			text = "Dataset(uri=" + repr(jsonString(keyOfAsset(ir.Version{Major: 2}, v.Name, v.URI).uri)) + ", extra=" + extra + ")"
		case *ir.AssetAlias:
			text = "DatasetAlias(name=" + repr(jsonString(v.Name)) + ")"
		default:
			return nil, false
		}
		all = append(all, shown{text})
	}
	data, err := json.Marshal(all)
	return data, err == nil && len(all) > 0
}

// repr is Python's repr() of the value of a JSON text.
func repr(text json.RawMessage) string {
	shown, err := jinja.Repr(text)
	if err != nil {
		panic(err) // it is JSON that was just made
	}
	return shown
}
