// SPDX-License-Identifier: Apache-2.0

package gobox

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// What a client does where no option says otherwise.
const (
	DefaultRetries     = 5
	DefaultPatience    = 30 * time.Second
	DefaultAnswerLimit = 256 << 20
	DefaultSilence     = 45 * time.Second
)

const idleConnections = 64

// Client calls one server. It is safe for use by several goroutines at once.
type Client struct {
	base        *url.URL
	http        *http.Client
	token       string
	retries     int
	patience    time.Duration
	answerLimit int64
	silence     time.Duration
	sleep       func(context.Context, time.Duration) error
}

// Option is a setting of a new client.
type Option func(*Client)

// WithToken sends a token with every call.
func WithToken(token string) Option { return func(c *Client) { c.token = token } }

// WithHTTPClient makes calls with a client of one's own. It should have no Timeout: a run may wait in a queue for
// longer than any; contexts end calls.
func WithHTTPClient(client *http.Client) Option { return func(c *Client) { c.http = client } }

// WithRetries tries a call again at most so often, and waits at most so long before each time; where a server asks
// for more patience, its refusal is the answer. No retries: 0.
func WithRetries(retries int, patience time.Duration) Option {
	return func(c *Client) { c.retries, c.patience = retries, patience }
}

// WithAnswerLimit bounds the bytes of an answer, and of an event, that are read into memory.
func WithAnswerLimit(bytes int64) Option { return func(c *Client) { c.answerLimit = bytes } }

// WithSilence says after how long a stream of events without a byte counts as lost. The server sends one at least
// every 15 seconds.
func WithSilence(silence time.Duration) Option { return func(c *Client) { c.silence = silence } }

// New is a client of the server at that address: "http://127.0.0.1:8080". It makes no call.
func New(address string, options ...Option) (*Client, error) {
	base, err := url.Parse(address)
	if err != nil {
		return nil, fmt.Errorf("gobox: the address of a server: %w", err)
	}
	if (base.Scheme != "http" && base.Scheme != "https") || base.Host == "" || base.RawQuery != "" {
		return nil, fmt.Errorf("gobox: %q is not the address of a server, as http://127.0.0.1:8080 is", address)
	}
	base.Path = strings.TrimRight(base.Path, "/")
	c := &Client{
		base: base, http: &http.Client{Transport: newTransport()}, retries: DefaultRetries, patience: DefaultPatience,
		answerLimit: DefaultAnswerLimit, silence: DefaultSilence, sleep: sleep,
	}
	for _, option := range options {
		option(c)
	}
	return c, nil
}

// The default transport keeps two idle connections of a host: a back end with more calls at a time would make a new
// one for nearly each.
func newTransport() *http.Transport {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = idleConnections
	return transport
}

// call is one request, which can be made again.
type call struct {
	method, path string // the path is escaped
	query        url.Values
	header       http.Header
	kind         string                        // of the body
	body         func() (io.ReadCloser, error) // nil: there is none
	size         int64
	once         bool // a refusal is the answer
}

func (to *call) withBytes(kind string, body []byte) {
	to.kind, to.size = kind, int64(len(body))
	to.body = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
}

func (c *Client) request(ctx context.Context, to *call) (*http.Request, error) {
	address := c.base.String() + to.path
	if len(to.query) > 0 {
		address += "?" + to.query.Encode()
	}
	request, err := http.NewRequestWithContext(ctx, to.method, address, nil)
	if err != nil {
		return nil, err
	}
	for name, values := range to.header {
		request.Header[name] = values
	}
	if c.token != "" {
		request.Header.Set("Authorization", "Bearer "+c.token)
	}
	if to.body == nil {
		return request, nil
	}
	if request.Body, err = to.body(); err != nil {
		return nil, err
	}
	request.GetBody = to.body
	request.ContentLength = to.size
	if to.size == 0 {
		request.Body.Close()
		request.Body, request.GetBody = http.NoBody, nil
	}
	request.Header.Set("Content-Type", to.kind)
	return request, nil
}

// do makes a call until it is accepted, refused for good, or patience ends. The answer's body is the caller's to
// close.
func (c *Client) do(ctx context.Context, to *call) (*http.Response, error) {
	for attempt := 0; ; attempt++ {
		answer, err := c.try(ctx, to)
		if err == nil {
			return answer, nil
		}
		wait, again := c.again(to, err, attempt)
		if !again || ctx.Err() != nil || passes(ctx, wait) {
			return nil, err
		}
		if err := c.sleep(ctx, wait); err != nil {
			return nil, err
		}
	}
}

func (c *Client) try(ctx context.Context, to *call) (*http.Response, error) {
	request, err := c.request(ctx, to)
	if err != nil {
		return nil, err
	}
	answer, err := c.http.Do(request)
	if err != nil {
		return nil, err
	}
	if answer.StatusCode >= 200 && answer.StatusCode < 300 {
		return answer, nil
	}
	defer answer.Body.Close()
	return nil, refusal(answer)
}

// again says whether to make a call once more after an error, and how long to wait before.
func (c *Client) again(to *call, err error, attempt int) (time.Duration, bool) {
	if to.once || attempt >= c.retries {
		return 0, false
	}
	wait := backoff(attempt)
	var refused *Error
	if errors.As(err, &refused) {
		if refused.Status != http.StatusTooManyRequests && refused.Status != http.StatusServiceUnavailable {
			return 0, false
		}
		if refused.RetryAfter > 0 {
			wait = spread(refused.RetryAfter)
		}
		return wait, refused.RetryAfter <= c.patience
	}
	return wait, to.method == http.MethodGet || to.method == http.MethodDelete || neverSent(err)
}

// neverSent says that no connection was made, so that nothing can have been done.
func neverSent(err error) bool {
	var network *net.OpError
	return errors.As(err, &network) && network.Op == "dial"
}

// passes says whether a context ends before so long has passed: waiting would only hide the refusal.
func passes(ctx context.Context, wait time.Duration) bool {
	deadline, ok := ctx.Deadline()
	return ok && time.Now().Add(wait).After(deadline)
}

// json makes a call and reads its answer into `into`, where that is not nil.
func (c *Client) json(ctx context.Context, to *call, into any) (*http.Response, error) {
	answer, err := c.do(ctx, to)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	body, err := c.readAll(answer.Body)
	if err != nil {
		return nil, fmt.Errorf("gobox: %s %s: %w", to.method, to.path, err)
	}
	if into == nil {
		return answer, nil
	}
	if err := json.Unmarshal(body, into); err != nil {
		return nil, fmt.Errorf("gobox: the answer to %s %s: %w", to.method, to.path, err)
	}
	return answer, nil
}

func (c *Client) readAll(body io.Reader) ([]byte, error) {
	read, err := io.ReadAll(io.LimitReader(body, c.answerLimit+1))
	if err == nil && int64(len(read)) > c.answerLimit {
		err = fmt.Errorf("the answer is longer than %d bytes", c.answerLimit)
	}
	return read, err
}

func (c *Client) get(ctx context.Context, path string, into any) error {
	_, err := c.json(ctx, &call{method: http.MethodGet, path: path}, into)
	return err
}
