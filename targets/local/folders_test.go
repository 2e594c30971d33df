package local

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dagexport/dagexport/internal/target"
)

// A temporary folder serves the next task only if that cannot tell, and none is left in the end.
func TestTemporaryFolders(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	for _, c := range []struct {
		first string
		again bool
	}{
		{"true", true},
		{"touch x; rm x", true},
		{"touch x", false},
		{"mkdir -p a/b; chmod 0 a/b a", false},
		{"chmod 755 .", false},
		{`mv "$PWD" "$PWD.old"; mkdir "${PWD%.old}"; rmdir "$PWD.old"`, false},
		{"sleep 1 >/dev/null 2>&1 &", false}, // still there when the next task runs
	} {
		record, _ := play(t, pipeline(bash("a", c.first+"\npwd"), bash("b", "pwd; ls -A | wc -l", "a"), bash("c", "pwd", "a")), Options{Jobs: 1})
		values := map[string]string{}
		for _, x := range record.XComs {
			values[x.TaskID] = string(x.Value)
		}
		if record.State != target.Success || values["b"] != `"0"` {
			t.Errorf("%s: %s", c.first, states(record))
		}
		if again := values["a"] == values["c"]; again != c.again {
			t.Errorf("%s: %s, then %s", c.first, values["a"], values["c"])
		}
		left, err := filepath.Glob(filepath.Join(os.TempDir(), "airflowtmp*"))
		if err != nil || len(left) > 0 {
			t.Errorf("%s: left behind: %s, %v", c.first, strings.Join(left, " "), err)
		}
	}
}
