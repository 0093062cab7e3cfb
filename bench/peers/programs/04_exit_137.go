// SPDX-License-Identifier: Apache-2.0

// truth: exits 137 by itself; no kill, no memory
package main

import "os"

func main() { os.Exit(137) }
