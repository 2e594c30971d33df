package golden

import (
	"bufio"
	"cmp"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/dagexport/dagexport/compiler"
	"github.com/dagexport/dagexport/internal/target"
	"github.com/dagexport/dagexport/ir"
	"github.com/dagexport/dagexport/targets/local"
	"github.com/dagexport/dagexport/targets/local/sched"
)

// randomSeeds is how many random DAGs are recorded.
const randomSeeds = 500

// A randomDAG is a pipeline made from a seed: 8 to 30 tasks with random edges, rules, groups, setups and teardowns, mapped
// tasks and groups, branches, short circuits and retries, and what becomes of each task that runs. Some have fail_fast.
type randomDAG struct {
	seed     uint64
	yaml     string
	outcomes map[string][][]sched.Outcome // by task id; of a mapped task by map_index; of each of its tries
	lengths  map[string]int               // of the lists that tasks return
	ways     map[string]ways              // of branches and short circuits
	failFast bool
}

// ways are what a branch or a short circuit goes on with.
type ways struct {
	chosen [][]string // by a branch, of a mapped group by map_index; nil: it is a short circuit
	ends   bool       // of a short circuit that does not go on
	all    bool       // ... and skips everything downstream
}

// generator writes a randomDAG.
type generator struct {
	*rand.Rand
	dag          *randomDAG
	tasks        strings.Builder
	groups       strings.Builder
	nodes        []string // what later tasks may depend on
	count        int
	fails, skips bool
}

func newRandomDAG(seed uint64) *randomDAG {
	g := &generator{Rand: rand.New(rand.NewPCG(seed, 7))}
	g.dag = &randomDAG{seed: seed, outcomes: map[string][][]sched.Outcome{}, lengths: map[string]int{}, ways: map[string]ways{}}
	g.dag.failFast = g.IntN(12) == 0
	// Where some tasks fail and others are skipped, the end often depends on timing.
	switch n := g.IntN(40); {
	case n < 20:
		g.fails = true
	case n < 39:
		g.skips = true
	default:
		g.fails, g.skips = true, true
	}
	for size := 8 + min(g.IntN(20), g.IntN(20)); g.count < size; {
		g.node(size - g.count)
	}
	settings := ""
	if g.dag.failFast {
		settings = "fail_fast: true\n"
	}
	g.dag.yaml = fmt.Sprintf("dag_id: random_%d\nstart_date: 2026-01-01\n%stasks:\n%s", seed, settings, g.tasks.String())
	if g.groups.Len() > 0 {
		g.dag.yaml += "task_groups:\n" + g.groups.String()
	}
	return g.dag
}

func (g *generator) node(room int) {
	name := "n" + strconv.Itoa(len(g.nodes))
	needs := g.needs()
	switch n := g.IntN(100); {
	case n < 40 || room < 4:
		g.task(&g.tasks, "  ", name, name, g.bash(name, 1), needs, g.rule(), "")
	case n < 50:
		commands, retries := g.commands(name, 1+g.IntN(3))
		g.task(&g.tasks, "  ", name, name, "expand: {bash: ["+strings.Join(commands, ", ")+"]}"+retries, needs, g.rule(), "")
	case n < 58:
		source := name + "_source"
		commands, retries := g.commands(name, g.IntN(4))
		g.source(source, commands)
		g.task(&g.tasks, "  ", name, name, "operator: BashOperator, expand: {bash_command: +"+source+"}"+retries, needs, g.rule(), "")
	case n < 65:
		g.group(name, needs, "", 1)
	case n < 73:
		items := 1 + g.IntN(3)
		codes := make([]string, items)
		for i := range codes {
			codes[i] = strconv.Quote(strconv.Itoa(g.code()))
		}
		over := "[" + strings.Join(codes, ", ") + "]"
		if g.IntN(2) == 0 {
			source := name + "_source"
			g.source(source, codes)
			over = "+" + source
		}
		g.group(name, needs, over, items, codes...)
	case n < 82:
		g.scope(name, needs)
	case n < 91:
		g.branch(name, needs)
	case n < 96:
		g.shortCircuit(name, needs)
	default:
		g.branchInGroup(name, needs)
	}
	g.nodes = append(g.nodes, name)
}

