package compiler

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/dagexport/dagexport/internal/diag"
)

// ProfileKeys are what a profile may say of an Airflow.
var ProfileKeys = []string{"url", "user", "password", "token", "ca_file"}

// LoadProfile reads one profile of a file of them: a mapping of names to an Airflow's address and credentials. The file holds
// secrets, so that one that others can read is an error, and no message shows a value.
func LoadProfile(path, name string) (map[string]string, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("there is no profile %q: there is no file %s", name, path)
	}
	if err != nil {
		return nil, err
	}
	if info.Mode().Perm()&0o077 != 0 && filepath.Separator == '/' {
		return nil, fmt.Errorf("others can read the secrets of %s: chmod 600 %s", path, path)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var diags diag.List
	root := parse(newSource(filepath.ToSlash(path), text), new(memory), &diags)
	for _, d := range diags.All() {
		if d.Severity == diag.Error {
			return nil, fmt.Errorf("%s: %s", d.Span, d.Message)
		}
	}
	if root == nil || root.kind != mapNode {
		return nil, fmt.Errorf("%s is a mapping of profiles by name", path)
	}
	var names []string
	for _, p := range root.pairs {
		names = append(names, p.key.text)
		if p.key.text != name {
			continue
		}
		if p.value.kind != mapNode {
			return nil, fmt.Errorf("%s: a profile is a mapping of %s", p.value.span, strings.Join(ProfileKeys, ", "))
		}
		profile := map[string]string{}
		for _, one := range p.value.pairs {
			switch {
			case !slices.Contains(ProfileKeys, one.key.text):
				if near := diag.Near(one.key.text, ProfileKeys); len(near) > 0 {
					return nil, fmt.Errorf("%s: a profile has no %s; did you mean %s?", one.key.span, one.key.text, near[0])
				}
				return nil, fmt.Errorf("%s: a profile has no %s; it has %s", one.key.span, one.key.text, strings.Join(ProfileKeys, ", "))
			case one.value.kind != scalarNode || one.value.text == "":
				return nil, fmt.Errorf("%s: %s is a single value", one.value.span, one.key.text)
			}
			profile[one.key.text] = one.value.text
		}
		if profile["url"] == "" {
			return nil, fmt.Errorf("%s: the profile %s has no url", p.key.span, name)
		}
		return profile, nil
	}
	return nil, fmt.Errorf("%s has no profile %q%s", path, name, diag.Meant(name, names))
}
