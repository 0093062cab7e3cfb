// attack: leaves a file that is small on disk and large to copy
// how: keep
// expect: outcome=ok kept=sparse
package main

import "os"

func main() {
	os.WriteFile("/work/sparse", nil, 0644)
	os.Truncate("/work/sparse", 200<<20)
}
