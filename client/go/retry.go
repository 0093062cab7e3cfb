// SPDX-License-Identifier: Apache-2.0

package gobox

import (
	"context"
	"time"
)

const (
	firstBackoff = 200 * time.Millisecond
	mostBackoff  = 5 * time.Second
)

// backoff is how long to wait after so many failures, where the server does not say.
func backoff(failures int) time.Duration {
	wait := mostBackoff
	if failures < 5 {
		wait = firstBackoff << failures
	}
	if wait > mostBackoff {
		wait = mostBackoff
	}
	return spread(wait)
}

// spread adds up to a quarter, so that those who were refused together do not come back together.
func spread(wait time.Duration) time.Duration {
	return wait + time.Duration(time.Now().UnixNano()%1000)*wait/4000
}

func sleep(ctx context.Context, wait time.Duration) error {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
