// Package shout stands for a dependency that was vendored.
package shout

import "strings"

// Shout returns text in capitals.
func Shout(text string) string {
	return strings.ToUpper(text) + "!"
}
