package compiler

import (
	"slices"
	"strings"
)

// Shorthand is a key of a task that stands for an operator and its main argument.
type Shorthand struct {
	Key   string
	Class string // the operator's class
	Arg   string // its main argument; "" for an operator without one
	Parts bool   // the value may be a mapping with keys of its own
}

// Shorthands lists the shorthands of the language.
func Shorthands() []Shorthand {
	var all []Shorthand
	for _, s := range shorthands {
		all = append(all, Shorthand{Key: s.key, Class: s.class, Arg: s.arg})
	}
	for _, s := range longShorthands {
		class := s.operator[strings.LastIndexByte(s.operator, '.')+1:]
		all = append(all, Shorthand{Key: s.key, Class: class, Arg: s.arg, Parts: s.parts != nil || s.forms != nil})
	}
	return all
}

// ScheduleKeys lists the keys of a schedule that is a mapping.
func ScheduleKeys() []string { return slices.Clone(scheduleKeys) }

// AssetKeys lists the keys of an asset that is a mapping.
func AssetKeys() []string { return slices.Clone(assetKeys) }
