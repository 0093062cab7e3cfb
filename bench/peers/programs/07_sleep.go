// truth: sleeps for ever
package main

import "time"

func main() { time.Sleep(time.Hour) }
