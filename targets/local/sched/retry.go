package sched

import (
	"crypto/sha1"
	"fmt"
	"math"
	"math/big"
	"time"

	"github.com/dagexport/dagexport/ir"
)

// maxRetryDelay is the longest delay that exponential backoff comes to in Airflow, in seconds.
const maxRetryDelay = 24 * 60 * 60

// RetryDelay is how long Airflow waits after the given failed try (from 1) of a task before it tries again. With
// exponential backoff it depends on the names and the logical date, which spread the retries of many tasks.
func RetryDelay(version ir.Version, dagID, taskID string, logicalDate time.Time, retry ir.Retry, try int) time.Duration {
	var delay time.Duration
	if retry.Delay != nil {
		delay = micros(retry.Delay.Micros)
	}
	multiplier := retry.Multiplier
	if !version.AtLeast(3, 2) && multiplier != 0 {
		multiplier = 2 // a bool there: whatever is true doubles
	}
	if multiplier <= 0 || multiplier == 1 {
		return delay
	}

	// min_backoff: at least one second, a whole number of them, doubling with each try.
	least := math.Ceil(delay.Seconds() * math.Pow(multiplier, float64(try-1)))
	if math.IsInf(least, 0) || math.IsNaN(least) {
		least = maxRetryDelay
	}
	floor, _ := big.NewFloat(math.Max(least, 1)).Int(nil)

	number := try
	if !version.AtLeast(2, 10) {
		number++ // until 2.9 a failed task instance counted its next try
	}
	sum := sha1.Sum([]byte(fmt.Sprintf("%s#%s#%s#%d", dagID, taskID, pythonTime(logicalDate), number)))
	jitter := new(big.Int).SetBytes(sum[:])
	jitter.Mod(jitter, floor)

	seconds := jitter.Add(jitter, floor)
	if seconds.Cmp(big.NewInt(maxRetryDelay)) > 0 {
		seconds.SetInt64(maxRetryDelay)
	}
	delay = time.Duration(seconds.Int64()) * time.Second
	if retry.MaxDelay != nil && retry.MaxDelay.Micros != 0 {
		delay = min(delay, micros(retry.MaxDelay.Micros))
	}
	return delay
}

// micros is a duration of so many microseconds, cut to what a time.Duration can hold (292 years).
func micros(n int64) time.Duration {
	const limit = math.MaxInt64 / int64(time.Microsecond)
	return time.Duration(max(-limit, min(n, limit))) * time.Microsecond
}

// pythonTime is str() of a datetime in UTC.
func pythonTime(t time.Time) string {
	t = t.UTC()
	if t.Nanosecond()/1000 == 0 {
		return t.Format("2006-01-02 15:04:05+00:00")
	}
	return t.Format("2006-01-02 15:04:05.000000+00:00")
}
