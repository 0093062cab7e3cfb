// SPDX-License-Identifier: Apache-2.0

// truth: sleeps for ever
package main

import "time"

func main() { time.Sleep(time.Hour) }
