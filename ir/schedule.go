package ir

// Schedule says when a DAG runs: *Cron, *Preset, *Delta or *Unscheduled.
type Schedule interface {
	Pos() Span
	schedule()
}

// Cron is a cron expression, checked against the rules that Airflow applies.
type Cron struct {
	Expr string // as written, surrounding space removed
	Span Span
}

// Preset is one of Airflow's named schedules: "@daily", "@once", "@continuous", ...
type Preset struct {
	Name string // with the @
	Span Span
}

// Delta is a fixed period.
type Delta struct {
	Period *Duration
	Span   Span
}

// Unscheduled is a DAG that only runs when it is triggered: schedule: null.
type Unscheduled struct{ Span Span }

// Pos is where the schedule was written; for Unscheduled by default, the DAG's span.
func (s *Cron) Pos() Span { return s.Span }

// Pos implements Schedule.
func (s *Preset) Pos() Span { return s.Span }

// Pos implements Schedule.
func (s *Delta) Pos() Span { return s.Span }

// Pos implements Schedule.
func (s *Unscheduled) Pos() Span { return s.Span }

func (*Cron) schedule()        {}
func (*Preset) schedule()      {}
func (*Delta) schedule()       {}
func (*Unscheduled) schedule() {}
