package compiler

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strings"

	"github.com/dagexport/dagexport/internal/diag"
	"github.com/dagexport/dagexport/ir"
)

// Project is what the nearest dagexport.yaml says. Its zero value is a project without one.
type Project struct {
	Path     string       // of the file; "" where there is none
	Versions []ir.Version // airflow_version, as written: one, or several that the files are for
	DagsRoot string       // as a path from the current folder; "" unless written
	Strict   bool
}

const projectFile = "dagexport.yaml"

var projectKeys = []string{"airflow_version", "dags_root", "strict"}

// LoadProject reads the nearest dagexport.yaml from startDir upwards. Unknown keys and wrong values are diagnostics.
func LoadProject(startDir string) (Project, diag.List) {
	var diags diag.List
	dir := startDir
	for {
		path := filepath.Join(dir, projectFile)
		text, err := os.ReadFile(path)
		if err == nil {
			project := readProject(path, text, &diags)
			diags.Sort()
			return project, diags
		}
		if !errors.Is(err, fs.ErrNotExist) {
			diags.Errorf(ir.Span{File: filepath.ToSlash(path)}, diag.Unreadable, "cannot read the file")
			return Project{}, diags
		}
		up, ok := parentDir(dir)
		if !ok {
			return Project{}, diags
		}
		dir = up
	}
}

// parentDir is the folder above; relative paths stay relative.
func parentDir(dir string) (string, bool) {
	absolute, err := filepath.Abs(dir)
	if err != nil || filepath.Dir(absolute) == absolute {
		return "", false
	}
	if filepath.IsAbs(dir) {
		return filepath.Dir(absolute), true
	}
	return filepath.Join(dir, ".."), true
}

func readProject(path string, text []byte, diags *diag.List) Project {
	project := Project{Path: path}
	c := &compilation{path: path, src: newSource(filepath.ToSlash(path), text), diags: diags}
	root := parse(c.src, new(memory), diags)
	if root == nil {
		return project
	}
	if root.kind != mapNode {
		diags.Errorf(root.span, diag.WrongType, "%s is a mapping, not %s", projectFile, root.noun(core12))
		return project
	}
	for _, p := range root.pairs {
		s := scalar{}
		if p.value.kind == scalarNode {
			s = resolve(p.value, core12)
		}
		switch p.key.text {
		case "airflow_version":
			project.Versions = readVersions(p.value, diags)
		case "dags_root":
			if p.value.kind != scalarNode || s.kind != isText || p.value.text == "" {
				diags.Errorf(p.value.span, diag.WrongType, "dags_root must be the path of a folder, not %s", p.value.noun(core12))
				continue
			}
			root := filepath.FromSlash(p.value.text)
			if !filepath.IsAbs(root) {
				root = filepath.Join(filepath.Dir(path), root)
			}
			if info, err := os.Stat(root); err != nil || !info.IsDir() {
				diags.Errorf(p.value.span, diag.Project, "there is no folder %s", quoted(p.value.text)).
					WithHelp("dags_root is relative to %s", projectFile)
				continue
			}
			project.DagsRoot = root
		case "strict":
			if s.kind != isBool {
				diags.Errorf(p.value.span, diag.WrongType, "strict must be true or false, not %s", p.value.noun(core12))
				continue
			}
			project.Strict = s.bool
		default:
			d := diags.Errorf(p.key.span, diag.UnknownKey, "%s has no key %s", projectFile, quoted(p.key.text))
			suggest(d, p.key.span, p.key.text, projectKeys, "its keys are")
		}
	}
	return project
}

// readVersions reads one version of Airflow, or a list of them.
func readVersions(n *node, diags *diag.List) []ir.Version {
	items := []*node{n}
	if n.kind == listNode && len(n.items) > 0 {
		items = n.items
	}
	var versions []ir.Version
	for _, item := range items {
		version, err := ir.ParseVersion(item.text)
		if err == nil && item.kind == scalarNode {
			versions = append(versions, version)
			continue
		}
		d := diags.Errorf(item.span, diag.Project, "airflow_version cannot be %s", quoted(item.text))
		if item.kind != scalarNode {
			d.Message = "airflow_version cannot be " + item.noun(core12)
		}
		d.WithHelp("the supported versions are %s", versionList())
		if item.kind == scalarNode && item.text == "2.1" {
			d.WithHelp("2.10 is written as it is: quotes are not needed")
		}
	}
	return versions
}

func versionList() string {
	names := make([]string, len(ir.Versions))
	for i, v := range ir.Versions {
		names[i] = v.String()
	}
	return strings.Join(names, ", ")
}

// FindDagsRoot finds the folder from which Airflow imports modules: the project's dags_root, else the nearest folder up the tree
// that is named dags or holds an .airflowignore, else the file's own folder.
func FindDagsRoot(file string, project Project) string {
	if project.DagsRoot != "" {
		return project.DagsRoot
	}
	own := filepath.Dir(file)
	for dir := own; ; {
		absolute, err := filepath.Abs(dir)
		if err != nil {
			return own
		}
		if filepath.Base(absolute) == "dags" {
			return dir
		}
		if _, err := os.Stat(filepath.Join(dir, ".airflowignore")); err == nil {
			return dir
		}
		up, ok := parentDir(dir)
		if !ok {
			return own
		}
		dir = up
	}
}

// Discover lists the YAML files below a folder, sorted by path. Hidden folders are skipped; whether a file is a pipeline,
// Result.NotPipeline says. A folder that cannot be read is an error.
func Discover(root string) ([]string, error) {
	var files []string
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := entry.Name()
		if entry.IsDir() {
			if path != root && strings.HasPrefix(name, ".") {
				return filepath.SkipDir
			}
			return nil
		}
		if ext := filepath.Ext(name); (ext == ".yaml" || ext == ".yml") && name != projectFile {
			files = append(files, path)
		}
		return nil
	})
	sort.Strings(files)
	return files, err
}
