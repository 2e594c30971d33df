package process

import (
	"fmt"
	"os"
	"os/exec"
	"testing"
	"time"
)

// TestEndMarkedSeesWhatIsAboutToBegin ends processes while they become other programs, when nobody can see their environment.
func TestEndMarkedSeesWhatIsAboutToBegin(t *testing.T) {
	for i := range 8 {
		mark := fmt.Sprintf("%d-%d", os.Getpid(), i)
		c := exec.Command("bash", "-c", "for i in 1 2 3 4 5; do setsid setsid setsid env -- sleep 3211 >/dev/null 2>&1 & done")
		c.Env = append(os.Environ(), Marker+"="+mark)
		if err := c.Run(); err != nil {
			t.Fatal(err)
		}
		if _, err := EndMarked(mark, time.Second); err != nil {
			t.Fatal(err)
		}
		time.Sleep(20 * time.Millisecond) // for those that nobody has seen
		left, err := Find(mark)
		if err != nil {
			t.Fatal(err)
		}
		if len(left) > 0 {
			t.Errorf("%d: %+v", i, left)
			_, _ = EndMarked(mark, time.Second)
		}
	}
}
