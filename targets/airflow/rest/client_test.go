package rest_test

import (
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/dagexport/dagexport/ir"
	"github.com/dagexport/dagexport/targets/airflow/rest"
	"github.com/dagexport/dagexport/targets/airflow/rest/resttest"
)

func connect(t *testing.T, options rest.Options) (*rest.Client, error) {
	t.Helper()
	options.User, options.Password = resttest.User, resttest.Password
	client, err := rest.New(options)
	if err != nil {
		return nil, err
	}
	return client, client.Connect(t.Context())
}

// TestCertificates checks HTTPS against the certificates that are known, and against those of a file too.
func TestCertificates(t *testing.T) {
	server := resttest.New(t, &resttest.Server{Version: ir.Version{Major: 3, Minor: 3}, TLS: true})
	if _, err := connect(t, rest.Options{URL: server.URL}); err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("a certificate that nobody has signed: %v", err)
	}
	file := filepath.Join(t.TempDir(), "ca.pem")
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	client, err := connect(t, rest.Options{URL: server.URL, CAFile: file})
	if err != nil {
		t.Fatal(err)
	}
	if client.Version() != (ir.Version{Major: 3, Minor: 3}) {
		t.Errorf("it is %s", client.Version())
	}
}

// TestRedirect refuses to carry a password to another host.
func TestRedirect(t *testing.T) {
	asked := false
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked = true }))
	defer other.Close()
	first := httptest.NewServer(http.RedirectHandler(other.URL, http.StatusFound))
	defer first.Close()
	if _, err := connect(t, rest.Options{URL: first.URL, Timeout: 5 * time.Second}); err == nil || !strings.Contains(err.Error(), "sends on to") || asked {
		t.Errorf("%v, and the other was asked: %t", err, asked)
	}
}

const asChild = "DAGEXPORT_TEST_PROXY"

// TestProxy goes through the proxy of the environment, which Go reads once in a process: so it is asked in another.
func TestProxy(t *testing.T) {
	if os.Getenv(asChild) != "" {
		client, err := connect(t, rest.Options{URL: "http://airflow.invalid", Timeout: 5 * time.Second})
		if err != nil || client.Release() == "" {
			t.Errorf("through the proxy: %v", err)
		}
		return
	}
	behind := resttest.New(t, &resttest.Server{Version: ir.Version{Major: 3, Minor: 3}})
	hosts := map[string]bool{}
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		hosts[r.URL.Host] = true
		behind.Config.Handler.ServeHTTP(w, r)
	}))
	defer proxy.Close()
	command := exec.Command(os.Args[0], "-test.run", "^TestProxy$")
	command.Env = append(os.Environ(), asChild+"=1", "HTTP_PROXY="+proxy.URL, "http_proxy="+proxy.URL, "NO_PROXY=", "no_proxy=")
	if out, err := command.CombinedOutput(); err != nil || !hosts["airflow.invalid"] {
		t.Errorf("%v, hosts %v\n%s", err, hosts, out)
	}
}
