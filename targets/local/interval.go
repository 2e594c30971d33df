package local

import (
	"fmt"
	"time"

	"github.com/dagexport/dagexport/internal/cron"
	"github.com/dagexport/dagexport/ir"
)

// presets are the cron expressions that Airflow's presets stand for.
var presets = map[string]string{
	"@hourly": "0 * * * *", "@daily": "0 0 * * *", "@weekly": "0 0 * * 0", "@monthly": "0 0 1 * *",
	"@quarterly": "0 0 1 */3 *", "@yearly": "0 0 1 1 *",
}

// needsCron tells whether the data interval of a manual run depends on the cron expression: in Airflow 2 it is the last
// complete period, in Airflow 3 the moment itself.
func needsCron(version ir.Version) bool { return version.Major == 2 }

// dataInterval is the data interval that Airflow infers for a manual run with the given logical date.
func dataInterval(version ir.Version, p *ir.Pipeline, logical time.Time) (start, end time.Time, err error) {
	expression := ""
	switch s := p.Schedule.(type) {
	case *ir.Cron:
		expression = s.Expr
	case *ir.Preset:
		expression = presets[s.Name]
	case *ir.Delta:
		if version.Major == 2 {
			return logical.Add(-time.Duration(s.Period.Micros) * time.Microsecond), logical, nil
		}
	}
	if expression == "" || !needsCron(version) {
		return logical, logical, nil
	}
	zone, err := time.LoadLocation(p.Timezone)
	if err != nil {
		return logical, logical, fmt.Errorf("timezone %q of %q is not known on this machine", p.Timezone, p.ID)
	}
	fires, err := cron.Parse(expression)
	if err != nil {
		return logical, logical, err
	}
	if end, err = fires.AlignToPrevious(logical, zone); err == nil {
		start, err = fires.Previous(end, zone)
	}
	return start, end, err
}
