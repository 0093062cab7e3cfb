// Four ways to leak goroutines and what they hold, until the memory limit ends it.
//
//	avalanche  every goroutine starts four more, ten levels deep
//	channel    a goroutine per request waits for an answer nobody takes
//	timer      a timer per request holds its request for an hour
//	handler    an HTTP handler waits for a back end that never answers
package main

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"runtime"
	"sync/atomic"
	"time"
)

const (
	fanOut = 4
	depth  = 10
	most   = 2_000_000
)

var forever = make(chan []byte)

func report(requests int) {
	if requests%100 == 0 {
		fmt.Printf("goroutines=%d\nrequests=%d\n", runtime.NumGoroutine(), requests)
	}
}

func work() []byte {
	request := make([]byte, 8<<10)
	for i := range request {
		request[i] = 1
	}
	return request
}

var started int64

// The report comes from the avalanche itself: what it starves is not asked.
func fan(level int) {
	request := work()
	if count := atomic.AddInt64(&started, 1); count%200 == 0 {
		fmt.Printf("goroutines=%d\n", count)
	}
	if level > 0 {
		for i := 0; i < fanOut; i++ {
			go fan(level - 1)
		}
	}
	forever <- request
}

func avalanche() {
	go fan(depth)
	<-forever
	time.Sleep(time.Hour)
}

func channel() {
	for i := 0; i < most; i++ {
		request := work()
		go func() { forever <- request }()
		report(i)
	}
}

func timer() {
	for i := 0; i < most; i++ {
		request := work()
		time.AfterFunc(time.Hour, func() { forever <- request })
		report(i)
	}
}

func handler() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	go http.Serve(listener, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		request := work()
		go func() { forever <- request }()
	}))
	for i := 0; i < most; i++ {
		answer, err := http.Get("http://" + listener.Addr().String())
		if err != nil {
			panic(err)
		}
		answer.Body.Close()
		report(i)
	}
}

func main() {
	modes := map[string]func(){"avalanche": avalanche, "channel": channel, "timer": timer, "handler": handler}
	mode := modes[os.Args[len(os.Args)-1]]
	if mode == nil {
		fmt.Println("usage: main avalanche|channel|timer|handler")
		os.Exit(2)
	}
	mode()
}
