// Run: --memory 64M
// Outcome: oom
// Cause: slice_retention
// Says: subslice_map.go
package main

import "encoding/binary"

type packet []byte

func receive(seq uint32) packet {
	p := make(packet, 9000)
	binary.BigEndian.PutUint32(p, seq)
	return p
}

func (p packet) header() []byte { return p[:8] }

func main() {
	seen := map[uint32][]byte{}
	for seq := uint32(0); ; seq++ {
		p := receive(seq)
		seen[seq] = p.header()
	}
}
