package local

import (
	"bufio"
	"encoding/json"
	"os"
	"testing"
)

// TestNormalURI holds the URIs of assets against those that Airflow keeps, recorded by testdata/uris.py.
func TestNormalURI(t *testing.T) {
	file, err := os.Open("testdata/uris.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		var pair [2]string
		if err := json.Unmarshal(lines.Bytes(), &pair); err != nil {
			t.Fatal(err)
		}
		if got := normalURI(pair[0]); got != pair[1] {
			t.Errorf("%s is %s, in Airflow %s", pair[0], got, pair[1])
		}
	}
}
