package compiler

import (
	"path/filepath"

	"github.com/dagexport/dagexport/internal/diag"
)

// defaultsNames are the names of a file of shared defaults; the first that a folder has counts.
var defaultsNames = []string{"defaults.yml", "defaults.yaml"}

// defaultsFiles reads the shared defaults of the pipeline file's folder and of each folder around it, up to the DAG root; the
// nearest first. Those that are no mapping were reported.
func (c *compilation) defaultsFiles() []*node {
	var found []*node
	for _, dir := range c.foldersUp() {
		for _, name := range defaultsNames {
			path := filepath.Join(dir, name)
			if filepath.ToSlash(path) == c.src.file {
				break // the pipeline file itself is so called
			}
			shared, err := c.readOther(path)
			if err != nil {
				continue
			}
			if shared != nil && !isNullNode(shared, c.mode) {
				if shared.kind == mapNode {
					found = append(found, shared)
				} else {
					c.diags.Errorf(shared.span, diag.WrongType, "a file of defaults is a mapping, not %s", shared.noun(c.mode)).
						WithHelp("write keys of a DAG, such as `default_args:`")
				}
			}
			break
		}
	}
	return found
}

// foldersUp are the folders from the pipeline file's own to the DAG root; only these two where the file is not below it.
func (c *compilation) foldersUp() []string {
	own := filepath.Dir(c.path)
	folders := []string{own}
	if sameFolder(own, c.root) {
		return folders
	}
	for dir := own; ; {
		up, ok := parentDir(dir)
		if !ok {
			return []string{own, c.root}
		}
		folders = append(folders, up)
		if sameFolder(up, c.root) {
			return folders
		}
		dir = up
	}
}

func sameFolder(a, b string) bool {
	absA, errA := filepath.Abs(a)
	absB, errB := filepath.Abs(b)
	return errA == nil && errB == nil && absA == absB
}

// underDefaults puts a file of one DAG over the shared defaults, of which the nearest win.
func (c *compilation) underDefaults(root *node) *node {
	for _, shared := range c.defaultsFiles() {
		bad := false
		for _, key := range []string{"tasks", "task_groups", "dag_id"} {
			if p := shared.pair(key); p != nil {
				c.diags.Errorf(p.key.span, diag.UnknownKey, "%s cannot stand in the defaults of many DAGs", key).
					WithHelp("keep tasks that several DAGs share in a fragment, and write `include:` where they belong")
				bad = true
			}
		}
		if !bad {
			root = layer(shared, root, root, bodyTier)
		}
	}
	return root
}
