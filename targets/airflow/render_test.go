package airflow

import (
	"os"
	"testing"
)

func TestDump(t *testing.T) {
	out, err := Render(dailySales(), RenderOptions{})
	if err != nil {
		t.Fatal(err)
	}
	os.Stdout.Write(out)
}
