package local

import (
	"encoding/json"
	"strings"
	"sync"

	"github.com/dagexport/dagexport/internal/target"
	"github.com/dagexport/dagexport/targets/local/store"
)

// xcoms are the XComs of a run, kept in memory and written to the store.
type xcoms struct {
	store *store.Store
	run   int64

	mu     sync.Mutex
	values map[instance]object
	mapped map[string]int // one more than the highest map_index of a task that has pushed
}

// instance names a task instance.
type instance struct {
	taskID   string
	mapIndex int
}

func newXComs(s *store.Store, run int64) *xcoms {
	return &xcoms{store: s, run: run, values: map[instance]object{}, mapped: map[string]int{}}
}

// clear forgets what a task instance has pushed, as a new try does.
func (x *xcoms) clear(of instance) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if len(x.values[of]) > 0 {
		delete(x.values, of)
		x.store.ClearXComs(x.run, of.taskID, of.mapIndex)
	}
}

// take puts back what is in the store.
func (x *xcoms) take(v store.XCom) {
	x.mu.Lock()
	defer x.mu.Unlock()
	of := instance{v.TaskID, v.MapIndex}
	pushed := x.values[of]
	pushed.set(v.Key, v.Value)
	x.values[of] = pushed
	x.mapped[v.TaskID] = max(x.mapped[v.TaskID], v.MapIndex+1)
}

// pull is what a task instance has pushed under a key.
func (x *xcoms) pull(of instance, key string) (json.RawMessage, bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, m := range x.values[of] {
		if m.key == key {
			return m.value, true
		}
	}
	return nil, false
}

// indexes are the map_index of the instances of a task that have pushed under a key, in order.
func (x *xcoms) indexes(taskID, key string) []int {
	x.mu.Lock()
	defer x.mu.Unlock()
	var all []int
	for index := -1; index < x.mapped[taskID]; index++ {
		for _, m := range x.values[instance{taskID, index}] {
			if m.key == key {
				all = append(all, index)
			}
		}
	}
	return all
}

// records are the XComs of the run; Airflow's own bookkeeping is left out.
func (x *xcoms) records() []target.XComRecord {
	x.mu.Lock()
	defer x.mu.Unlock()
	var all []target.XComRecord
	for of, pushed := range x.values { // the record sorts them
		for _, m := range pushed {
			if m.key != "skipmixin_key" && !strings.HasPrefix(m.key, "_") {
				all = append(all, target.XComRecord{TaskID: of.taskID, MapIndex: of.mapIndex, Key: m.key, Value: m.value})
			}
		}
	}
	return all
}

// taskXComs are the XComs as one task instance reaches them.
type taskXComs struct {
	all *xcoms
	own instance
}

// Pull implements task.XComs.
func (x *taskXComs) Pull(taskID string, mapIndex int, key string) (json.RawMessage, bool) {
	return x.all.pull(instance{taskID, mapIndex}, key)
}

// MapIndexes implements task.XComs.
func (x *taskXComs) MapIndexes(taskID, key string) []int { return x.all.indexes(taskID, key) }

// Push implements task.XComs.
func (x *taskXComs) Push(key string, value json.RawMessage) {
	x.all.mu.Lock()
	defer x.all.mu.Unlock()
	pushed := x.all.values[x.own]
	pushed.set(key, value)
	x.all.values[x.own] = pushed
	x.all.mapped[x.own.taskID] = max(x.all.mapped[x.own.taskID], x.own.mapIndex+1)
	x.all.store.PutXCom(x.all.run, store.XCom{TaskID: x.own.taskID, MapIndex: x.own.mapIndex, Key: key, Value: value})
}
