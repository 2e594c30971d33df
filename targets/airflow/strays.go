package airflow

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// FindStrays lists the generated DAG files under root whose pipeline file is gone, sorted. It looks at the first line of each
// Python file and changes nothing. Hidden folders and those of virtual environments are passed over.
func FindStrays(root string) ([]string, error) { return FindStraysIn(root, root) }

// FindStraysIn is FindStrays for DAG files that were written with Options.OutDir outDir and Root root.
func FindStraysIn(outDir, root string) ([]string, error) {
	var strays []string
	err := filepath.WalkDir(outDir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if path != outDir && passedOver(path, entry.Name()) {
				return filepath.SkipDir
			}
			return nil
		}
		if filepath.Ext(path) != ".py" || !entry.Type().IsRegular() {
			return nil
		}
		source, generated := sourceOf(path)
		if !generated || filepath.Base(source) != source {
			return nil
		}
		rel, err := filepath.Rel(outDir, filepath.Dir(path))
		if err != nil {
			return err
		}
		if _, err := os.Stat(filepath.Join(root, rel, source)); errors.Is(err, fs.ErrNotExist) {
			strays = append(strays, path)
		}
		return nil
	})
	slices.Sort(strays)
	return strays, err
}

func passedOver(path, name string) bool {
	if strings.HasPrefix(name, ".") || name == "__pycache__" || name == "node_modules" {
		return true
	}
	_, err := os.Lstat(filepath.Join(path, "pyvenv.cfg"))
	return err == nil
}

// sourceOf is the pipeline file that the header of a generated file names.
func sourceOf(path string) (string, bool) {
	f, err := os.Open(path)
	if err != nil {
		return "", false
	}
	defer f.Close()
	head, err := io.ReadAll(io.LimitReader(f, maxHeader))
	if err != nil {
		return "", false
	}
	return headerSource(head)
}
