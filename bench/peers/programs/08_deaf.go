// SPDX-License-Identifier: Apache-2.0

// truth: computes for ever, deaf to signals
package main

import "os/signal"

func main() {
	signal.Ignore()
	for {
	}
}
