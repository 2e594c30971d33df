// Package cron reads cron expressions as croniter does, the library that Airflow asks: what is wrong with one, and the moments
// at which one fires in a time zone.
package cron
