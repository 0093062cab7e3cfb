// attack: instantiates types by the million
// how: compile
// flags: --compile-timeout 3s --compile-memory 256M
// expect: outcome=compile_error stage=compile
// expect: outcome=oom stage=compile
// expect: outcome=timeout stage=compile
package main

type T0[P any] struct{ p P }

type T1[P any] struct{ a T0[[1]P]; b T0[[2]P] }
type T2[P any] struct{ a T1[[1]P]; b T1[[2]P] }
type T3[P any] struct{ a T2[[1]P]; b T2[[2]P] }
type T4[P any] struct{ a T3[[1]P]; b T3[[2]P] }
type T5[P any] struct{ a T4[[1]P]; b T4[[2]P] }
type T6[P any] struct{ a T5[[1]P]; b T5[[2]P] }
type T7[P any] struct{ a T6[[1]P]; b T6[[2]P] }
type T8[P any] struct{ a T7[[1]P]; b T7[[2]P] }
type T9[P any] struct{ a T8[[1]P]; b T8[[2]P] }
type T10[P any] struct{ a T9[[1]P]; b T9[[2]P] }
type T11[P any] struct{ a T10[[1]P]; b T10[[2]P] }
type T12[P any] struct{ a T11[[1]P]; b T11[[2]P] }
type T13[P any] struct{ a T12[[1]P]; b T12[[2]P] }
type T14[P any] struct{ a T13[[1]P]; b T13[[2]P] }
type T15[P any] struct{ a T14[[1]P]; b T14[[2]P] }
type T16[P any] struct{ a T15[[1]P]; b T15[[2]P] }
type T17[P any] struct{ a T16[[1]P]; b T16[[2]P] }
type T18[P any] struct{ a T17[[1]P]; b T17[[2]P] }
type T19[P any] struct{ a T18[[1]P]; b T18[[2]P] }
type T20[P any] struct{ a T19[[1]P]; b T19[[2]P] }
type T21[P any] struct{ a T20[[1]P]; b T20[[2]P] }
type T22[P any] struct{ a T21[[1]P]; b T21[[2]P] }
type T23[P any] struct{ a T22[[1]P]; b T22[[2]P] }
type T24[P any] struct{ a T23[[1]P]; b T23[[2]P] }
type T25[P any] struct{ a T24[[1]P]; b T24[[2]P] }

func main() {
	var x T25[int]
	println(&x)
}
