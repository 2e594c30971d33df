package worker

import (
	"archive/zip"
	"bytes"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/dagexport/dagexport/ir"
)

// TestIndexOfAConnection has a virtual environment filled from an index whose address and password a connection has.
func TestIndexOfAConnection(t *testing.T) {
	var wheel bytes.Buffer
	archive := zip.NewWriter(&wheel)
	for _, file := range [][2]string{
		{"tiny_thing.py", "WORD = 'installed'\n"},
		{"tiny_thing-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: tiny-thing\nVersion: 1.0\n"},
		{"tiny_thing-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"},
		{"tiny_thing-1.0.dist-info/RECORD", "tiny_thing.py,,\ntiny_thing-1.0.dist-info/METADATA,,\ntiny_thing-1.0.dist-info/WHEEL,,\ntiny_thing-1.0.dist-info/RECORD,,\n"},
	} {
		w, err := archive.Create(file[0])
		if err == nil {
			_, err = w.Write([]byte(file[1]))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := archive.Close(); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, password, _ := r.BasicAuth()
		switch {
		case user != "me" || password != "open sesame":
			w.Header().Set("WWW-Authenticate", "Basic")
			w.WriteHeader(http.StatusUnauthorized)
		case strings.HasSuffix(r.URL.Path, ".whl"):
			_, _ = w.Write(wheel.Bytes())
		case strings.HasPrefix(r.URL.Path, "/simple/tiny-thing"):
			w.Header().Set("Content-Type", "text/html")
			_, _ = w.Write([]byte(`<a href="/tiny_thing-1.0-py3-none-any.whl">tiny_thing-1.0-py3-none-any.whl</a>`))
		default:
			w.WriteHeader(http.StatusNotFound)
		}
	}))
	defer server.Close()
	t.Setenv("AIRFLOW_CONN_INDEX", `{"conn_type": "package_index", "host": "`+server.URL+`/simple", "login": "me", "password": "open sesame"}`)
	t.Setenv("PIP_DISABLE_PIP_VERSION_CHECK", "1")
	list := func(text string) *ir.List { return &ir.List{Items: []ir.Value{&ir.String{V: text}}} }
	one := &ir.Task{
		ID: "a", LocalID: "a", Class: ir.Class{Module: "airflow.providers.standard.operators.python", Name: "PythonVirtualenvOperator"}, Op: &ir.Generic{},
		Owner: "airflow", DoXComPush: true, Trigger: ir.AllSuccess,
		Args: []ir.Arg{
			{Name: "python_callable", Value: &ir.PyRef{Module: "mod", Name: "word", User: true}}, {Name: "requirements", Value: list("tiny-thing==1.0")},
			{Name: "index_urls_from_connection_ids", Value: list("index")}, {Name: "system_site_packages", Value: &ir.Bool{}},
		},
	}
	b, err := newBench(t, ir.Version{Major: 3, Minor: 3}, "def word():\n    import tiny_thing\n\n    return tiny_thing.WORD\n", one)
	if err != nil {
		t.Fatal(err)
	}
	b.run.Environ = os.Environ()
	result, log := b.do(t.Context(), one)
	if string(result.Return) != `"installed"` || strings.Contains(log, "sesame") {
		t.Errorf("%+v\n%s", result, log)
	}
}