// source writes a task that returns a list.
func (g *generator) source(id string, items []string) {
	code := g.code()
	g.dag.outcomes[id] = [][]sched.Outcome{{outcomeOf(code)}}
	if code == 0 {
		g.dag.lengths[id] = len(items)
	}
	list := "[" + strings.Join(items, ", ") + "]"
	call := map[int]string{0: "give", 1: "fail", 99: "skip"}[code]
	g.task(&g.tasks, "  ", id, id, "python: fn:"+call+", op_args: ["+list+"]", g.needs(), g.rule(), "")
}

// group writes a group, mapped over something or not.
func (g *generator) group(name string, needs []string, over string, items int, codes ...string) {
	fmt.Fprintf(&g.groups, "  %s:\n    dependencies: [%s]\n", name, strings.Join(needs, ", "))
	if over != "" {
		fmt.Fprintf(&g.groups, "    expand: {c: %s}\n", over)
	}
	g.groups.WriteString("    tasks:\n")
	var inner []string
	for i := range 2 + g.IntN(3) {
		local := "t" + strconv.Itoa(i)
		full := name + "." + local
		var ups []string
		for _, up := range inner {
			if g.IntN(2) == 0 {
				ups = append(ups, up)
			}
		}
		what := ""
		if over != "" && g.IntN(2) == 0 {
			outcomes := make([][]sched.Outcome, items)
			for j, code := range codes {
				outcomes[j] = []sched.Outcome{map[string]sched.Outcome{`"0"`: sched.Succeeded, `"1"`: sched.Failed, `"99"`: sched.Skipped}[code]}
			}
			g.dag.outcomes[full] = outcomes
			what = "bash: exit $C, env: {C: {mapped: c}}, append_env: true"
		} else {
			what = g.bash(full, items)
		}
		rule := g.rule()
		if over != "" && rule == string(ir.Always) {
			rule = string(ir.AllDone) // Airflow does not take it there
		}
		g.task(&g.groups, "      ", local, full, what, ups, rule, "")
		inner = append(inner, local)
	}
}

// scope writes a setup, work and a teardown.
func (g *generator) scope(name string, needs []string) {
	setup := name + "_setup"
	g.task(&g.tasks, "  ", setup, setup, g.bash(setup, 1), needs, "all_success", "setup: true")
	above := []string{setup}
	for i := range 1 + g.IntN(3) {
		work := name + "_w" + strconv.Itoa(i)
		var ups []string
		for _, up := range above {
			if g.IntN(2) == 0 {
				ups = append(ups, up)
			}
		}
		if len(ups) == 0 {
			ups = above[len(above)-1:]
		}
		rule := g.rule()
		if slices.Contains(ups, setup) {
			rule = "all_success" // what stands behind a setup has no other
		} else if g.IntN(3) == 0 {
			ups = append(ups, g.needs()...)
		}
		g.task(&g.tasks, "  ", work, work, g.bash(work, 1), ups, rule, "")
		above = append(above, work)
	}
	teardown := fmt.Sprintf("teardown: {setups: %s, on_failure_fail_dagrun: %t}", setup, g.IntN(3) == 0)
	g.task(&g.tasks, "  ", name, name, g.bash(name, 1), above[1:], "", teardown)
}

// task writes one task.
func (g *generator) task(out *strings.Builder, indent, local, full, what string, needs []string, rule, more string) {
	g.count++
	fmt.Fprintf(out, "%s%s: {%s", indent, local, what)
	if len(needs) > 0 {
		fmt.Fprintf(out, ", dependencies: [%s]", strings.Join(needs, ", "))
	}
	if rule != "" && rule != "all_success" {
		fmt.Fprintf(out, ", trigger_rule: %s", rule)
	}
	if more != "" {
		out.WriteString(", " + more)
	}
	out.WriteString("}\n")
}

// needs are up to three of the nodes so far, the last ones more often.
func (g *generator) needs() []string {
	var needs []string
	for range g.IntN(4) {
		if len(g.nodes) == 0 {
			break
		}
		at := len(g.nodes) - 1 - min(g.IntN(len(g.nodes)), g.IntN(len(g.nodes)))
		if !slices.Contains(needs, g.nodes[at]) {
			needs = append(needs, g.nodes[at])
		}
	}
	return needs
}

