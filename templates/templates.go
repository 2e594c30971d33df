// Package templates holds the text that surrounds what is generated; the templates place text and decide nothing.
package templates

import "embed"

// Files are the templates: a folder per target.
//
//go:embed airflow/*.tmpl
var Files embed.FS
