// Quick to compile, slow to link: a quarter of a gigabyte of data that is nearly all zero, in a few lines.
package main

var a = [1 << 27]byte{5: 1}
var b = [1 << 27]byte{6: 1}

func main() { println(a[5] + b[6]) }
