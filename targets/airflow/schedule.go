package airflow

import "github.com/dagexport/dagexport/ir"

// schedule writes the schedule of a DAG.
func (w *writer) schedule(s ir.Schedule) {
	switch s := s.(type) {
	case *ir.Cron:
		w.text(s.Expr)
	case *ir.Preset:
		w.text(s.Name)
	case *ir.Delta:
		w.duration(s.Period)
	case *ir.RelativeDelta:
		w.value(s.Period)
	case *ir.PinnedCron, *ir.PinnedDelta, *ir.Timetable:
		w.timetable(s)
	case *ir.Assets:
		w.assets(s.Expr)
	case *ir.AssetsOrTime:
		assets := "assets"
		if w.version.Major == 2 {
			assets = "datasets"
		}
		w.call(w.sdkName("AssetOrTimeSchedule"), []argument{
			{name: "timetable", write: func() { w.timetable(s.Time) }},
			{name: assets, write: func() { w.assets(s.Assets) }},
		})
	default: // *ir.Unscheduled
		w.raw("None")
	}
}

// timetable writes a timetable that says which data interval a run has.
func (w *writer) timetable(s ir.Schedule) {
	switch s := s.(type) {
	case *ir.PinnedCron:
		name := "CronDataIntervalTimetable"
		if s.Interval == ir.MomentInterval {
			name = "CronTriggerTimetable"
		}
		if len(s.Exprs) > 1 {
			name = "MultipleCronTriggerTimetable"
		}
		args := make([]argument, 0, len(s.Exprs)+1)
		for _, expr := range s.Exprs {
			args = append(args, argument{value: text(expr)})
		}
		w.call(w.sdkName(name), append(args, argument{name: "timezone", value: text(s.Zone)}))
	case *ir.PinnedDelta:
		name := "DeltaDataIntervalTimetable"
		if s.Interval == ir.MomentInterval {
			name = "DeltaTriggerTimetable"
		}
		w.call(w.sdkName(name), []argument{{value: s.Period}})
	case *ir.Timetable:
		w.pyCall(s.Call)
	}
}

// assets writes what a schedule waits for: a list where all of several plain assets are meant, and else an expression.
func (w *writer) assets(e ir.AssetExpr) {
	set, ok := e.(*ir.AssetSet)
	if !ok {
		w.sequence("[", "]", 1, false, func(int) { w.value(e) })
		return
	}
	plain := !set.Any || len(set.Items) == 1
	for _, item := range set.Items {
		if _, inner := item.(*ir.AssetSet); inner {
			plain = false
		}
	}
	if !plain {
		w.assetSet(set)
		return
	}
	w.sequence("[", "]", len(set.Items), false, func(i int) { w.value(set.Items[i]) })
}
