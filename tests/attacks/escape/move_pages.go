// attack: moves the memory of others between nodes
// how: run
// expect: outcome=ok stdout="move_pages(bad pointer): REFUSED EPERM" stdout="migrate_pages(bad pointer): REFUSED EPERM"
package main

func main() {
	call("move_pages(bad pointer)", 279, 1, 1, 1, 1, 1, 0)
	call("migrate_pages(bad pointer)", 256, 1, 64, 1, 1)
}
