package local

import (
	"net/url"
	"slices"
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
	if query = normalQuery(query); query != "" {
		query = "?" + query
	}
	return strings.ToLower(scheme) + ":" + host + path + query
}

// normalQuery is a query in the order of its names and values, without names that have none.
func normalQuery(query string) string {
	var pairs [][2]string
	for part := range strings.SplitSeq(query, "&") {
		name, value, _ := strings.Cut(part, "=")
		if value == "" {
			continue
		}
		pairs = append(pairs, [2]string{unescaped(name), unescaped(value)})
	}
	slices.SortFunc(pairs, func(a, b [2]string) int { return slices.Compare(a[:], b[:]) })
	parts := make([]string, len(pairs))
	for i, p := range pairs {
		parts[i] = url.QueryEscape(p[0]) + "=" + url.QueryEscape(p[1])
	}
	return strings.Join(parts, "&")
}

func unescaped(text string) string {
	if plain, err := url.QueryUnescape(text); err == nil {
		return plain
	}
	return text
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
