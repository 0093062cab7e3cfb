// SPDX-License-Identifier: Apache-2.0

// truth: computes for ever
package main

func main() {
	for {
	}
}
