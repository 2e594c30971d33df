package store

import (
	"crypto/sha256"
	"encoding/hex"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// LogDir is the folder of the log files of a run: absolute.
func (s *Store) LogDir(dagID, runID string) string {
	return filepath.Join(s.dir, "logs", fileName(dagID), fileName(runID))
}

// LogFile is the log file of a try within a LogDir. All of a run are in one folder: making one for each task takes longer than
// starting a small one.
func LogFile(logDir, taskID string, mapIndex, try int) string {
	name := fileName(taskID)
	if mapIndex >= 0 {
		name += "[" + strconv.Itoa(mapIndex) + "]"
	}
	return filepath.Join(logDir, name+"."+strconv.Itoa(try)+".log")
}

// maxFileName bounds the readable part of a file name, in bytes; file systems take 255, paths on Windows 260.
const maxFileName = 80

var (
	looksHashed = regexp.MustCompile(`-[0-9a-f]{8}$`)
	// What Windows takes for a device, with any extension.
	devices = []string{"con", "prn", "aux", "nul", "com0", "com1", "com2", "com3", "com4", "com5", "com6", "com7", "com8",
		"com9", "lpt0", "lpt1", "lpt2", "lpt3", "lpt4", "lpt5", "lpt6", "lpt7", "lpt8", "lpt9"}
)

// fileName makes a name for a file or folder out of an id: the id itself where every file system can hold it and none
// confuses it with another; else what can be kept of it and a hash. Different ids have different names.
func fileName(id string) string {
	var kept strings.Builder
	plain := true
	for _, r := range id {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9', r == '_', r == '-', r == '.':
		case r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r)):
			plain = false // upper case and compositions: some file systems fold them
		default:
			plain = false
			r = '_'
		}
		if kept.Len()+utf8.RuneLen(r) > maxFileName {
			plain = false
			break
		}
		kept.WriteRune(r)
	}
	name := kept.String()
	stem, _, _ := strings.Cut(name, ".")
	if plain && name != "" && !strings.HasPrefix(name, ".") && !strings.HasSuffix(name, ".") &&
		!looksHashed.MatchString(name) && !slices.Contains(devices, stem) {
		return name
	}
	if name = strings.Trim(name, "."); slices.Contains(devices, stem) {
		name = "_" + name
	}
	sum := sha256.Sum256([]byte(id))
	return name + "-" + hex.EncodeToString(sum[:4])
}
