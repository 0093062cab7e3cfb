// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/gin-gonic/gin"

	gobox "gobox/client"
)

const (
	mostBody  = 128 << 10
	mostRuns  = 10_000           // whose owners are remembered
	keepOwner = 10 * time.Minute // after a run has ended
)

// What every program gets, whoever sends it.
var programLimits = gobox.Limits{
	TotalMS: 10_000,
	Run:     &gobox.StageLimits{MemoryBytes: 128 << 20, OutputBytes: 64 << 10},
}

// backend has programs run for users. Safe for use by several goroutines.
type backend struct {
	client *gobox.Client
	limits limits
	users  *users
	mutex  sync.Mutex
	owners map[string]string // of runs, by their ids
}

func newBackend(client *gobox.Client, limits limits) *backend {
	return &backend{client: client, limits: limits, users: newUsers(limits), owners: map[string]string{}}
}

func newRouter(b *backend, trustedProxies []string) (*gin.Engine, error) {
	router := gin.New()
	router.Use(gin.Recovery())
	// Without a list gin believes everybody's X-Forwarded-For, and a user would be whoever they like.
	if err := router.SetTrustedProxies(trustedProxies); err != nil {
		return nil, err
	}
	router.POST("/api/run", b.run)
	router.POST("/api/runs", b.start)
	router.GET("/api/runs/:id/events", b.events)
	router.DELETE("/api/runs/:id", b.cancel)
	return router, nil
}

// program is what a browser sends.
type program struct {
	Source string `json:"source" binding:"required,max=65536"`
	Stdin  string `json:"stdin" binding:"max=16384"`
}

// verdict is what a browser gets: the result without what only an operator wants to know.
type verdict struct {
	Outcome        gobox.Outcome   `json:"outcome"`
	Stage          gobox.StageName `json:"stage"`
	Message        string          `json:"message"`
	ExitCode       *int64          `json:"exit_code"`
	Stdout         string          `json:"stdout"`
	StdoutEncoding gobox.Encoding  `json:"stdout_encoding"`
	Stderr         string          `json:"stderr"`
	StderrEncoding gobox.Encoding  `json:"stderr_encoding"`
	Hints          []string        `json:"hints"`
}

func verdictOf(r *gobox.Result) verdict {
	return verdict{r.Outcome, r.Stage, r.Message, r.ExitCode, r.Stdout, r.StdoutEncoding, r.Stderr, r.StderrEncoding, r.Hints}
}

// admit reads a program and takes a place for it, or answers why not.
func (b *backend) admit(c *gin.Context) (gobox.RunRequest, func(), bool) {
	var sent program
	c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, mostBody)
	if err := c.ShouldBindJSON(&sent); err != nil {
		var large *http.MaxBytesError
		if errors.As(err, &large) {
			refuse(c, http.StatusRequestEntityTooLarge, "the program is too large", 0)
		} else {
			refuse(c, http.StatusUnprocessableEntity, err.Error(), 0)
		}
		return gobox.RunRequest{}, nil, false
	}
	leave, wait := b.users.enter(userOf(c.ClientIP()))
	if leave == nil {
		refuse(c, http.StatusTooManyRequests, "one program after the other, please", wait)
		return gobox.RunRequest{}, nil, false
	}
	return gobox.RunRequest{Source: sent.Source, Stdin: sent.Stdin, Limits: &programLimits}, leave, true
}

func refuse(c *gin.Context, status int, why string, wait time.Duration) {
	if wait > 0 {
		c.Header("Retry-After", strconv.Itoa(int(math.Ceil(wait.Seconds()))))
	}
	c.AbortWithStatusJSON(status, gin.H{"error": why})
}

// fail answers for a call of the sandbox's that went wrong. What is not the user's doing is told to nobody but the log.
func fail(c *gin.Context, err error) {
	var refused *gobox.Error
	switch {
	case errors.Is(err, context.Canceled):
		c.Abort() // nobody is there any more
	case errors.Is(err, context.DeadlineExceeded):
		refuse(c, http.StatusServiceUnavailable, "the program has waited for too long; try again soon", time.Second)
	case errors.Is(err, gobox.ErrInvalid) && errors.As(err, &refused):
		refuse(c, http.StatusUnprocessableEntity, refused.Detail, 0)
	case errors.Is(err, gobox.ErrNotFound):
		refuse(c, http.StatusNotFound, "there is no such run", 0)
	case (errors.Is(err, gobox.ErrQueueFull) || errors.Is(err, gobox.ErrUnavailable)) && errors.As(err, &refused):
		refuse(c, http.StatusServiceUnavailable, "too many programs wait; try again soon", refused.RetryAfter)
	default:
		_ = c.Error(err)
		refuse(c, http.StatusBadGateway, "the sandbox cannot be reached", 0)
	}
}

