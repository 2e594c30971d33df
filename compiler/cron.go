package compiler

import "strings"

// checkCron says what is wrong with a cron expression; "" where nothing is.
func checkCron(text string) string {
	if n := len(strings.Fields(text)); n < 5 || n > 7 {
		return "it has not five fields"
	}
	return ""
}
