// attack: writes into the build cache for the next compilation
// how: pair
// expect: outcome=ok stdout="cache seen: REFUSED"
package main

import (
	"fmt"
	"os"
)

func main() {
	if os.Args[1] == "leave" {
		for _, path := range []string{"/cache", "/gocache", "/tmp/go-build", os.Getenv("GOCACHE")} {
			os.MkdirAll(path+"/00", 0777)
			os.WriteFile(path+"/00/poison", []byte("v1"), 0666)
		}
		fmt.Println("LEFT")
		return
	}
	found := 0
	for _, path := range []string{"/cache", "/gocache", "/tmp/go-build", "/var/cache/gobox"} {
		if _, err := os.Stat(path); err == nil {
			found++
		}
	}
	expect("cache seen", found == 0)
}
