// Package rest speaks with a running Airflow: version 1 of its REST API on Airflow 2, version 2 on Airflow 3.
package rest

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/dagexport/dagexport/ir"
)

// Options say which Airflow to speak with, and as whom.
type Options struct {
	URL      string // of the web server: http://127.0.0.1:8080; a path before /api is kept
	User     string
	Password string
	Token    string // instead of a user: sent as a bearer token
	CAFile   string // certificates, PEM, that are trusted beside the system's
	Timeout  time.Duration
}

// DefaultTimeout is how long one request may take.
const DefaultTimeout = 30 * time.Second

// Client speaks with one Airflow. It may be used by several goroutines once Connect has returned.
type Client struct {
	options Options
	base    *url.URL
	http    *http.Client
	version ir.Version
	release string
	token   string
}

// Error is an answer of Airflow's that is no success.
type Error struct {
	Method, Path string
	Status       int
	Detail       string
}

// Error implements error.
func (e *Error) Error() string {
	text := fmt.Sprintf("Airflow answered %d %s to %s %s", e.Status, http.StatusText(e.Status), e.Method, e.Path)
	if e.Detail != "" {
		text += ": " + e.Detail
	}
	return text
}

// IsStatus tells whether an error is an answer of Airflow's with this status.
func IsStatus(err error, status int) bool {
	var e *Error
	return errors.As(err, &e) && e.Status == status
}

// New makes a client; nothing is sent. Proxies are those of the environment (HTTPS_PROXY, NO_PROXY).
func New(options Options) (*Client, error) {
	base, err := url.Parse(strings.TrimRight(options.URL, "/"))
	if err != nil || base.Host == "" || base.Scheme != "http" && base.Scheme != "https" {
		return nil, fmt.Errorf("%q is no address of an Airflow: it is one such as https://airflow.example.com", options.URL)
	}
	if base.User != nil {
		return nil, errors.New("the address of an Airflow holds no user and password: give them apart")
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	if options.CAFile != "" {
		pem, err := os.ReadFile(options.CAFile)
		if err != nil {
			return nil, err
		}
		pool, err := x509.SystemCertPool()
		if err != nil {
			pool = x509.NewCertPool()
		}
		if !pool.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("%s holds no certificate (PEM)", options.CAFile)
		}
		transport.TLSClientConfig = &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
	}
	if options.Timeout <= 0 {
		options.Timeout = DefaultTimeout
	}
	client := &http.Client{Transport: transport, Timeout: options.Timeout, CheckRedirect: sameHost}
	return &Client{options: options, base: base, http: client}, nil
}

// sameHost refuses to carry credentials to another host.
func sameHost(next *http.Request, before []*http.Request) error {
	if first := before[0].URL; next.URL.Host != first.Host || next.URL.Scheme != first.Scheme {
		return fmt.Errorf("it sends on to %s://%s; give that address", next.URL.Scheme, next.URL.Host)
	}
	if len(before) > 5 {
		return errors.New("it sends on for ever")
	}
	return nil
}

// Connect finds out which version the Airflow is, and signs in.
func (c *Client) Connect(ctx context.Context) error {
	var version struct {
		Version string `json:"version"`
	}
	err := c.do(ctx, http.MethodGet, "/api/v2/version", nil, &version)
	if IsStatus(err, http.StatusNotFound) || IsStatus(err, http.StatusMethodNotAllowed) {
		err = c.do(ctx, http.MethodGet, "/api/v1/version", nil, &version)
	}
	if err != nil {
		return err
	}
	parts := strings.SplitN(version.Version, ".", 3)
	if len(parts) < 2 {
		return fmt.Errorf("%s says that its version is %q, which is none of Airflow", c.base, version.Version)
	}
	c.release = version.Version
	if c.version, err = ir.ParseVersion(parts[0] + "." + parts[1]); err != nil {
		return fmt.Errorf("%s has Airflow %s: %w", c.base, version.Version, err)
	}
	if c.version.Major >= 3 && c.options.Token == "" {
		return c.signIn(ctx)
	}
	return nil
}

// Version is the version of the Airflow; zero before Connect.
func (c *Client) Version() ir.Version { return c.version }

// Release is the version in full: 3.3.2.
func (c *Client) Release() string { return c.release }

// URL is the address that was given.
func (c *Client) URL() string { return c.base.String() }

// signIn gets a token for a user; Airflow without users gives one to anybody.
func (c *Client) signIn(ctx context.Context) error {
	var answer struct {
		Token string `json:"access_token"`
	}
	method, body := http.MethodPost, any(map[string]string{"username": c.options.User, "password": c.options.Password})
	if c.options.User == "" {
		method, body = http.MethodGet, nil
	}
	err := c.do(ctx, method, "/auth/token", body, &answer)
	switch {
	case IsStatus(err, http.StatusUnauthorized) && c.options.User == "":
		return fmt.Errorf("%s wants a user: %w", c.base, err)
	case IsStatus(err, http.StatusUnauthorized):
		return fmt.Errorf("%s does not know the user %q with this password: %w", c.base, c.options.User, err)
	case err != nil:
		return err
	case answer.Token == "":
		return fmt.Errorf("%s gave no token", c.base)
	}
	c.token = answer.Token
	return nil
}

