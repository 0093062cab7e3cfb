// SPDX-License-Identifier: Apache-2.0

package main

import (
	"net/netip"
	"sync"
	"time"
)

// limits bound what one user may ask for, and how many users are remembered.
type limits struct {
	atOnce int           // runs of one user at the same time
	burst  float64       // runs that a user who has been quiet may start one after the other
	every  time.Duration // after which one more may be started
	users  int
	wait   time.Duration // for a run, its time in the queue included
}

var defaultLimits = limits{atOnce: 2, burst: 10, every: 3 * time.Second, users: 10_000, wait: time.Minute}

// users counts what everybody has running and has started lately. Safe for use by several goroutines.
type users struct {
	limits limits
	now    func() time.Time
	mutex  sync.Mutex
	known  map[string]*user
}

type user struct {
	running int
	tokens  float64 // runs that may be started now
	counted time.Time
}

func newUsers(limits limits) *users {
	return &users{limits: limits, now: time.Now, known: map[string]*user{}}
}

// userOf is who shares an address: with IPv6 everybody has a /64 to choose from.
func userOf(address string) string {
	parsed, err := netip.ParseAddr(address)
	if err != nil || parsed.Unmap().Is4() {
		return address
	}
	prefix, err := parsed.Prefix(64)
	if err != nil {
		return address
	}
	return prefix.String()
}

func (u *users) count(each *user, now time.Time) {
	each.tokens += now.Sub(each.counted).Seconds() / u.limits.every.Seconds()
	if each.tokens > u.limits.burst {
		each.tokens = u.limits.burst
	}
	each.counted = now
}

// enter takes a place for a run of this user. Where there is none it says after how long to try again.
func (u *users) enter(name string) (leave func(), wait time.Duration) {
	u.mutex.Lock()
	defer u.mutex.Unlock()
	now := u.now()
	each := u.known[name]
	if each == nil {
		if len(u.known) >= u.limits.users {
			u.forget(now)
		}
		if len(u.known) >= u.limits.users {
			return nil, u.limits.every
		}
		each = &user{tokens: u.limits.burst, counted: now}
		u.known[name] = each
	}
	u.count(each, now)
	if each.running >= u.limits.atOnce {
		return nil, time.Second
	}
	if each.tokens < 1 {
		return nil, time.Duration((1 - each.tokens) * float64(u.limits.every))
	}
	each.tokens--
	each.running++
	var once sync.Once
	return func() { once.Do(func() { u.leave(each) }) }, 0
}

func (u *users) leave(each *user) {
	u.mutex.Lock()
	defer u.mutex.Unlock()
	each.running--
}

// forget drops users of whom there is nothing to remember.
func (u *users) forget(now time.Time) {
	for name, each := range u.known {
		u.count(each, now)
		if each.running == 0 && each.tokens >= u.limits.burst {
			delete(u.known, name)
		}
	}
}
