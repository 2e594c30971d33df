package airflow

import (
	"slices"
	"strings"
	"testing"
	"text/template/parse"

	"github.com/dagexport/dagexport/templates"
)

// impure are functions of sprig that no template may ever call: random, of the clock or the machine, or in the order of a map.
var impure = []string{"ago", "bcrypt", "buildCustomCert", "date", "date_in_zone", "dateInZone", "dateModify", "decryptAES", "derivePassword", "encryptAES",
	"env", "expandenv", "genCA", "genCAWithKey", "genPrivateKey", "genSelfSignedCert", "genSignedCert", "getHostByName", "htpasswd", "keys", "now", "pick",
	"randAlpha", "randAlphaNum", "randAscii", "randBytes", "randInt", "randNumeric", "shuffle", "uuidv4", "values"}

func TestTemplateFunctionsAreHermetic(t *testing.T) {
	for _, name := range sprigFunctions {
		if slices.Contains(impure, name) {
			t.Errorf("%s is not hermetic", name)
		}
	}
	if !slices.IsSorted(sprigFunctions) {
		t.Error("the list is not sorted")
	}
}

// Every function of the list is called by a template, and every template by another or by name.
func TestTemplatesAreUsed(t *testing.T) {
	var text strings.Builder
	for _, tmpl := range dagTemplate().Templates() {
		if tmpl.Tree != nil {
			text.WriteString(tmpl.Root.String())
			if tmpl.Mode&parse.ParseComments != 0 {
				t.Error("comments are kept")
			}
		}
	}
	for _, name := range sprigFunctions {
		if !strings.Contains(text.String(), name+" ") {
			t.Errorf("no template calls %s", name)
		}
	}
	entries, err := templates.Files.ReadDir("airflow")
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if entry.Name() != "dag.py.tmpl" && !strings.Contains(text.String(), `"`+entry.Name()+`"`) {
			t.Errorf("%s is never used", entry.Name())
		}
	}
}
