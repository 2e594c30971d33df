package local

import (
	"encoding/json"

	"github.com/dagexport/dagexport/ir"
	"github.com/dagexport/dagexport/targets/local/jinja"
	"github.com/dagexport/dagexport/targets/local/task"
)

// pushLineage pushes what Airflow 2 pushes of the datasets that a task which has succeeded reads and writes.
func (r *run) pushLineage(tc *task.Context) {
	if r.shared.Version.Major > 2 {
		return
	}
	for _, name := range []string{"outlets", "inlets"} {
		list, ok := task.OptionOf(r.pipeline, tc.Task, name).(*ir.List)
		if !ok || len(list.Items) == 0 {
			continue
		}
		shown := []map[string]string{}
		for _, item := range list.Items {
			asset, ok := item.(*ir.Asset)
			if !ok {
				return // known only when the task runs, or of the user's own
			}
			extra := "None"
			if asset.Extra != nil {
				data, err := jsonOf(asset.Extra)
				if err != nil {
					return
				}
				if extra, err = jinja.Repr(data); err != nil {
					return
				}
			}
			uri := asset.URI
			if uri == "" {
				uri = asset.Name
			}
			text, err := jinja.Repr(jsonString(uri))
			if err != nil {
				return
			}
			shown = append(shown, map[string]string{"__repr__": "Dataset(uri=" + text + ", extra=" + extra + ")"})
		}
		if data, err := json.Marshal(shown); err == nil {
			tc.XComs.Push("pipeline_"+name, data)
		}
	}
}