func (g *generator) rule() string {
	if g.dag.failFast || g.IntN(100) < 40 { // Airflow takes no other rule there
		return string(ir.AllSuccess)
	}
	rules := ir.TriggerRules(ir.Version{Major: 2, Minor: 11})
	rules = slices.DeleteFunc(rules, func(r ir.TriggerRule) bool { return r == ir.AllDoneSetupSuccess })
	one := rules[g.IntN(len(rules))]
	if g.fails && (one == ir.OneFailed || one == ir.AllFailed || one == ir.AllSkipped) {
		one = rules[g.IntN(len(rules))] // these skip what does not fail: see above
	}
	return string(one)
}

func (g *generator) code() int {
	n := g.IntN(10)
	switch {
	case n < 3 && g.fails && (!g.skips || n < 2):
		return 1
	case n < 3 && g.skips:
		return 99
	}
	return 0
}

// bash is a task that ends alike in all of its instances.
func (g *generator) bash(id string, items int) string {
	tries, command, retries := g.tries(g.retries())
	g.dag.outcomes[id] = slices.Repeat([][]sched.Outcome{tries}, items)
	return "bash: " + command + retries
}

// commands are those of the instances of a mapped task, and the arguments that say how often they are tried again.
func (g *generator) commands(id string, items int) (commands []string, retries string) {
	n := g.retries()
	g.dag.outcomes[id] = nil
	for range items {
		tries, command, args := g.tries(n)
		g.dag.outcomes[id] = append(g.dag.outcomes[id], tries)
		commands, retries = append(commands, command), args
	}
	return commands, retries
}

// retries is how often a task is tried again.
func (g *generator) retries() int {
	if g.IntN(6) == 0 {
		return 1 + g.IntN(3)
	}
	return 0
}

// tries are the outcomes of the tries of a task that may be tried again so often, the command that has them, and the arguments
// that say how often.
func (g *generator) tries(retries int) (tries []sched.Outcome, command, args string) {
	code := g.code()
	if retries == 0 {
		return []sched.Outcome{outcomeOf(code)}, fmt.Sprintf("exit %d", code), ""
	}
	failing := g.IntN(retries + 1)
	tries = append(slices.Repeat([]sched.Outcome{sched.Failed}, failing), slices.Repeat([]sched.Outcome{outcomeOf(code)}, retries+1-failing)...)
	command = fmt.Sprintf("exit $((AIRFLOW_CTX_TRY_NUMBER > %d ? %d : 1))", failing, code)
	return tries, strconv.Quote(command), fmt.Sprintf(", retries: %d, retry_delay: 0", retries)
}

func outcomeOf(code int) sched.Outcome {
	return map[int]sched.Outcome{0: sched.Succeeded, 1: sched.Failed, 99: sched.Skipped}[code]
}

// functions stand beside every random DAG.
const functions = `def give(items):
    return items


def fail(items):
    raise ValueError(items)


def skip(items):
    from airflow.exceptions import AirflowSkipException

    raise AirflowSkipException("no")


def choose(ids):
    return ids
`

// compile compiles the DAG in a folder.
func (d *randomDAG) compile(t testing.TB, dir string, v ir.Version) *ir.File {
	t.Helper()
	write(t, filepath.Join(dir, "fn.py"), []byte(functions))
	write(t, filepath.Join(dir, "random.yaml"), []byte(d.yaml))
	result := compiler.Compile(filepath.Join(dir, "random.yaml"), []byte(d.yaml), compiler.Options{Version: v, DagsRoot: dir})
	if result.Diags.HasErrors() {
		t.Fatalf("seed %d: %s\n%s", d.seed, result.Diags.All()[0].Message, d.yaml)
	}
	return result.File
}

