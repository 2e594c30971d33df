package ir

import (
	"fmt"
	"strconv"
	"strings"
)

// Version is a minor version of Airflow, such as 3.3.
type Version struct{ Major, Minor int }

// Versions lists the Airflow versions that pipelines are compiled for, oldest first; each is tested on the real one.
var Versions = []Version{{2, 9}, {2, 10}, {2, 11}, {3, 0}, {3, 1}, {3, 2}, {3, 3}}

// DefaultVersion is the newest version of Versions.
var DefaultVersion = Versions[len(Versions)-1]

// ParseVersion reads "3.3" or "3.3.2" (the patch is not looked at); the version must be one of Versions.
func ParseVersion(text string) (Version, error) {
	parts := strings.Split(text, ".")
	if len(parts) == 2 || len(parts) == 3 {
		major, err1 := strconv.Atoi(parts[0])
		minor, err2 := strconv.Atoi(parts[1])
		if err1 == nil && err2 == nil {
			for _, v := range Versions {
				if v == (Version{major, minor}) {
					return v, nil
				}
			}
		}
	}
	names := make([]string, len(Versions))
	for i, v := range Versions {
		names[i] = v.String()
	}
	return Version{}, fmt.Errorf("%q is not a supported Airflow version (supported: %s)", text, strings.Join(names, ", "))
}

// String is "3.3".
func (v Version) String() string { return strconv.Itoa(v.Major) + "." + strconv.Itoa(v.Minor) }

// AtLeast tells whether v is major.minor or newer.
func (v Version) AtLeast(major, minor int) bool {
	return v.Major > major || v.Major == major && v.Minor >= minor
}
