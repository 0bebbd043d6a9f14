// Package flow remembers which connections are open.
package flow

import (
	"net/netip"
	"sync"
	"time"
)

const (
	// idleTimeout is how long a connection may be silent.
	idleTimeout = 10 * time.Minute
	// halfOpenTimeout is how long the other side may take for its handshake.
	halfOpenTimeout = 5 * time.Second
)

// Conn is one connection.
type Conn struct {
	Source    netip.Addr
	Port      uint16
	Namespace string
}

type entry struct {
	seen        time.Time
	established bool
}

func (e entry) timeout() time.Duration {
	if e.established {
		return idleTimeout
	}
	return halfOpenTimeout
}

// Table holds the connections of a node, up to a limit. It is split into shards
// that do not wait for each other.
type Table struct {
	shards []shard
}

type shard struct {
	mu    sync.Mutex
	limit int
	conns map[Conn]entry
	held  shares
}

// NewTable makes a table for at most limit connections in a number of shards.
func NewTable(limit, shards int) *Table {
	t := &Table{shards: make([]shard, shards)}
	for i := range t.shards {
		t.shards[i].limit = limit / shards
		t.shards[i].conns = make(map[Conn]entry)
		t.shards[i].held = make(shares)
	}
	return t
}

// lock finds the shard of a connection and locks it.
func (t *Table) lock(c Conn) *shard {
	source := c.Source.As16()
	s := &t.shards[int(source[15])%len(t.shards)]
	s.mu.Lock()
	return s
}

// Insert adds a connection and reports whether there was room for it.
func (t *Table) Insert(c Conn, now time.Time) bool {
	s := t.lock(c)
	defer s.mu.Unlock()
	e, known := s.conns[c]
	if !known {
		if len(s.conns) >= s.limit || s.held.full(c.Namespace, s.limit) {
			return false
		}
		s.held[c.Namespace]++
	}
	e.seen = now
	s.conns[c] = e
	return true
}

// Established notes that the handshake of a connection is done.
func (t *Table) Established(c Conn, now time.Time) {
	s := t.lock(c)
	defer s.mu.Unlock()
	if _, known := s.conns[c]; known {
		s.conns[c] = entry{seen: now, established: true}
	}
}

// Sweep removes the connections that were silent for too long.
func (t *Table) Sweep(now time.Time) {
	for i := range t.shards {
		t.shards[i].sweep(now)
	}
}

func (s *shard) sweep(now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c, e := range s.conns {
		if now.Sub(e.seen) > e.timeout() {
			delete(s.conns, c)
			s.held[c.Namespace]--
		}
	}
}

// Len is the number of connections in the table.
func (t *Table) Len() int {
	total := 0
	for i := range t.shards {
		t.shards[i].mu.Lock()
		total += len(t.shards[i].conns)
		t.shards[i].mu.Unlock()
	}
	return total
}

// namespaceShare is the part of a table that one namespace may fill: a quarter.
const namespaceShare = 4

// shares counts how many connections each namespace holds.
type shares map[string]int

// full reports whether a namespace has its share of a table for limit connections.
func (s shares) full(namespace string, limit int) bool {
	return s[namespace] >= limit/namespaceShare
}
