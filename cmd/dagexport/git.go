package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// repository is the git repository of the current folder.
type repository struct {
	root   string // its top folder
	prefix string // the current folder in it
}

// revision is one side of a comparison; without a commit it is the work tree.
type revision struct {
	name   string // as the user wrote it
	commit string
	old    bool // the side that is compared with
}

func openRepository(ctx context.Context) (*repository, error) {
	if _, err := exec.LookPath("git"); err != nil {
		return nil, usagef("dagexport diff asks git, which is not installed")
	}
	root, err := git(ctx, "rev-parse", "--show-toplevel")
	if err != nil {
		return nil, usagef("dagexport diff works in the files of a git repository: %v", err)
	}
	prefix, err := git(ctx, "rev-parse", "--show-prefix")
	if err != nil {
		return nil, err
	}
	return &repository{root: root, prefix: filepath.FromSlash(prefix)}, nil
}

// revisions takes the revisions from the front of the arguments: none, one, or two with dots between.
func (r *repository) revisions(ctx context.Context, args []string) (before, after revision, rest []string, err error) {
	before, rest = revision{name: "HEAD", old: true}, args
	mergeBase := false
	if len(args) > 0 {
		first := args[0]
		_, statErr := os.Lstat(first)
		from, to, two := strings.Cut(first, "..")
		switch {
		case two && statErr != nil && !strings.ContainsAny(from, `/\`) || two && statErr != nil && isCommit(ctx, from):
			to, mergeBase = strings.CutPrefix(to, ".")
			if from != "" {
				before.name = from
			}
			after.name = "HEAD"
			if to != "" {
				after.name = to
			}
			rest = args[1:]
		case !isCommit(ctx, first):
			if ext := filepath.Ext(first); statErr != nil && ext != ".yaml" && ext != ".yml" {
				return before, after, nil, usagef("%s is neither a revision that git knows nor a file", first)
			}
		case statErr == nil && !strings.HasPrefix(first, "."):
			return before, after, nil, usagef("%s is a revision and a file: write ./%s for the file, HEAD %s for both", first, first, first)
		default:
			before.name, rest = first, args[1:]
		}
	}
	if before.commit, err = commitOf(ctx, before.name); err != nil {
		return before, after, nil, err
	}
	if after.name != "" {
		if after.commit, err = commitOf(ctx, after.name); err != nil {
			return before, after, nil, err
		}
	}
	if mergeBase {
		if before.commit, err = git(ctx, "merge-base", before.commit, after.commit); err != nil {
			return before, after, nil, usagef("%s and %s have no commit in common", before.name, after.name)
		}
	}
	return before, after, rest, nil
}

func isCommit(ctx context.Context, name string) bool {
	_, err := commitOf(ctx, name)
	return err == nil
}

func commitOf(ctx context.Context, name string) (string, error) {
	commit, err := git(ctx, "rev-parse", "--verify", "--quiet", "--end-of-options", name+"^{commit}")
	if err != nil {
		return "", usagef("git knows no revision %s here", name)
	}
	return commit, nil
}

// checkout writes the files of a revision into a folder of its own, by an index of its own: neither the user's index nor the
// work tree changes. It returns the current folder there, and what removes the whole.
func (r *repository) checkout(ctx context.Context, at revision) (string, func(), error) {
	temp, err := os.MkdirTemp("", "dagexport-diff-")
	if err != nil {
		return "", nil, err
	}
	remove := func() { _ = os.RemoveAll(temp) }
	// The top folder keeps its name, which can be what makes it the DAG root.
	top := filepath.Join(temp, "files", filepath.Base(r.root))
	index := filepath.Join(temp, "index")
	for _, args := range [][]string{
		{"-C", r.root, "read-tree", "--index-output=" + index, at.commit},
		{"-C", r.root, "checkout-index", "--all", "--prefix=" + filepath.ToSlash(top) + "/"},
	} {
		if _, err := gitWith(ctx, []string{"GIT_INDEX_FILE=" + index}, args...); err != nil {
			remove()
			return "", nil, err
		}
	}
	return filepath.Join(top, r.prefix), remove, nil
}

func git(ctx context.Context, args ...string) (string, error) { return gitWith(ctx, nil, args...) }

// gitWith calls git and returns its output without the line's end. An error is what git said.
func gitWith(ctx context.Context, env []string, args ...string) (string, error) {
	command := exec.CommandContext(ctx, "git", args...)
	command.Env = append(os.Environ(), env...)
	var out, said bytes.Buffer
	command.Stdout, command.Stderr = &out, &said
	if err := command.Run(); err != nil {
		if ctx.Err() != nil {
			return "", exit(exitInterrupted)
		}
		if text := strings.TrimSpace(said.String()); text != "" {
			return "", errors.New("git says: " + text)
		}
		return "", err
	}
	return strings.TrimRight(out.String(), "\r\n"), nil
}
