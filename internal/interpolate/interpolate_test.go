package interpolate

import (
	"slices"
	"strings"
	"testing"

	"github.com/Masterminds/sprig/v3"
)

var data = map[string]any{
	"vars":  map[string]any{"region": "eu", "n": int64(3), "list": []any{"b", "a"}, "map": map[string]any{"z": "1", "a": "2"}, "none": nil},
	"item":  "orders",
	"index": int64(1),
}

func TestExecute(t *testing.T) {
	for _, tc := range []struct{ text, want string }{
		{"plain", "plain"},
		{"load_<% .item %>", "load_orders"},
		{"<% .item | upper %>-<%.index%>", "ORDERS-1"},
		{"<% if eq .vars.region \"eu\" %>yes<% else %>no<% end %>", "yes"},
		{"<% range .vars.list %>[<% . %>]<% end %>", "[b][a]"},
		{"<% range $k, $v := .vars.map %><% $k %>=<% $v %> <% end %>", "a=2 z=1 "},
		{"<% keys .vars.map | join \",\" %>", "a,z"},
		{"<% values .vars.map | join \",\" %>", "2,1"},
		{"<% sortAlpha .vars.list | join \" \" %>", "a b"},
		{"<% add .vars.n 2 %> <% mul .vars.n 2 %> <% printf \"%03d\" .vars.n %>", "5 6 003"},
		{"<% \"<%\" %>", "<%"},
		{"<% until 3 %>", "[0 1 2]"},
		{"{{ ds }} <% .item %>", "{{ ds }} orders"},
		{"<% default \"x\" .vars.none %>", "x"},
		{"a <%- /* a remark */ -%> b", "ab"},
		{"<% nindent 2 \"a\" %>", "\n  a"},
	} {
		tmpl, p := Parse(tc.text)
		if p != nil {
			t.Errorf("%s: %s", tc.text, p.Message)
			continue
		}
		if got, p := tmpl.Execute(data); p != nil || got != tc.want {
			t.Errorf("%s: got %q, %v; want %q", tc.text, got, p, tc.want)
		}
	}
}

func TestProblems(t *testing.T) {
	for _, tc := range []struct{ text, at, message string }{
		{"a <% .item", "<%", "the template that begins here has no end: %> is missing"},
		{"a <% \"%> ", "<%", "the template that begins here has no end: %> is missing"},
		{"a <% .vars.regoin %>", ".vars.regoin", "there is no regoin in .vars"},
		{"a\nb <% .itme | upper %>", ".itme", "there is no itme in ."},
		{"<% .item %><% uper .item %>", "uper", `templates have no function "uper"`},
		{"<% env \"HOME\" %>", "env", `templates have no function "env"`},
		{"<% .item %> <% .item ) %>", "<% .item ) %>", "the template cannot be read: unexpected right paren"},
		{"<% if .item %>x", "<% if .item %>", "the template cannot be read: unexpected EOF"},
		{"<% end %>", "<% end %>", "the template cannot be read: unexpected <% end %>"},
		{"<% .item.name %>", ".item.name", ".item has no name: it is no mapping"},
		{"<% .vars.none.name %>", ".vars.none.name", ".vars.none has no name: it is null"},
		{"<% div 1 0 %>", "div 1 0", "div: integer divide by zero"},
		{"<% fail \"not in eu\" %>", "fail \"not in eu\"", "fail: not in eu"},
		{"<% trunc 1 \"é\" %>", "", "what the template makes is not UTF-8: a character was cut in two"},
		{"<% define \"x\" %><% end %>", "<% define \"x\" %><% end %>", "a template in a pipeline file cannot define others"},
		{"<% template \"x\" %>", "<% template \"x\" %>", "a template in a pipeline file cannot call others"},
		{"<% until 1000000 %>", "until 1000000", "until: more than 10000 numbers"},
		{"<% repeat 100000000 .item %>", "repeat 100000000 .item", "repeat: the text would be longer than 1048576 bytes"},
		{"<% range until 9000 %><% repeat 9000 \"x\" %><% end %>", "", "the template makes more than 1048576 bytes"},
		{"<% range until 9 %><% range until 9 %><% range until 9 %><% end %><% end %><% end %>", "<% range until 9 %>", "loops of a template are nested more than 2 deep"},
	} {
		tmpl, p := Parse(tc.text)
		if p == nil {
			_, p = tmpl.Execute(data)
		}
		if p == nil {
			t.Errorf("%s: no problem", tc.text)
			continue
		}
		if at := tc.text[p.Start:p.End]; p.Message != tc.message || tc.at != "" && at != tc.at {
			t.Errorf("%s: got %q at %q; want %q at %q", tc.text, p.Message, at, tc.message, tc.at)
		}
	}
}

