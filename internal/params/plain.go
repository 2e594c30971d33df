package params

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/dagexport/dagexport/ir"
)

// plainlyValid tells of the schemas that most params have, a type with a choice or bounds, that a value fits, without the
// library, which takes a tenth of a millisecond to make ready. false is no answer.
func plainlyValid(schema []ir.Arg, value any) bool {
	for _, a := range schema {
		fits := false
		switch a.Name {
		case "title", "description":
			_, fits = a.Value.(*ir.String)
		case "description_md", "section", "source", "values_display", "custom_html_form":
			fits = true // Airflow's own, which JSON Schema does not look at
		case "type":
			fits = hasType(a.Value, value)
		case "enum":
			fits = isAmong(a.Value, value)
		case "minimum":
			bound, number, ok := wholeNumbers(a.Value, value)
			fits = ok && number >= bound
		case "maximum":
			bound, number, ok := wholeNumbers(a.Value, value)
			fits = ok && number <= bound
		}
		if !fits {
			return false
		}
	}
	return true
}

func hasType(v ir.Value, value any) bool {
	name, ok := v.(*ir.String)
	if !ok {
		return false
	}
	switch value := value.(type) {
	case string:
		return name.V == "string"
	case bool:
		return name.V == "boolean"
	case json.Number:
		return name.V == "number" || name.V == "integer" && !strings.ContainsAny(value.String(), ".eE")
	case []any:
		return name.V == "array"
	case map[string]any:
		return name.V == "object"
	}
	return false
}

func isAmong(v ir.Value, value any) bool {
	list, ok := v.(*ir.List)
	text, isText := value.(string)
	if !ok || !isText {
		return false
	}
	for _, item := range list.Items {
		if one, ok := item.(*ir.String); ok && one.V == text {
			return true
		}
	}
	return false
}

// wholeNumbers are a bound and a value, where both are whole and not large.
func wholeNumbers(v ir.Value, value any) (bound, number int64, ok bool) {
	at, isInt := v.(*ir.Int)
	text, isNumber := value.(json.Number)
	if !isInt || !isNumber {
		return 0, 0, false
	}
	bound, err1 := strconv.ParseInt(at.Text, 10, 64)
	number, err2 := strconv.ParseInt(text.String(), 10, 64)
	return bound, number, err1 == nil && err2 == nil
}