// api is the beginning of the paths of this Airflow's API.
func (c *Client) api() string {
	if c.version.Major >= 3 {
		return "/api/v2"
	}
	return "/api/v1"
}

// call is do with a path of the API; the parts are escaped.
func (c *Client) call(ctx context.Context, method string, parts []string, query url.Values, body, answer any) error {
	path := c.api()
	for _, part := range parts {
		path += "/" + url.PathEscape(part)
	}
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	err := c.do(ctx, method, path, body, answer)
	for try := 1; try <= serverTries && method != http.MethodPost && serverError(err); try++ {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Duration(try) * 500 * time.Millisecond):
		}
		err = c.do(ctx, method, path, body, answer)
	}
	if c.version.Major >= 3 && c.token != "" && IsStatus(err, http.StatusUnauthorized) {
		if err := c.signIn(ctx); err != nil { // a token lives for a day
			return err
		}
		err = c.do(ctx, method, path, body, answer)
	}
	return err
}

// serverTries is how often what does the same when it is done twice is asked again where Airflow failed: its database may be
// locked for a moment.
const serverTries = 4

func serverError(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.Status >= 500
}

// most bounds an answer, in bytes.
const most = 256 << 20

// do sends one request. An answer of *string takes plain text. A request that only reads is sent again when the connection
// breaks.
func (c *Client) do(ctx context.Context, method, path string, body, answer any) error {
	var data []byte
	if body != nil {
		var err error
		if data, err = json.Marshal(body); err != nil {
			return err
		}
	}
	var response *http.Response
	for try := 0; ; try++ {
		request, err := http.NewRequestWithContext(ctx, method, c.base.String()+path, bytes.NewReader(data))
		if err != nil {
			return err
		}
		c.sign(request)
		if body != nil {
			request.Header.Set("Content-Type", "application/json")
		}
		request.Header.Set("Accept", "application/json")
		if _, text := answer.(*string); text {
			request.Header.Set("Accept", "text/plain")
		}
		if response, err = c.http.Do(request); err == nil {
			break
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if try == 2 || method != http.MethodGet {
			return unreachable(c.base, err)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Duration(try+1) * 300 * time.Millisecond):
		}
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(io.LimitReader(response.Body, most))
	if err != nil {
		return unreachable(c.base, err)
	}
	if response.StatusCode < 200 || response.StatusCode > 299 {
		return &Error{Method: method, Path: strings.SplitN(path, "?", 2)[0], Status: response.StatusCode, Detail: detail(text)}
	}
	switch answer := answer.(type) {
	case nil:
		return nil
	case *string:
		*answer = string(text)
		return nil
	}
	if err := json.Unmarshal(text, answer); err != nil {
		return fmt.Errorf("what %s answers to %s %s is not what Airflow answers: is this its address?", c.base, method, strings.SplitN(path, "?", 2)[0])
	}
	return nil
}

func (c *Client) sign(request *http.Request) {
	switch {
	case c.options.Token != "":
		request.Header.Set("Authorization", "Bearer "+c.options.Token)
	case c.token != "":
		request.Header.Set("Authorization", "Bearer "+c.token)
	case c.options.User != "" && c.version.Major < 3:
		request.SetBasicAuth(c.options.User, c.options.Password)
	}
}

// unreachable says that there is nobody there, without the words of the library around the cause.
func unreachable(base *url.URL, err error) error {
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		err = wrapped.Err
	}
	return fmt.Errorf("%s cannot be reached: %w", base, err)
}

// detail is what an error of Airflow's says: {"detail": "..."}, or {"detail": [{"loc": [...], "msg": "..."}]}.
func detail(text []byte) string {
	var answer struct {
		Detail json.RawMessage `json:"detail"`
		Title  string          `json:"title"`
	}
	if json.Unmarshal(text, &answer) != nil {
		return ""
	}
	var one string
	if json.Unmarshal(answer.Detail, &one) == nil && one != "" {
		return one
	}
	var reason struct {
		Reason  string `json:"reason"`
		Message string `json:"message"`
	}
	if json.Unmarshal(answer.Detail, &reason) == nil && reason.Reason+reason.Message != "" {
		return strings.TrimSpace(reason.Reason + " " + reason.Message)
	}
	var many []struct {
		Loc []any  `json:"loc"`
		Msg string `json:"msg"`
	}
	if json.Unmarshal(answer.Detail, &many) == nil && len(many) > 0 {
		var parts []string
		for _, m := range many {
			where := ""
			for _, l := range m.Loc {
				where += fmt.Sprint(l, ".")
			}
			parts = append(parts, strings.TrimSuffix(where, ".")+": "+m.Msg)
		}
		return strings.Join(parts, "; ")
	}
	return answer.Title
}
