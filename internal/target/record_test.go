package target

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestEncode(t *testing.T) {
	record := Record{
		DagID: "d", LogicalDate: "2026-01-02T00:00:00+00:00", State: Failed,
		Tasks: []TaskRecord{{"b", -1, None, 0}, {"a", 1, Success, 1}, {"a", 0, Failed, 2}},
		XComs: []XComRecord{
			{"a", 0, "k", json.RawMessage(`{"z": [1.0, 1e400, 12345678901234567890123], "b": "\u00fc<&>\u2028"}`)},
			{"a", 0, "a", json.RawMessage(`null`)},
		},
	}
	want := `{
  "dag_id": "d",
  "logical_date": "2026-01-02T00:00:00+00:00",
  "state": "failed",
  "tasks": [
    {"task_id":"a","map_index":0,"state":"failed","try_number":2},
    {"task_id":"a","map_index":1,"state":"success","try_number":1},
    {"task_id":"b","map_index":-1,"state":null,"try_number":0}
  ],
  "xcoms": [
    {"task_id":"a","map_index":0,"key":"a","value":null},
    {"task_id":"a","map_index":0,"key":"k","value":{"b":"ü<&>` + `\u2028` + `","z":[1.0,1e400,12345678901234567890123]}}
  ]
}
`
	got, err := record.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	var back Record
	if err := json.Unmarshal(got, &back); err != nil {
		t.Fatal(err)
	}
	again, err := back.Encode()
	if err != nil || string(again) != string(got) {
		t.Errorf("a record that is read and written again changes:\n%s\n%v", again, err)
	}
	empty, err := (&Record{DagID: "d"}).Encode()
	if err != nil || !json.Valid(empty) {
		t.Errorf("%s %v", empty, err)
	}
}
