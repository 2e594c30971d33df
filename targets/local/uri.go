package local

import (
	"net/url"
	"strings"
)

// normalURI is the URI of an asset as Airflow keeps it: the scheme in small letters, no slashes at the end of the path, the query in
// order, and neither credentials nor a fragment.
func normalURI(uri string) string {
	scheme, rest, found := strings.Cut(uri, ":")
	if !found || !isScheme(scheme) || strings.HasPrefix(strings.ToLower(scheme), "x-") {
		return uri
	}
	rest, _, _ = strings.Cut(rest, "#")
	rest, query, _ := strings.Cut(rest, "?")
	host, path := "", rest
	if after, ok := strings.CutPrefix(rest, "//"); ok {
		host, path = after, ""
		if i := strings.IndexByte(after, '/'); i >= 0 {
			host, path = after[:i], after[i:]
		}
		host = "//" + host[strings.LastIndexByte(host, '@')+1:]
	}
	if path = strings.TrimRight(path, "/"); path == "" {
		path = "/"
	}
	if query != "" {
		if values, err := url.ParseQuery(query); err == nil {
			query = "?" + values.Encode()
		}
	}
	return strings.ToLower(scheme) + ":" + host + path + query
}

func isScheme(text string) bool {
	for i, c := range text {
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
		if !letter && (i == 0 || !strings.ContainsRune("0123456789+-.", c)) {
			return false
		}
	}
	return text != ""
}
