// attack: starts itself again by its own path, then tries to put something else there
// how: run
// expect: outcome=ok stdout="by os.Executable: started" stdout="by os.Args[0]: started" stdout="write: REFUSED" stdout="remove: REFUSED" stdout="rename: REFUSED" stdout="link beside it: REFUSED" stdout="chmod: REFUSED" stdout="new file beside it: REFUSED"
package main

import (
	"fmt"
	"os"
	"os/exec"
)

func again(what, path string) {
	out, err := exec.Command(path, "child").CombinedOutput()
	fmt.Printf("%s: %s %v\n", what, out, err)
}

func main() {
	if len(os.Args) > 1 {
		fmt.Print("started")
		return
	}
	self, err := os.Executable()
	if err != nil {
		panic(err)
	}
	if _, err := os.Stat(self); err != nil {
		fmt.Println(err)
	}
	again("by os.Executable", self)
	again("by os.Args[0]", os.Args[0])
	_, err = os.OpenFile(self, os.O_WRONLY|os.O_TRUNC, 0)
	attempt("write", err)
	attempt("remove", os.Remove(self))
	attempt("rename", os.Rename("/tmp", self))
	attempt("link beside it", os.Link("/work/go.mod", self+"2"))
	attempt("chmod", os.Chmod(self, 0777))
	_, err = os.Create(self + "3")
	attempt("new file beside it", err)
	again("and now", self)
}
