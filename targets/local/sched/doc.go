// Package sched decides what a run does next, as Airflow's scheduler would: a pure state machine without clock, process or
// goroutine. It is told what happened (a try ended, a retry delay is over) and answers with what to do (start a try, wait
// before a retry, this task is skipped, the run has ended). The same calls always give the same answers.
//
// Trigger rules are evaluated after every single completion, in passes as Airflow's scheduler makes them: a state that is
// set in one pass is seen by the tasks below in the next. What a rule decides can depend on the order of completion, in
// Airflow as here.
//
// The work is in proportion to the edges of the graph, whatever its shape.
package sched
