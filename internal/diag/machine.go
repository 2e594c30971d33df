package diag

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
)

// WriteJSON writes the views as one JSON array.
func WriteJSON(w io.Writer, views []View) error {
	if views == nil {
		views = []View{}
	}
	return writeJSON(w, views)
}

// WriteGitHub writes workflow commands, which GitHub shows beside the lines of a pull request.
func WriteGitHub(w io.Writer, views []View) error {
	var out strings.Builder
	for _, v := range views {
		text := v.Message + " [" + string(v.Code) + "]"
		for _, help := range v.Help {
			text += "\nhelp: " + help
		}
		fmt.Fprintf(&out, "::%s file=%s,line=%d,col=%d,endLine=%d,endColumn=%d,title=%s::%s\n", v.Severity, property(v.File),
			max(v.Line, 1), max(v.Column, 1), max(v.EndLine, 1), max(v.EndColumn, 1), property("dagexport: "+string(v.Code)), data(text))
	}
	_, err := io.WriteString(w, out.String())
	return err
}

func data(text string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace(text)
}

func property(text string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C").Replace(text)
}

// WriteSARIF writes a SARIF 2.1.0 log, as code scanning services take it.
func WriteSARIF(w io.Writer, views []View) error {
	type text struct {
		Text string `json:"text"`
	}
	type rule struct {
		ID string `json:"id"`
	}
	type region struct {
		StartLine   int `json:"startLine"`
		StartColumn int `json:"startColumn"`
		EndLine     int `json:"endLine"`
		EndColumn   int `json:"endColumn"`
	}
	type artifact struct {
		URI string `json:"uri"`
	}
	type physical struct {
		Artifact artifact `json:"artifactLocation"`
		Region   region   `json:"region"`
	}
	type location struct {
		Physical physical `json:"physicalLocation"`
	}
	type result struct {
		RuleID    string     `json:"ruleId"`
		Level     string     `json:"level"`
		Message   text       `json:"message"`
		Locations []location `json:"locations"`
	}
	type driver struct {
		Name  string `json:"name"`
		Rules []rule `json:"rules"`
	}
	type tool struct {
		Driver driver `json:"driver"`
	}
	type run struct {
		Tool       tool     `json:"tool"`
		ColumnKind string   `json:"columnKind"`
		Results    []result `json:"results"`
	}
	type log struct {
		Version string `json:"version"`
		Schema  string `json:"$schema"`
		Runs    []run  `json:"runs"`
	}
	one := run{Tool: tool{driver{Name: "dagexport", Rules: []rule{}}}, ColumnKind: "unicodeCodePoints", Results: []result{}}
	for _, v := range views {
		if !slices.Contains(one.Tool.Driver.Rules, rule{string(v.Code)}) {
			one.Tool.Driver.Rules = append(one.Tool.Driver.Rules, rule{string(v.Code)})
		}
		message := v.Message
		for _, help := range v.Help {
			message += "\nhelp: " + help
		}
		at := region{max(v.Line, 1), max(v.Column, 1), max(v.EndLine, 1), max(v.EndColumn, 1)}
		one.Results = append(one.Results, result{
			RuleID: string(v.Code), Level: v.Severity, Message: text{message},
			Locations: []location{{physical{artifact{v.File}, at}}},
		})
	}
	return writeJSON(w, log{Version: "2.1.0", Schema: "https://json.schemastore.org/sarif-2.1.0.json", Runs: []run{one}})
}

func writeJSON(w io.Writer, value any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	return enc.Encode(value)
}
