package jinja

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// stamp is a way to write a date as text; its directives are those of strftime that strftime below knows.
type stamp string

const (
	stampDS         stamp = "%Y-%m-%d"
	stampDSNodash   stamp = "%Y%m%d"
	stampTSNodash   stamp = "%Y%m%dT%H%M%S"
	stampTS         stamp = "iso"
	stampTSNodashTZ stamp = "iso without - and :"
	stampSpaced     stamp = "iso with a space"
)

// stamps are the filters of dates.
var stamps = map[string]stamp{
	"ds": stampDS, "ds_nodash": stampDSNodash, "ts": stampTS, "ts_nodash": stampTSNodash, "ts_nodash_with_tz": stampTSNodashTZ,
}

func (s stamp) of(t time.Time) string {
	switch s {
	case stampTS:
		return iso(t, "T")
	case stampSpaced:
		return iso(t, " ")
	case stampTSNodashTZ:
		return strings.NewReplacer("-", "", ":", "").Replace(iso(t, "T"))
	}
	return strftime(t, string(s))
}

// iso is Python's isoformat of a date in UTC.
func iso(t time.Time, separator string) string {
	form := "2006-01-02" + separator + "15:04:05"
	if t.Nanosecond()/1000 != 0 {
		form += ".000000"
	}
	return t.UTC().Format(form) + "+00:00"
}

// formatted is a date as text.
type formatted struct {
	of   expr
	form stamp
}

func (f formatted) eval(s *scope) (any, error) {
	t, err := evalMoment(f.of, s)
	if err != nil {
		return nil, err
	}
	return f.form.of(t), nil
}

// field is a part of a date.
type field struct {
	of  expr
	get func(time.Time) int
}

func (f field) eval(s *scope) (any, error) {
	t, err := evalMoment(f.of, s)
	if err != nil {
		return nil, err
	}
	return number(strconv.Itoa(f.get(t))), nil
}

var fields = map[string]func(time.Time) int{
	"year": time.Time.Year, "month": func(t time.Time) int { return int(t.Month()) }, "day": time.Time.Day,
	"hour": time.Time.Hour, "minute": time.Time.Minute, "second": time.Time.Second,
}

// moved is a date plus a period.
type moved struct {
	of expr
	by time.Duration
}

func (m moved) eval(s *scope) (any, error) {
	t, err := evalMoment(m.of, s)
	if err != nil {
		return nil, err
	}
	return t.Add(m.by), nil
}

func evalMoment(e expr, s *scope) (time.Time, error) {
	v, err := e.eval(s)
	if err != nil {
		return time.Time{}, err
	}
	t, ok := v.(time.Time)
	if !ok {
		return time.Time{}, errNeedsPython
	}
	return t.UTC(), nil
}

// units are the periods of add and subtract; dates are in UTC, where a day has 24 hours.
var units = map[string]time.Duration{
	"weeks": 7 * 24 * time.Hour, "days": 24 * time.Hour, "hours": time.Hour, "minutes": time.Minute, "seconds": time.Second,
}

// maxMove keeps dates within the years that Python and time.Duration both have.
const maxMove = 100 * 365 * 24 * time.Hour

// momentCall is a method of a date.
func momentCall(e expr, method string, args []argument) expr {
	switch method {
	case "isoformat", "to_iso8601_string", "to_date_string", "to_datetime_string":
		if len(args) > 0 || method == "to_iso8601_string" {
			return nil
		}
		return formatted{e, map[string]stamp{"isoformat": stampTS, "to_date_string": stampDS, "to_datetime_string": "%Y-%m-%d %H:%M:%S"}[method]}
	case "strftime":
		if len(args) != 1 || args[0].name != "" {
			return nil
		}
		l, _ := args[0].value.(literal)
		form, ok := l.value.(string)
		if !ok || !knownDirectives(form) {
			return nil
		}
		return formatted{e, stamp(form)}
	case "add", "subtract":
		var by time.Duration
		for _, a := range args {
			unit, ok := units[a.name]
			l, _ := a.value.(literal)
			text, isNumber := l.value.(number)
			n, err := strconv.Atoi(string(text))
			if !ok || !isNumber || err != nil || n > int(maxMove/unit) || n < -int(maxMove/unit) {
				return nil
			}
			by += time.Duration(n) * unit
		}
		if method == "subtract" {
			by = -by
		}
		return moved{e, by}
	}
	return nil
}

// directives are those of strftime that every platform writes alike.
var directives = map[byte]string{
	'Y': "2006", 'm': "01", 'd': "02", 'H': "15", 'M': "04", 'S': "05", 'y': "06", 'j': "002", 'a': "Mon", 'A': "Monday", 'b': "Jan", 'B': "January", 'I': "03", 'p': "PM",
}

func knownDirectives(form string) bool {
	for i := 0; i < len(form); i++ {
		if form[i] >= 0x80 {
			return false
		}
		if form[i] != '%' {
			continue
		}
		i++
		if i == len(form) || form[i] != '%' && form[i] != 'f' && directives[form[i]] == "" {
			return false
		}
	}
	return true
}

// strftime formats a date by directives that knownDirectives has let through.
func strftime(t time.Time, form string) string {
	var out strings.Builder
	for i := 0; i < len(form); i++ {
		if form[i] != '%' {
			out.WriteByte(form[i])
			continue
		}
		i++
		switch form[i] {
		case '%':
			out.WriteByte('%')
		case 'f':
			_, _ = fmt.Fprintf(&out, "%06d", t.Nanosecond()/1000)
		default:
			out.WriteString(t.Format(directives[form[i]]))
		}
	}
	return out.String()
}

// dayArgument evaluates an argument that day has let through.
func dayArgument(e expr, s *scope) (time.Time, error) {
	v, err := e.eval(s)
	if err != nil {
		return time.Time{}, err
	}
	text, _ := v.(string)
	return time.Parse(time.DateOnly, text)
}

// addedDays is macros.ds_add(ds, days).
type addedDays struct {
	of   expr
	days int
}

func dsAdd(args []argument) expr {
	if len(args) != 2 || args[0].name != "" || args[1].name != "" && args[1].name != "days" || !day(args[0]) {
		return nil
	}
	l, _ := args[1].value.(literal)
	text, ok := l.value.(number)
	n, err := strconv.Atoi(string(text))
	if !ok || err != nil || n > 36500 || n < -36500 {
		return nil
	}
	return addedDays{args[0].value, n}
}

func (a addedDays) eval(s *scope) (any, error) {
	t, err := dayArgument(a.of, s)
	if err != nil {
		return nil, err
	}
	return stampDS.of(t.AddDate(0, 0, a.days)), nil
}

// reformatted is macros.ds_format(ds, '%Y-%m-%d', form).
type reformatted struct {
	of   expr
	form stamp
}

func dsFormat(args []argument) expr {
	if len(args) != 3 || !day(args[0]) {
		return nil
	}
	var forms [2]string
	for i, a := range args {
		if a.name != "" {
			return nil
		}
		if i > 0 {
			l, _ := a.value.(literal)
			text, ok := l.value.(string)
			if !ok {
				return nil
			}
			forms[i-1] = text
		}
	}
	if forms[0] != string(stampDS) || !knownDirectives(forms[1]) {
		return nil
	}
	return reformatted{args[0].value, stamp(forms[1])}
}

func (r reformatted) eval(s *scope) (any, error) {
	t, err := dayArgument(r.of, s)
	if err != nil {
		return nil, err
	}
	return r.form.of(t), nil
}
