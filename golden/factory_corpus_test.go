//go:build airflow && corpus

package golden

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/dagexport/dagexport/compiler"
	"github.com/google/go-cmp/cmp"
)

// TestCorpusAgainstFactory builds every DAG of dag-factory's example files with dag-factory 1.1 on Airflow 3.3 and with dagexport,
// and compares what Airflow serialises. testdata/corpus_factory.txt says what came of each file.
func TestCorpusAgainstFactory(t *testing.T) {
	corpus := os.Getenv("DAGEXPORT_CORPUS")
	files, err := compiler.Discover(corpus)
	if err != nil || len(files) == 0 {
		t.Fatalf("no files in DAGEXPORT_CORPUS=%s: %v", corpus, err)
	}
	var jobs []factoryJob
	var said bytes.Buffer
	for _, path := range files {
		rel, err := filepath.Rel(corpus, path)
		if err != nil {
			t.Fatal(err)
		}
		root := t.TempDir()
		standIns(t, root)
		for _, name := range []string{"defaults.yml", "datasets/example_config_datasets.yml", rel} {
			text, err := os.ReadFile(filepath.Join(corpus, name))
			if err != nil {
				t.Fatal(err)
			}
			write(t, filepath.Join(root, name), text)
		}
		environ := map[string]string{"CONFIG_ROOT_DIR": root, "AIRFLOW_HONE": "home"}
		name := filepath.ToSlash(rel)
		if file, result := factoryFile(t, root, name, environ); file == nil {
			what := "does not compile"
			if result.NotPipeline {
				what = "is no pipeline"
			}
			fmt.Fprintf(&said, "%s: %s\n", name, what)
			continue
		}
		jobs = append(jobs, factoryJob{ID: name, Folder: root, YAML: name, File: "dags.py", Environ: environ})
	}
	for i := range jobs {
		jobs[i].ID = slug(jobs[i].ID)
	}
	verdicts := compareFactory(t, jobs)
	judgeFactory(t, verdicts)
	equal := 0
	for i, v := range verdicts {
		same := 0
		for _, id := range v.Theirs {
			if !slices.Contains(v.Ours, id) {
				t.Errorf("%s: dag-factory makes the DAG %s, and we do not", v.ID, id)
			}
			same++
		}
		equal += same
		fmt.Fprintf(&said, "%s: %d DAGs, %d built by both and equal\n", jobs[i].YAML, len(v.Ours), same)
		for _, id := range v.Ours {
			problem, failed := v.Failed[id]
			if whole, none := v.Failed[""]; none {
				problem, failed = whole, true
			}
			if failed {
				fmt.Fprintf(&said, "  %s: dag-factory cannot build it on Airflow 3.3: %s\n", id, problem)
			} else if !slices.Contains(v.Theirs, id) {
				t.Errorf("%s: we make the DAG %s, and dag-factory does not", v.ID, id)
			}
		}
	}
	fmt.Fprintf(&said, "\n%d DAGs are equal\n", equal)
	const golden = "testdata/corpus_factory.txt"
	want, err := os.ReadFile(golden)
	if err != nil && !*update {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), said.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
		if *update {
			write(t, golden, said.Bytes())
		}
	}
}
