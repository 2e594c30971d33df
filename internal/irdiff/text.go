package irdiff

import (
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/dagexport/dagexport/ir"
)

// plain is text that YAML reads as text without quotes, and that looks like no other value as this package writes it.
var plain = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_./-]*$`)

// words are the plain texts that YAML, of one version or another, reads as something else.
var words = []string{"true", "false", "null", "yes", "no", "on", "off", "y", "n"}

// quote is text as a YAML scalar.
func quote(s string) string {
	if plain.MatchString(s) && !slices.Contains(words, strings.ToLower(s)) {
		return s
	}
	return strconv.Quote(s)
}

// render is a value as YAML-like text; two values mean the same exactly if their texts are equal. Mappings are sorted by key
// unless ordered. nil is "".
func render(v ir.Value, ordered bool) string {
	switch v := v.(type) {
	case nil:
		return ""
	case *ir.Null:
		return "null"
	case *ir.Bool:
		return strconv.FormatBool(v.V)
	case *ir.Int:
		return v.Text
	case *ir.Float:
		return float(v.V)
	case *ir.String:
		return quote(v.V)
	case *ir.Template:
		return quote(v.V)
	case *ir.List:
		return "[" + strings.Join(renderAll(v.Items, ordered), ", ") + "]"
	case *ir.Map:
		return mapping(v, ordered)
	case *ir.PyRef:
		return v.Module + ":" + v.Name
	case *ir.Duration:
		return duration(v.Micros)
	case *ir.Time:
		if v.Zone == "" {
			return v.String()
		}
		return v.String() + " " + v.Zone
	case *ir.Ago:
		return duration(v.Back.Micros) + " ago " + v.Zone
	}
	return renderObject(v, ordered)
}

func renderAll(values []ir.Value, ordered bool) []string {
	texts := make([]string, len(values))
	for i, v := range values {
		texts[i] = render(v, ordered)
	}
	return texts
}

func mapping(m *ir.Map, ordered bool) string {
	texts := make([]string, len(m.Entries))
	for i := range m.Entries {
		texts[i] = render(m.Entries[i].Key, ordered) + ": " + render(m.Entries[i].Value, ordered)
	}
	if !ordered {
		slices.Sort(texts)
	}
	return "{" + strings.Join(texts, ", ") + "}"
}

// renderObject is render for Python objects, outputs and assets.
func renderObject(v ir.Value, ordered bool) string {
	switch v := v.(type) {
	case *ir.Call:
		return call(v, ordered)
	case *ir.Function:
		return "code " + strconv.Quote(v.Text)
	case *ir.Lambda:
		return "code " + strconv.Quote(v.Text)
	case *ir.EnvText:
		return envText(v)
	case *ir.Output:
		if v.Key == "" {
			return "+" + v.TaskID
		}
		return "+" + v.TaskID + "['" + v.Key + "']"
	case *ir.OutputMethod:
		args := renderAll(v.Args, ordered)
		if v.Fill != nil {
			args = append(args, "fillvalue="+render(v.Fill, ordered))
		}
		return render(v.Of, ordered) + "." + v.Method + "(" + strings.Join(args, ", ") + ")"
	case *ir.MappedParam:
		return "{mapped: " + v.Name + "} of " + v.Group
	case *ir.Asset:
		return asset("asset", v.Name, v.URI, v.Group, v.Extra)
	case *ir.AssetAlias:
		return asset("asset_alias", v.Name, "", v.Group, nil)
	case *ir.AssetSet:
		sign := " & "
		if v.Any {
			sign = " | "
		}
		texts := make([]string, len(v.Items))
		for i, item := range v.Items {
			texts[i] = render(item, ordered)
		}
		slices.Sort(texts)
		return "(" + strings.Join(texts, sign) + ")"
	}
	return ""
}

func call(v *ir.Call, ordered bool) string {
	args := renderAll(v.Args, ordered)
	named := make([]string, len(v.Kwargs))
	for i := range v.Kwargs {
		named[i] = v.Kwargs[i].Name + "=" + render(v.Kwargs[i].Value, ordered)
	}
	slices.Sort(named)
	text := v.Func.Path() + "(" + strings.Join(append(args, named...), ", ") + ")"
	if v.Partial {
		return "partial " + text
	}
	return text
}

func envText(v *ir.EnvText) string {
	var b strings.Builder
	for _, part := range v.Parts {
		switch {
		case part.Var == "":
			b.WriteString(strconv.Quote(part.Text))
		case part.Unset == "":
			b.WriteString("${" + part.Var + "}")
		default:
			b.WriteString("${" + part.Var + ":-" + part.Unset + "}")
		}
	}
	return b.String()
}

func asset(kind, name, uri, group string, extra *ir.Map) string {
	var parts []string
	for _, one := range [][2]string{{"name", name}, {"uri", uri}, {"group", group}} {
		if one[1] != "" {
			parts = append(parts, one[0]+"="+quote(one[1]))
		}
	}
	if extra != nil {
		parts = append(parts, "extra="+mapping(extra, false))
	}
	return kind + "(" + strings.Join(parts, ", ") + ")"
}

func float(f float64) string {
	switch {
	case math.IsInf(f, 1):
		return ".inf"
	case math.IsInf(f, -1):
		return "-.inf"
	case math.IsNaN(f):
		return ".nan"
	}
	text := strconv.FormatFloat(f, 'g', -1, 64)
	if !strings.ContainsAny(text, ".e") {
		text += ".0" // no integer
	}
	return text
}

// duration is 1h30m, or seconds with a fraction; longer units are left out where they are zero.
func duration(micros int64) string {
	if micros == 0 {
		return "0s"
	}
	sign := ""
	if micros < 0 {
		sign, micros = "-", -micros
	}
	text := ""
	for _, unit := range []struct {
		name   string
		micros int64
	}{{"d", 86400e6}, {"h", 3600e6}, {"m", 60e6}} {
		if n := micros / unit.micros; n > 0 {
			text += strconv.FormatInt(n, 10) + unit.name
			micros %= unit.micros
		}
	}
	if micros > 0 {
		text += strconv.FormatFloat(float64(micros)/1e6, 'f', -1, 64) + "s"
	}
	return sign + text
}

// schedule is a schedule as text.
func schedule(s ir.Schedule) string {
	switch s := s.(type) {
	case *ir.Cron:
		return strconv.Quote(s.Expr)
	case *ir.Preset:
		return strconv.Quote(s.Name)
	case *ir.Delta:
		return render(s.Period, false)
	case *ir.RelativeDelta:
		return render(s.Period, false)
	case *ir.PinnedCron:
		text := "{cron: "
		if len(s.Exprs) == 1 {
			text += strconv.Quote(s.Exprs[0])
		} else {
			quoted := make([]string, len(s.Exprs))
			for i, expr := range s.Exprs {
				quoted[i] = strconv.Quote(expr)
			}
			text += "[" + strings.Join(quoted, ", ") + "]"
		}
		return text + ", data_interval: " + s.Interval.String() + ", timezone: " + s.Zone + "}"
	case *ir.PinnedDelta:
		return "{delta: " + render(s.Period, false) + ", data_interval: " + s.Interval.String() + "}"
	case *ir.Timetable:
		return render(s.Call, false)
	case *ir.Assets:
		return render(s.Expr, false)
	case *ir.AssetsOrTime:
		return "{assets: " + render(s.Assets, false) + ", time: " + schedule(s.Time) + "}"
	}
	return "null"
}
