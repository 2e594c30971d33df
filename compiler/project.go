package compiler

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
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
	Settings []Setting // of the orchestrators, in the order of the file
}

// Setting is an option of an orchestrator as dagexport.yaml has it. What its text means, the command says that has the option.
type Setting struct {
	Target string // "airflow" or "local"
	Name   string // of the option, with underscores
	Text   string
	Span   ir.Span
}

// OrchestratorKeys are the options that dagexport.yaml may set for each orchestrator. Those that are secret are not among them.
var OrchestratorKeys = map[string][]string{
	"airflow": {"url", "user", "profile", "ca_file", "home", "wait", "python"},
	"local":   {"python", "jobs", "sensors", "retry_delay_max", "variables", "connections", "pools"},
}

const projectFile = "dagexport.yaml"

var projectKeys = []string{"airflow_version", "dags_root", "orchestrator", "strict"}

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
	root := parseOptional(c.src, new(memory), diags)
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
		case "orchestrator":
			readOrchestrators(&project, p.value, diags)
		default:
			d := diags.Errorf(p.key.span, diag.UnknownKey, "%s has no key %s", projectFile, quoted(p.key.text))
			suggest(d, p.key.span, p.key.text, projectKeys, "its keys are")
		}
	}
	return project
}

// readOrchestrators reads the options of each orchestrator.
func readOrchestrators(project *Project, n *node, diags *diag.List) {
	if n.kind != mapNode {
		diags.Errorf(n.span, diag.WrongType, "orchestrator is a mapping of airflow and local, not %s", n.noun(core12))
		return
	}
	for _, p := range n.pairs {
		keys, ok := OrchestratorKeys[p.key.text]
		if !ok {
			d := diags.Errorf(p.key.span, diag.UnknownKey, "there is no orchestrator %s", quoted(p.key.text))
			suggest(d, p.key.span, p.key.text, []string{"airflow", "local"}, "there are")
			continue
		}
		if p.value.kind != mapNode {
			diags.Errorf(p.value.span, diag.WrongType, "the options of an orchestrator are a mapping, not %s", p.value.noun(core12))
			continue
		}
		for _, one := range p.value.pairs {
			name := one.key.text
			switch {
			case name == "password" || name == "token":
				diags.Errorf(one.key.span, diag.Project, "a secret does not belong in %s", projectFile).
					WithHelp("set the environment variable DAGEXPORT_ORCHESTRATOR_AIRFLOW_%s", strings.ToUpper(name))
			case !slices.Contains(keys, name):
				d := diags.Errorf(one.key.span, diag.UnknownKey, "the orchestrator %s has no option %s", p.key.text, quoted(name))
				suggest(d, one.key.span, name, keys, "its options are")
			case one.value.kind != scalarNode:
				diags.Errorf(one.value.span, diag.WrongType, "%s is a single value, not %s", name, one.value.noun(core12))
			default:
				project.Settings = append(project.Settings, Setting{p.key.text, name, one.value.text, one.value.span})
			}
		}
	}
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
