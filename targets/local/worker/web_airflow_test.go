//go:build airflow

package worker

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestRequestsAsAirflow makes the same requests by the real HttpOperator and HttpSensor and by what stands in for them, and
// compares what the server sees and what the task comes to.
func TestRequestsAsAirflow(t *testing.T) {
	python := testPython
	if exec.Command(python, "-c", "import airflow.providers.http.operators.http").Run() != nil {
		out, err := exec.Command("python3", filepath.Join("..", "..", "..", "internal", "airflowenv", "env.py"), "python", "3.3").Output()
		if err != nil {
			t.Fatal(err)
		}
		python = strings.TrimSpace(string(out))
	}
	var seen []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		line := fmt.Sprintf("%s %s body=%q length=%d", r.Method, r.RequestURI, body, r.ContentLength)
		for _, name := range []string{"Content-Type", "Authorization", "X-One", "X-Two", "Accept"} {
			line += fmt.Sprintf(" %s=%q", name, r.Header.Values(name))
		}
		seen = append(seen, line)
		switch path := r.URL.Path; {
		case path == "/latin":
			w.Header().Set("Content-Type", "text/plain")
			_, _ = w.Write([]byte("\xfcber"))
		case path == "/charset":
			w.Header().Set("Content-Type", "text/plain; charset=utf-8")
			_, _ = w.Write([]byte("über"))
		case path == "/json":
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write([]byte(`{"ä": [1, 2.5]}`))
		case strings.HasPrefix(path, "/to/"):
			w.Header().Set("Location", "/there?q=a b")
			var code int
			_, _ = fmt.Sscanf(path, "/to/%d", &code)
			w.WriteHeader(code)
		case strings.HasPrefix(path, "/status/"):
			var code int
			_, _ = fmt.Sscanf(path, "/status/%d", &code)
			w.WriteHeader(code)
			_, _ = w.Write([]byte("no"))
		case path == "/slow":
			time.Sleep(time.Second)
		default:
			w.Header().Set("Content-Type", "text/plain; charset=utf-8")
			_, _ = w.Write([]byte("fine"))
		}
	}))
	defer server.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	results := map[string][]string{}
	requests := map[string][]string{}
	for _, which := range []string{"real", "ours"} {
		seen = nil
		cmd := exec.CommandContext(ctx, python, "-W", "ignore", filepath.Join("testdata", "http_calls.py"), which, strings.TrimPrefix(server.URL, "http://"))
		var errors strings.Builder
		cmd.Stderr = &errors
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("%s: %v\n%s", which, err, errors.String())
		}
		_, last, _ := strings.Cut(string(out), "RESULTS ")
		var got []string
		if err := json.Unmarshal([]byte(last), &got); err != nil {
			t.Fatalf("%v in %q", err, out)
		}
		results[which], requests[which] = got, seen
	}
	if diff := cmp.Diff(results["real"], results["ours"]); diff != "" || len(results["ours"]) < 30 {
		t.Errorf("%d results (-Airflow +ours):\n%s", len(results["ours"]), diff)
	}
	if diff := cmp.Diff(requests["real"], requests["ours"]); diff != "" {
		t.Errorf("requests (-Airflow +ours):\n%s", diff)
	}
}
