package local

import (
	"encoding/json"
	"slices"
	"strings"
	"sync"

	"github.com/dagexport/dagexport/internal/target"
	"github.com/dagexport/dagexport/targets/local/store"
	"github.com/dagexport/dagexport/targets/local/task"
	"github.com/dagexport/dagexport/targets/local/wire"
)

// xcoms are the XComs of a run, kept in memory and written to the store.
type xcoms struct {
	store *store.Store
	run   int64

	mu     sync.Mutex
	values map[instance]object
	pushed int            // how many pushes there were
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
	x.set(instance{v.TaskID, v.MapIndex}, v.Key, v.Value)
}

func (x *xcoms) set(of instance, key string, value json.RawMessage) {
	pushed := x.values[of]
	pushed.set(key, value)
	for i := range pushed {
		if pushed[i].key == key {
			x.pushed++
			pushed[i].place = x.pushed
		}
	}
	x.values[of] = pushed
	x.mapped[of.taskID] = max(x.mapped[of.taskID], of.mapIndex+1)
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
				value, err := wire.Plain(m.value)
				if err != nil {
					value = json.RawMessage(`{"__repr__": "not readable"}`)
				}
				all = append(all, target.XComRecord{TaskID: of.taskID, MapIndex: of.mapIndex, Key: m.key, Value: value})
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

// All implements task.XComs.
func (x *taskXComs) All() []task.Pushed {
	x.all.mu.Lock()
	defer x.all.mu.Unlock()
	var all []task.Pushed
	var places []int
	for of, pushed := range x.all.values {
		for _, m := range pushed {
			at, _ := slices.BinarySearchFunc(places, m.place, func(a, b int) int { return b - a })
			places = slices.Insert(places, at, m.place)
			all = slices.Insert(all, at, task.Pushed{TaskID: of.taskID, MapIndex: of.mapIndex, Key: m.key, Value: m.value})
		}
	}
	return all
}

// Push implements task.XComs.
func (x *taskXComs) Push(key string, value json.RawMessage) {
	x.all.mu.Lock()
	defer x.all.mu.Unlock()
	x.all.set(x.own, key, value)
	x.all.store.PutXCom(x.all.run, store.XCom{TaskID: x.own.taskID, MapIndex: x.own.mapIndex, Key: key, Value: value})
}