// play runs the DAG on the scheduler alone, in an order that the salt decides: with an even one whatever is ready starts at once,
// with an odd one a task starts when the one before has ended. With fail_fast the end depends on what has begun: one task runs at a
// time, by priority, and what failed is tried again when nothing else can run.
func (d *randomDAG) play(t testing.TB, p *ir.Pipeline, v ir.Version, salt int) string {
	t.Helper()
	unlimited := *p
	unlimited.Settings.MaxActiveTasks = 1 << 20
	jobs := 1 << 20
	if d.failFast {
		jobs = 1
	} else if salt%2 == 1 {
		jobs = 1
		unlimited.Tasks = shuffled(p.Tasks, salt)
	}
	m := sched.New(&unlimited, sched.Options{Version: v, Jobs: jobs, LogicalDate: time.Unix(0, 0)})
	var running, delayed []int
	run := target.None
	name := func(i int) string {
		task, index := m.Instance(i)
		return fmt.Sprintf("%d %s[%d]", salt, p.Tasks[task].ID, index)
	}
	pushed := map[string]bool{}
	apply := func(ds []sched.Decision) {
		for queue := slices.Clone(ds); len(queue) > 0; {
			one := queue[0]
			queue = queue[1:]
			switch one.Kind {
			case sched.Start:
				running = append(running, one.Task)
			case sched.Wait:
				if d.failFast {
					delayed = append(delayed, one.Task)
				} else {
					queue = append(queue, m.Elapsed(one.Task)...)
				}
			case sched.Finish:
				run = one.State
			case sched.Expand:
				task, _ := m.Instance(one.Task)
				queue = append(queue, m.Expanded(one.Task, d.length(p.Tasks[task], pushed))...)
			}
		}
	}
	apply(m.Begin())
	for len(running)+len(delayed) > 0 {
		if len(running) == 0 {
			next := delayed[0]
			delayed = slices.DeleteFunc(delayed, func(i int) bool { return i == next })
			apply(m.Elapsed(next))
			continue
		}
		keys := map[int]string{}
		for _, i := range running {
			keys[i] = fmt.Sprintf("%x", sha256.Sum256([]byte(name(i))))
		}
		slices.SortFunc(running, func(a, b int) int { return cmp.Compare(keys[a], keys[b]) })
		next := running[0]
		running = running[1:]
		task, index := m.Instance(next)
		id := p.Tasks[task].ID
		if ways, ok := d.ways[id]; ok {
			if skipping := ways.skipping(t, p, id, index); len(skipping.Tasks) > 0 {
				apply(m.EndedSkipping(next, skipping))
			} else {
				apply(m.Ended(next, sched.Succeeded))
			}
			continue
		}
		_, try := m.State(next)
		outcome := d.outcomes[id][max(index, 0)][try-1]
		pushed[id] = outcome == sched.Succeeded
		apply(m.Ended(next, outcome))
	}
	record := target.Record{State: run}
	for i := range m.Instances() {
		task, index := m.Instance(i)
		state, try := m.State(i)
		record.Tasks = append(record.Tasks, target.TaskRecord{TaskID: p.Tasks[task].ID, MapIndex: index, State: state, TryNumber: try})
	}
	return compact(&record)
}

// shuffled are tasks with other priorities: the salt decides which runs first.
func shuffled(tasks []*ir.Task, salt int) []*ir.Task {
	all := make([]*ir.Task, len(tasks))
	for i, t := range tasks {
		own := *t
		sum := sha256.Sum256(fmt.Appendf(nil, "%d %s", salt, t.ID))
		own.Limits.WeightRule, own.Limits.PriorityWeight = "absolute", int(sum[0])<<8+int(sum[1])
		all[i] = &own
	}
	return all
}

// length is the number of instances of a mapped task.
func (d *randomDAG) length(task *ir.Task, pushed map[string]bool) int {
	e := task.Expand
	for g := task.Group; e == nil; g = g.Parent {
		e = g.Expand
	}
	switch v := e.Args[0].Value.(type) {
	case *ir.Output:
		if pushed[v.TaskID] {
			return d.lengths[v.TaskID]
		}
		return -1
	case *ir.List:
		return len(v.Items)
	}
	return -1
}

// compact is a record on one line: the state of the run, and for each task the states of its instances. A capital is a state
// after a try, a number that of the tries if there were several; a dash goes before the state of a mapped task that was not expanded, and of any other task.
func compact(record *target.Record) string {
	record.Sort()
	var out strings.Builder
	out.WriteString(string(record.State))
	last := ""
	for _, t := range record.Tasks {
		if t.TaskID != last {
			out.WriteString(" " + t.TaskID + ":")
			last = t.TaskID
		}
		if t.MapIndex < 0 {
			out.WriteByte('-')
		}
		letter := map[target.State]string{
			target.None: "n", target.Success: "s", target.Failed: "f", target.Skipped: "k", target.UpstreamFailed: "u", target.Removed: "r",
		}[t.State]
		if letter == "" {
			letter = "?" + string(t.State)
		}
		if t.TryNumber > 0 {
			letter = strings.ToUpper(letter)
		}
		if t.TryNumber > 1 {
			letter += strconv.Itoa(t.TryNumber)
		}
		out.WriteString(letter)
	}
	return out.String()
}

