package compiler

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/dagexport/dagexport/internal/diag"
	"github.com/dagexport/dagexport/ir"
)

// templateFolders are the folders in which Airflow looks for template files: that of the DAG file, which stands beside the
// pipeline file, then template_searchpath. nil: they are not known here.
func (c *compilation) templateFolders(d *dagDecl) []string {
	folders := []string{filepath.Dir(c.path)}
	search := ir.Lookup(d.p.Args, "template_searchpath")
	if search == nil {
		return folders
	}
	switch v := search.Value.(type) {
	case *ir.Null:
		return folders
	case *ir.String:
		folders = append(folders, v.V)
	case *ir.List:
		for _, item := range v.Items {
			text, ok := item.(*ir.String)
			if !ok {
				return nil
			}
			folders = append(folders, text.V)
		}
	default:
		return nil
	}
	for _, folder := range folders[1:] {
		// A folder of the machine that runs Airflow need not be on this one.
		if info, err := os.Stat(folder); !filepath.IsAbs(folder) || err != nil || !info.IsDir() {
			return nil
		}
	}
	return folders
}

// file tells whether a text names a template file, and reports one that is not there.
func (ts *templates) file(t *taskDecl, text string, span ir.Span) bool {
	ext := ""
	for _, one := range t.t.TemplateExt {
		if strings.HasSuffix(text, one) {
			ext = one
		}
	}
	if ext == "" {
		return false
	}
	if ts.folders == nil || ts.dialect {
		return true
	}
	climbs := false
	for _, part := range strings.Split(text, "/") {
		climbs = climbs || part == ".."
	}
	for _, folder := range ts.folders {
		info, err := os.Stat(filepath.Join(folder, filepath.FromSlash(text)))
		if !climbs && err == nil && !info.IsDir() {
			return true
		}
	}
	d := ts.c.diags.Warnf(span, diag.MissingTemplate, "there is no template file %s", quoted(text))
	switch isShell := ext == ".sh" || ext == ".bash"; {
	case climbs:
		d.WithHelp("Airflow looks for it beside the DAG file and in template_searchpath, and never goes up with ..")
	case isShell && strings.ContainsAny(outsideBraces(text), " \t\n"):
		d.WithHelp("Airflow takes a text that ends in %s for the name of a file: for a command write a space after it, in quotes", ext)
		if s := ts.c.sourceOf(span); s != nil && (s.at(span) == text && !strings.ContainsAny(text, "\"\\") || s.at(span) == `"`+text+`"`) {
			d.WithFix(span, `"`+text+` "`)
		}
	case hasJinja(text):
		d.WithHelp("Airflow takes a text that ends in %s for the name of a file, and does not render the name", ext)
	case filepath.IsAbs(text):
		d.WithHelp("Airflow looks for it below the folder of the DAG file and template_searchpath, even where it begins with /")
	case isShell:
		d.WithHelp("Airflow looks for it beside the DAG file and in template_searchpath; for a command write a space after it, in quotes: \"%s \"", text)
	default:
		d.WithHelp("Airflow looks for it beside the DAG file and in template_searchpath")
	}
	return true
}

// outsideBraces is a text without what is between {{ and }}.
func outsideBraces(text string) string {
	var out strings.Builder
	for {
		open := strings.Index(text, "{{")
		end := -1
		if open >= 0 {
			end = strings.Index(text[open:], "}}")
		}
		if end < 0 {
			out.WriteString(text)
			return out.String()
		}
		out.WriteString(text[:open])
		text = text[open+end+2:]
	}
}
