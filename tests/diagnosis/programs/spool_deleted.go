// Run: --memory 64M --disk 1G
// Outcome: oom
// Cause: deleted_files|tmpfs
// Says: delete
package main

import "os"

type spool struct{ parts []*os.File }

func (s *spool) add(data []byte) {
	f, err := os.CreateTemp("", "part")
	if err != nil {
		panic(err)
	}
	os.Remove(f.Name())
	f.Write(data)
	s.parts = append(s.parts, f)
}

func main() {
	s := &spool{}
	for {
		s.add(make([]byte, 256<<10))
	}
}