// randomRecords reads a file of records, a line for each: a seed and a record.
func randomRecords(t testing.TB, name string) map[uint64][]string {
	t.Helper()
	records := map[uint64][]string{}
	file, err := os.Open(filepath.Join("testdata", "random", name))
	if errors.Is(err, fs.ErrNotExist) {
		return records
	}
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		text, record, _ := strings.Cut(lines.Text(), " ")
		seed, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		records[seed] = append(records[seed], record)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return records
}

var randomVersions = []ir.Version{{Major: 2, Minor: 11}, {Major: 3, Minor: 3}}

// randomSalts are the orders of completion in which each random DAG is played.
const randomSalts = 12

// TestRandomDAGs plays random DAGs in several orders of completion: each ends as real Airflow recorded. The few that end
// otherwise from order to order do so in real Airflow, too: two records of it show that.
func TestRandomDAGs(t *testing.T) {
	for _, v := range randomVersions {
		t.Run(v.String(), func(t *testing.T) {
			t.Parallel()
			records := randomRecords(t, v.String()+".txt")
			leftOut := randomRecords(t, v.String()+"_by_timing.txt")
			if len(leftOut) > randomSeeds/10 {
				t.Errorf("%d of %d seeds are left out", len(leftOut), randomSeeds)
			}
			dir := t.TempDir()
			for seed := range uint64(randomSeeds) {
				d := newRandomDAG(seed)
				p := d.compile(t, dir, v).Pipelines[0]
				if two := leftOut[seed]; two != nil {
					if len(two) < 2 || two[0] == two[1] || records[seed] != nil {
						t.Errorf("seed %d is left out without two records that differ", seed)
					}
					// Airflow's scheduler takes a while to settle what follows from a task's end, and other tasks may end meanwhile;
					// a local run takes none. So not each end that Airflow may come to is one of a local run.
					if !slices.ContainsFunc(two, func(want string) bool { return d.reaches(t, p, v, want) }) {
						t.Errorf("seed %d: no order ends as Airflow can: %q\n%s", seed, two, d.yaml)
					}
					continue
				}
				if len(records[seed]) != 1 {
					t.Errorf("seed %d has no record", seed)
					continue
				}
				for salt := range randomSalts {
					if got := d.play(t, p, v, salt); got != records[seed][0] {
						t.Errorf("seed %d, order %d:\n got %s\nwant %s\n%s", seed, salt, got, records[seed][0], d.yaml)
						break
					}
				}
			}
		})
	}
}

// reaches tells whether some order of completion leads to a record.
func (d *randomDAG) reaches(t testing.TB, p *ir.Pipeline, v ir.Version, want string) bool {
	for salt := range 300 {
		if d.play(t, p, v, salt) == want {
			return true
		}
	}
	return false
}

// TestRandomDAGsRunLocally runs some of them as a user would, tasks and all.
func TestRandomDAGsRunLocally(t *testing.T) {
	interpreter := python(t, "python")
	for _, v := range randomVersions {
		records := randomRecords(t, v.String()+".txt")
		for seed := uint64(0); seed < randomSeeds; seed += 40 {
			d := newRandomDAG(seed)
			if len(records[seed]) != 1 || d.failFast {
				continue
			}
			t.Run(fmt.Sprintf("%s/%d", v, seed), func(t *testing.T) {
				t.Parallel()
				dir := t.TempDir()
				file := d.compile(t, dir, v)
				runner := local.New(local.Options{Version: v, Jobs: 2, StateDir: filepath.Join(dir, ".dagexport"), DagsRoot: dir, Python: interpreter})
				if problems := runner.Check(file); problems.Len() > 0 {
					t.Fatal(problems.All()[0].Message)
				}
				if err := runner.PreRun(ctx(t), file, filepath.Join(dir, "random.yaml")); err != nil {
					t.Fatal(err)
				}
				record, err := runner.Run(ctx(t), file.Pipelines[0], target.RunOptions{LogicalDate: time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC)})
				if err := errors.Join(err, runner.PostRun(ctx(t))); err != nil {
					t.Fatal(err)
				}
				if got := compact(record); got != records[seed][0] {
					t.Errorf("got  %s\nwant %s", got, records[seed][0])
				}
			})
		}
	}
}
