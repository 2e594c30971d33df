package golden

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dagexport/dagexport/internal/target"
	"github.com/dagexport/dagexport/ir"
	"github.com/dagexport/dagexport/targets/local"
)

// TestRenderShowsFields holds what `dagexport render` prints of fields that are more than texts; the records of these cases say that
// a run renders them so.
func TestRenderShowsFields(t *testing.T) {
	interpreter := python(t, "python")
	for _, test := range []struct{ name, task, want string }{
		{"native_objects", "dates", "op_args: [DateTime(2026, 1, 2, 0, 0, 0, tzinfo=Timezone('UTC')), DateTime(2026, 1, 2, 0, 0, 0, tzinfo=Timezone('UTC')), " +
			"Date(2026, 1, 2), datetime.timedelta(days=2), DateTime(2026, 1, 3, 0, 0, 0, tzinfo=Timezone('UTC')), '2026-01-02', '2026-01-02T00:00:00+00:00', " +
			"20260102, '20260102T000000']"},
		{"native_objects", "nested", "op_args: [[DateTime(2026, 1, 2, 0, 0, 0, tzinfo=Timezone('UTC')), [(1,)]], {'a': Thing(1), '{{ 1 }}': 2}]\n" +
			"op_kwargs: {'k_one': Thing(2), 'k_two': [{'deep': Date(2026, 1, 2)}], 'k_text': 'text', 'k_number': 5}"},
		{"native_objects", "bash", "bash_command: echo (1, 2) 2026-01-02 00:00:00+00:00 [1, 2]"},
		{"native_objects", "decorated", "op_kwargs: {'k_at': DateTime(2026, 1, 2, 0, 0, 0, tzinfo=Timezone('UTC')), 'k_set': Decimal('1.50')}"},
		{"native_objects", "after", ""},
		{"nested_and_not_rendered", "nested", `op_args: [[["2026-01-02"]], {"a": {"b": ["2026-01-02", 1, null, true, 1.5]}}, ` +
			`{"{{ ds }}": "2026-01-02", "1": "2026-01-02"}, "", [], {}, " ", "", "{{ ds }}"]` + "\n" +
			`op_kwargs: {"k_a": "2026-01-02", "k_b": {"{{ k }}": "2026-01-02"}, "k_empty": []}`},
		{"nested_and_not_rendered", "objects", "op_args: [fn.Holder(a='{{ ds }}', b=['{{ ds }}'], c='{{ ds }}'), fn.Plain(a='{{ ds }}'), " +
			"[fn.Holder(a={'k': '{{ ds }}'}, b=None, c=1)]]"},
		{"files", "script", `bash_command: echo "2026-01-02 of script"`},
		{"files", "includes", `templates_dict: {"q": "second 2026-01-02 \"and tail includes\"\n\n2026-01-022026-01-02\n5", "i": "second 2026-01-02", ` +
			`"m": "aa", "e": "before mine after 2026-01-02"}`},
	} {
		t.Run(test.name+"/"+test.task, func(t *testing.T) {
			t.Parallel()
			c, err := loadCase(filepath.FromSlash("testdata/run/templates/" + test.name + ".txtar"))
			if err != nil {
				t.Fatal(err)
			}
			dir := t.TempDir()
			c.unpack(t, dir)
			one := c.compile(t, dir, ir.DefaultVersion)
			runner := local.New(local.Options{
				Version: ir.DefaultVersion, StateDir: filepath.Join(dir, ".dagexport"), DagsRoot: dir, Python: interpreter, Environ: os.Environ(),
			})
			if err := runner.PreRun(ctx(t), one.file, filepath.Join(dir, "pipeline.yaml")); err != nil {
				t.Fatal(err)
			}
			fields, err := runner.Render(ctx(t), one.file.Pipelines[0], test.task, -1, target.RunOptions{LogicalDate: c.date, Conf: c.conf})
			if err := runner.PostRun(ctx(t)); err != nil {
				t.Fatal(err)
			}
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, f := range fields {
				got = append(got, f.Name+": "+f.Text)
			}
			if text := strings.Join(got, "\n"); text != test.want {
				t.Errorf("got  %s\nwant %s", text, test.want)
			}
		})
	}
}
