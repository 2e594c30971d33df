package task

import (
	"slices"

	"github.com/dagexport/dagexport/ir"
)

// Container says how a RunContainer reaches Docker, and how what it makes there is found again.
type Container struct {
	Command []string          `json:"command"` // docker and the options that lead to its daemon; nil: the real operator finds its own way
	Labels  map[string]string `json:"labels"`
}

// parameters are those of the classes of docker.types that arguments of DockerOperator hold; each may be written as a map, too.
var parameters = map[string][]string{
	"Mount": {
		"target", "source", "type", "read_only", "consistency", "propagation", "no_copy", "labels", "driver_config", "tmpfs_size", "tmpfs_mode", "subpath",
	},
	"Ulimit": {"name", "soft", "hard"},
}

// plainContainer makes maps of the objects of docker.types, so that no interpreter needs that package, and their texts are rendered as
// Airflow renders those of a Mount, which is a dict.
func plainContainer(c *Call) {
	for i, a := range c.Options {
		list, ok := a.Value.(*ir.List)
		if !ok || a.Name != "mounts" && a.Name != "ulimits" {
			continue
		}
		own := &ir.List{Items: slices.Clone(list.Items), Span: list.Span}
		for j, item := range own.Items {
			if call, ok := item.(*ir.Call); ok {
				own.Items[j] = plainObject(call)
			}
		}
		c.Options[i].Value = own
	}
}

func plainObject(call *ir.Call) ir.Value {
	names := parameters[call.Func.Name]
	if call.Func.Module != "docker.types" || len(call.Args) > len(names) || call.Partial {
		return call
	}
	m := &ir.Map{Span: call.Span}
	for i, v := range call.Args {
		m.Entries = append(m.Entries, ir.Entry{Key: &ir.String{V: names[i], Span: v.Pos()}, Value: v})
	}
	for _, a := range call.Kwargs {
		m.Entries = append(m.Entries, ir.Entry{Key: &ir.String{V: a.Name, Span: a.NameSpan}, Value: a.Value})
	}
	return m
}

// beyondDocker is the first argument whose items hold more than the docker command is told here; nil: none.
func beyondDocker(c *Call) *ir.Arg {
	for i, a := range c.Options {
		known := map[string][]string{"mounts": parameters["Mount"], "ulimits": parameters["Ulimit"]}[a.Name]
		list, ok := a.Value.(*ir.List)
		if known == nil || !ok {
			continue
		}
		for _, item := range list.Items {
			m, ok := item.(*ir.Map)
			if !ok {
				return &c.Options[i]
			}
			for _, e := range m.Entries {
				name, ok := e.Key.(*ir.String)
				if !ok || name.V == "driver_config" || !slices.Contains(known, name.V) {
					return &c.Options[i]
				}
			}
		}
	}
	return nil
}

// ContainerArg tells whether a name is an argument of @task.docker that its function does not take.
func ContainerArg(name string) bool { return slices.Contains(decoratedContainer.takes, name) }
