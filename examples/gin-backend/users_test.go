// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"testing"
	"time"
)

func usersAt(clock *time.Time, limits limits) *users {
	users := newUsers(limits)
	users.now = func() time.Time { return *clock }
	return users
}

func TestAUserHasSoManyRunsAtATime(t *testing.T) {
	clock := time.Unix(0, 0)
	users := usersAt(&clock, limits{atOnce: 2, burst: 9, every: time.Second, users: 9})
	first, _ := users.enter("a")
	second, _ := users.enter("a")
	if first == nil || second == nil {
		t.Fatal("no place for two")
	}
	if third, wait := users.enter("a"); third != nil || wait <= 0 {
		t.Error("a place for three")
	}
	if other, _ := users.enter("b"); other == nil {
		t.Error("no place for somebody else")
	}
	first()
	first() // gives back what it took, once
	if third, _ := users.enter("a"); third == nil {
		t.Error("no place after one has ended")
	}
	if fourth, _ := users.enter("a"); fourth != nil {
		t.Error("one place is given back twice")
	}
}

func TestAUserStartsSoManyRunsInATime(t *testing.T) {
	clock := time.Unix(0, 0)
	users := usersAt(&clock, limits{atOnce: 1, burst: 2, every: 3 * time.Second, users: 9})
	start := func() (bool, time.Duration) {
		leave, wait := users.enter("a")
		if leave != nil {
			leave()
		}
		return leave != nil, wait
	}
	for i := 0; i < 2; i++ {
		if ok, _ := start(); !ok {
			t.Fatal("no burst")
		}
	}
	ok, wait := start()
	if ok || wait != 3*time.Second {
		t.Fatal(ok, wait)
	}
	clock = clock.Add(wait)
	if ok, _ := start(); !ok {
		t.Error("the wait that was asked for does not help")
	}
	if ok, _ := start(); ok {
		t.Error("more is given back than was taken")
	}
}

func TestUsersAreForgotten(t *testing.T) {
	clock := time.Unix(0, 0)
	users := usersAt(&clock, limits{atOnce: 1, burst: 1, every: time.Second, users: 3})
	for i := 0; i < 3; i++ {
		if leave, _ := users.enter(fmt.Sprint(i)); leave == nil {
			t.Fatal(i)
		} else if i > 0 {
			leave()
		}
	}
	if leave, wait := users.enter("new"); leave != nil || wait <= 0 {
		t.Error("more are remembered than may be")
	}
	clock = clock.Add(time.Minute)
	if leave, _ := users.enter("new"); leave == nil {
		t.Error("quiet users are not forgotten")
	}
	if leave, _ := users.enter("0"); leave != nil {
		t.Error("a user with a run is forgotten")
	}
}

func TestUsersAreToldApartByTheirNetwork(t *testing.T) {
	for address, user := range map[string]string{
		"192.0.2.1": "192.0.2.1", "::ffff:192.0.2.1": "::ffff:192.0.2.1", "2001:db8::1": "2001:db8::/64",
		"2001:db8::2:1": "2001:db8::/64", "2001:db8:0:1::1": "2001:db8:0:1::/64", "": "",
	} {
		if is := userOf(address); is != user {
			t.Errorf("%q: %q", address, is)
		}
	}
}
