// attack: makes the copy larger than its disk, by many names of one file and by holes
// how: keep
// flags: --disk 16M
// expect: outcome=ok kept=a kept=b99 kept=hole absent=link
package main

import (
	"fmt"
	"os"
)

func main() {
	os.WriteFile("/work/a", make([]byte, 8<<20), 0644)
	for i := 0; i < 100; i++ {
		os.Link("/work/a", fmt.Sprintf("/work/b%d", i))
	}
	os.Symlink("a", "/work/link")
	file, err := os.Create("/work/hole")
	if err == nil {
		err = file.Truncate(200 << 20)
	}
	if err != nil {
		fmt.Println(err)
	}
}
