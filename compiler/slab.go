package compiler

import "sync"

// memory is room for the nodes and declarations of one file, used again for the next: they are most of what compiling needs, and
// nothing of them is in the IR.
type memory struct {
	nodes slab[node]
	pairs slab[pair]
	items slab[*node]
	tasks slab[taskDecl]
}

var memories = sync.Pool{New: func() any { return new(memory) }}

// release gives the memory back. No node of the file may be used after it.
func (m *memory) release() {
	m.nodes.reset()
	m.pairs.reset()
	m.items.reset()
	m.tasks.reset()
	memories.Put(m)
}

const (
	chunkSize  = 256 // elements that a slab allocates at a time
	keptChunks = 256 // chunks that a slab keeps for the next file
)

// slab hands out elements of chunks.
type slab[T any] struct {
	chunks [][]T
	used   int // chunks of which something was handed out
	free   []T // of the last of them
}

// take is an empty slice with room for n elements.
func (s *slab[T]) take(n int) []T {
	if n > chunkSize/2 {
		return make([]T, 0, n)
	}
	if len(s.free) < n {
		if s.used == len(s.chunks) {
			s.chunks = append(s.chunks, make([]T, chunkSize))
		}
		s.free = s.chunks[s.used]
		s.used++
	}
	out := s.free[:0:n]
	s.free = s.free[n:]
	return out
}

// reset takes back everything that was handed out.
func (s *slab[T]) reset() {
	for i, chunk := range s.chunks[:s.used] {
		if i == s.used-1 {
			chunk = chunk[:len(chunk)-len(s.free)] // the rest was never handed out
		}
		clear(chunk)
	}
	if len(s.chunks) > keptChunks {
		clear(s.chunks[keptChunks:])
		s.chunks = s.chunks[:keptChunks]
	}
	s.used, s.free = 0, nil
}
