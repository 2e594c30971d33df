// Package ir is the typed intermediate representation of a pipeline file: what the compiler promises and what every
// target reads. It knows neither YAML nor Python and imports the standard library only.
//
// # Invariants
//
// The compiler establishes these once; no target checks them again.
//
//   - A File holds at least one Pipeline. Pipeline ids are unique within the file and valid Airflow ids.
//   - Slices keep declaration order: Pipelines, Groups (an outer group before its inner ones), Tasks, Args, Entries.
//   - Task.ID and Group.ID are full ids, prefixed as Airflow prefixes them; they are unique within the pipeline, tasks
//     and groups together. LocalID is the id as written.
//   - Task.Dependencies and Group.Dependencies are the edges as they were written, resolved and without repetition.
//     Task.Needs is what they come to: direct upstream tasks, a group having been replaced by its leaves and a group's own
//     dependencies having been handed to its roots; no repetition, in the order of writing.
//   - The graph over Task.Needs is acyclic.
//   - Defaults are applied: Retry, Limits, Trigger and the fields of Op are final, after default_args of the DAG and of the
//     groups around the task. Args and DefaultArgs stay as written, for a target that writes them out again.
//   - Durations, dates, cron expressions and callables are parsed. A string that looks like one and is of another type
//     stayed a String on purpose.
//   - A Template is a String in a field that the operator renders and that holds Jinja. It is untouched text.
//   - An Output names a task of the pipeline, and is an edge: the task is among the Needs of the task that uses it, or of every root
//     of the group whose Expand uses it. A MappedParam stands in a task or group inside the group that it names; all outputs that
//     the Expand of that group uses are among the Needs of the task, too.
//   - Within a file, two Functions of one name have the same Text. A Function and a Lambda are the
//     only text of the user's that ever becomes Python; each is proven to be one statement or one expression, alone.
//   - A path of Airflow's own in a Call, PyRef or Class is the newest one known; a target writes what its version spells.
//   - A mapped task or group has Expand. A group has no Expand where a group around it has one: Airflow nests no mapped groups.
//   - Every node knows its Span. A node that nobody wrote (a default) has the span of what caused it.
//   - No field holds a Go map; no node is shared between two parents except Group, reached through Task.Group.
package ir
