package golden

import (
	"os"
	"testing"
)

// standIns writes the modules of testdata/modules into a folder: they stand for those of their authors that dag-factory's example
// files import.
func standIns(t testing.TB, dir string) {
	t.Helper()
	if err := os.CopyFS(dir, os.DirFS("testdata/modules")); err != nil {
		t.Fatal(err)
	}
}
