package store

import (
	"errors"
	"fmt"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// Unusable says of an error of the database what is wrong with its file and what to do; other errors stay as they are.
func (s *Store) Unusable(err error) error {
	var of *sqlite.Error
	if !errors.As(err, &of) {
		return err
	}
	return unusable(s.writer.file, err)
}

// unusable says of an error of the database what is wrong with its file and what to do.
func unusable(file string, err error) error {
	var of *sqlite.Error
	if !errors.As(err, &of) {
		return fmt.Errorf("%s: %w", file, err)
	}
	switch of.Code() & 0xff {
	case sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT:
		return fmt.Errorf("%s is damaged, or no run store: %w; move it away to begin a new one (the logs of its runs stay where they are)", file, err)
	case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM:
		return fmt.Errorf("the run store %s cannot be written: %w; see to it that you may write the file and its folder", file, err)
	case sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR:
		return fmt.Errorf("the run store %s cannot be written: %w; see to it that there is room on the disk", file, err)
	case sqlite3.SQLITE_BUSY:
		return fmt.Errorf("the run store %s is held by another process: %w", file, err)
	}
	return fmt.Errorf("%s: %w", file, err)
}
