// SPDX-License-Identifier: Apache-2.0

// What TSan must know in every program of a build with it. Compiled in rather than read from a
// file, because tests run our programs as users who may not be able to read the source tree.
//
// cpp-httplib comes as a shared library without instrumentation. It keeps strings and regular
// expressions in function-local statics. TSan sees them being written, through memcpy and operator
// new, and sees the regular expressions being read where a program of ours has supplied the
// templates; it does not see the compiler's guard that orders the two, for that is tested inside
// the library. So calls made by the library are left out, and regular expressions. What our code
// does when the library calls it is not.

// Names that the runtime looks for.
// NOLINTBEGIN(readability-identifier-naming,bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp)
extern "C" const char* __tsan_default_suppressions();

extern "C" const char* __tsan_default_suppressions() {
  return "called_from_lib:libcpp-httplib.so\n"
         "race:bits/regex_\n";
}

// NOLINTEND(readability-identifier-naming,bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp)
