// attack: sleeps past its time
// how: run
// flags: --run-timeout 300ms
// expect: outcome=timeout limit=wall
package main

import "time"

func main() {
	time.Sleep(time.Hour)
}