func TestPath(t *testing.T) {
	for text, want := range map[string]string{
		"<% .vars.list %>": "vars.list", "<%.item%>": "item", "<% .vars.list %> ": "", "<% index .vars.list 0 %>": "", "x": "", "<% .item | upper %>": "",
	} {
		tmpl, p := Parse(text)
		if p != nil {
			t.Fatal(text, p)
		}
		if got := strings.Join(tmpl.Path(), "."); got != want {
			t.Errorf("%s: path %q, want %q", text, got, want)
		}
	}
}

// TestFunctionsArePure holds the list against those of sprig that give something else on another machine, at another time or
// in another run.
func TestFunctionsArePure(t *testing.T) {
	impure := []string{
		"env", "expandenv", "getHostByName", "now", "date", "dateInZone", "date_in_zone", "dateModify", "date_modify", "mustDateModify", "must_date_modify", "mustToDate",
		"toDate", "ago", "htmlDate", "htmlDateInZone", "unixEpoch", "duration", "durationRound", "randAlphaNum", "randAlpha", "randAscii", "randNumeric",
		"randBytes", "randInt", "shuffle", "uuidv4", "genPrivateKey", "genCA", "genCAWithKey", "genSelfSignedCert", "genSelfSignedCertWithKey",
		"genSignedCert", "genSignedCertWithKey", "derivePassword", "bcrypt", "htpasswd", "encryptAES", "decryptAES", "buildCustomCert", "pick", "omit",
		"merge", "mustMerge", "mergeOverwrite", "mustMergeOverwrite", "pluck", "set", "unset", "osBase", "osDir", "osExt", "osIsAbs", "osClean", "typeOf", "kindOf",
	}
	if !slices.IsSorted(names) {
		t.Error("the names are not sorted")
	}
	all := sprig.TxtFuncMap()
	for _, name := range names {
		if slices.Contains(impure, name) {
			t.Errorf("%s is not pure", name)
		}
		if all[name] == nil {
			t.Errorf("sprig has no function %s", name)
		}
		if ownFunctions()[name] != nil {
			t.Errorf("%s is our own", name)
		}
	}
	for range 20 {
		if got := mustExecute(t, "<% keys .vars.map %><% values .vars.map %><% toJson .vars.map %><% dict \"b\" 1 \"a\" 2 %>"); got != `[a z][2 1]{"a":"2","z":"1"}map[a:2 b:1]` {
			t.Fatal(got)
		}
	}
}

func mustExecute(t *testing.T, text string) string {
	t.Helper()
	tmpl, p := Parse(text)
	if p != nil {
		t.Fatal(p.Message)
	}
	out, p := tmpl.Execute(data)
	if p != nil {
		t.Fatal(p.Message)
	}
	return out
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{"<% .item %>", "<% if .x %>a<% end %>", "<% \"", "<%%>", "a\n<% foo %>", "<% range until 3 %><% . %><% end %>", "<%- x -%>"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		tmpl, p := Parse(text)
		if p == nil {
			_, p = tmpl.Execute(data)
		}
		if p != nil && (p.Start < 0 || p.End > len(text) || p.Start > p.End || p.Message == "") {
			t.Fatalf("%q: %+v", text, p)
		}
	})
}
