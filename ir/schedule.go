package ir

// Schedule says when a DAG runs: *Cron, *Preset, *Delta, *RelativeDelta, *PinnedCron, *PinnedDelta, *Timetable, *Assets,
// *AssetsOrTime or *Unscheduled.
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

// RelativeDelta is a period of the calendar, such as a month.
type RelativeDelta struct {
	Period *Call // of dateutil.relativedelta.relativedelta
	Span   Span
}

// DataInterval says which stretch of time a scheduled run is about.
type DataInterval int

// The data intervals that a schedule can pin; Cron, Preset and Delta leave the choice to the Airflow version.
const (
	PreviousInterval DataInterval = iota // from the moment before to the one at which the run starts
	MomentInterval                       // the moment at which the run starts, and nothing else
)

// PinnedCron is one or more cron expressions with a data interval that is the same on every version of Airflow.
type PinnedCron struct {
	Exprs    []string // cron expressions or presets that stand for one; more than one only with MomentInterval
	Interval DataInterval
	Zone     string // IANA name; that of the DAG unless written
	Span     Span
}

// PinnedDelta is a fixed period with a data interval that is the same on every version of Airflow.
type PinnedDelta struct {
	Period   Value // *Duration, or *Call of relativedelta
	Interval DataInterval
	Span     Span
}

// Timetable is any other timetable, Airflow's or the user's own.
type Timetable struct {
	Call *Call
	Span Span
}

// Assets runs a DAG when assets are updated.
type Assets struct {
	Expr AssetExpr
	Span Span
}

// AssetsOrTime runs a DAG when assets are updated and at given times, too.
type AssetsOrTime struct {
	Assets AssetExpr
	Time   Schedule // *PinnedCron, *PinnedDelta or *Timetable
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

// Pos implements Schedule.
func (s *RelativeDelta) Pos() Span { return s.Span }

// Pos implements Schedule.
func (s *PinnedCron) Pos() Span { return s.Span }

// Pos implements Schedule.
func (s *PinnedDelta) Pos() Span { return s.Span }

// Pos implements Schedule.
func (s *Timetable) Pos() Span { return s.Span }

// Pos implements Schedule.
func (s *Assets) Pos() Span { return s.Span }

// Pos implements Schedule.
func (s *AssetsOrTime) Pos() Span { return s.Span }

func (*Cron) schedule()          {}
func (*Preset) schedule()        {}
func (*Delta) schedule()         {}
func (*Unscheduled) schedule()   {}
func (*RelativeDelta) schedule() {}
func (*PinnedCron) schedule()    {}
func (*PinnedDelta) schedule()   {}
func (*Timetable) schedule()     {}
func (*Assets) schedule()        {}
func (*AssetsOrTime) schedule()  {}
