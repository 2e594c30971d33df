package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dagexport/dagexport/internal/diag"
	"github.com/dagexport/dagexport/ir"
)

func versionNames(versions []ir.Version) string {
	names := make([]string, len(versions))
	for i, v := range versions {
		names[i] = v.String()
	}
	return strings.Join(names, " and ")
}

// acrossVersions compiles a file for each version that it is for. What is said for all of them is said once, what only some
// say names them.
func acrossVersions(versions []ir.Version, one func(ir.Version) *unit) *unit {
	var first *unit
	said := map[place][]ir.Version{}
	var all diag.List
	for _, v := range versions {
		u := one(v)
		list := u.result.Diags
		list.Add(u.checked)
		for _, d := range list.All() {
			at := place{d.Span, d.Code, d.Message}
			said[at] = append(said[at], v)
		}
		all.Add(list)
		if first == nil {
			first = u
		} else if u.result.File == nil {
			first.result.File = nil
		}
	}
	all.Sort()
	for i := range all.All() {
		d := &all.All()[i]
		if on := said[place{d.Span, d.Code, d.Message}]; len(on) < len(versions) {
			d.WithHelp("this is so on Airflow %s", versionNames(on))
		}
	}
	first.result.Diags, first.checked = all, diag.List{}
	return first
}

// sayOnce keeps, of what versions of Airflow read differently in every DAG, the first, and counts the others.
func (s *session) sayOnce(units []*unit) {
	var first *unit
	others := 0
	differs := func(d diag.Diagnostic) bool { return d.Code == diag.DataInterval }
	for _, u := range units {
		n := 0
		u.result.Diags = u.result.Diags.Filter(func(d diag.Diagnostic) bool {
			if !differs(d) {
				return true
			}
			n++
			return first == nil && n == 1
		})
		others += n
		if n > 0 && first == nil {
			first = u
		}
	}
	if others < 2 {
		return
	}
	list := first.result.Diags.All()
	d := &list[slices.IndexFunc(list, differs)]
	rest := "one more DAG has such a schedule"
	if others > 2 {
		rest = fmt.Sprintf("%d more DAGs have such schedules", others-1)
	}
	d.WithHelp("%s", rest)
}
