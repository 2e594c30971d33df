// Package local executes pipelines on this machine, to the task states and XComs that Airflow would end in.
//
// Scheduling stands apart from executing. Package sched is a pure state machine: it is told what ended and says what
// begins. Package process starts and ends process trees, package store keeps runs in SQLite, and this package joins them.
package local