// run answers when the program has ended. A browser that goes away ends it.
func (b *backend) run(c *gin.Context) {
	request, leave, ok := b.admit(c)
	if !ok {
		return
	}
	defer leave()
	ctx, cancel := context.WithTimeout(c.Request.Context(), b.limits.wait)
	defer cancel()
	result, err := b.client.Run(ctx, request)
	if err != nil {
		fail(c, err)
		return
	}
	c.JSON(http.StatusOK, verdictOf(result))
}

// start answers at once; the program's events are read elsewhere. Its place is taken until it has ended.
func (b *backend) start(c *gin.Context) {
	request, leave, ok := b.admit(c)
	if !ok {
		return
	}
	state, err := b.client.Start(c.Request.Context(), request)
	if err != nil {
		leave()
		fail(c, err)
		return
	}
	if !b.own(state.ID, userOf(c.ClientIP())) {
		leave()
		_ = b.client.Cancel(context.WithoutCancel(c.Request.Context()), state.ID)
		refuse(c, http.StatusServiceUnavailable, "too many programs wait; try again soon", b.limits.every)
		return
	}
	go b.await(state.ID, leave)
	c.JSON(http.StatusAccepted, gin.H{"id": state.ID})
}

// await gives a run's place back when it has ended. What takes too long is ended.
func (b *backend) await(id string, leave func()) {
	ctx, cancel := context.WithTimeout(context.Background(), b.limits.wait)
	defer cancel()
	if _, err := b.client.Wait(ctx, id); err != nil {
		end, stop := context.WithTimeout(context.Background(), b.limits.wait)
		defer stop()
		_ = b.client.Cancel(end, id)
	}
	leave()
	time.AfterFunc(keepOwner, func() { b.disown(id) })
}

func (b *backend) own(id, user string) bool {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	if len(b.owners) >= mostRuns {
		return false
	}
	b.owners[id] = user
	return true
}

func (b *backend) disown(id string) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	delete(b.owners, id)
}

// owned is the run a path names, where it is this user's.
func (b *backend) owned(c *gin.Context) (string, bool) {
	b.mutex.Lock()
	owner := b.owners[c.Param("id")]
	b.mutex.Unlock()
	if owner == "" || owner != userOf(c.ClientIP()) {
		refuse(c, http.StatusNotFound, "there is no such run", 0)
		return "", false
	}
	return c.Param("id"), true
}

// events hands a run's events on, in the sandbox's own form but for the result. A browser whose connection broke says
// Last-Event-ID by itself.
func (b *backend) events(c *gin.Context) {
	id, ok := b.owned(c)
	if !ok {
		return
	}
	after, err := strconv.ParseInt(c.GetHeader("Last-Event-ID"), 10, 64)
	if err != nil || after < 0 {
		after = 0
	}
	events := b.client.Events(c.Request.Context(), id, gobox.EventOptions{After: after, OmitOutput: true})
	defer events.Close()
	for begun := false; events.Next(); begun = true {
		if !begun {
			c.Header("Content-Type", "text/event-stream")
			c.Header("Cache-Control", "no-store")
		}
		if err := write(c.Writer, events.Event()); err != nil {
			return
		}
	}
	if err := events.Err(); err != nil && !c.Writer.Written() {
		fail(c, err)
	}
}

// write sends one event on, as JSON of one line.
func write(to gin.ResponseWriter, event gobox.Event) error {
	data := []byte(event.Data)
	if event.Result != nil {
		var err error
		if data, err = json.Marshal(verdictOf(event.Result)); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(to, "id: %d\nevent: %s\ndata: %s\n\n", event.ID, event.Kind, data)
	to.Flush()
	return err
}

func (b *backend) cancel(c *gin.Context) {
	id, ok := b.owned(c)
	if !ok {
		return
	}
	if err := b.client.Cancel(c.Request.Context(), id); err != nil {
		fail(c, err)
		return
	}
	c.Status(http.StatusAccepted)
}
