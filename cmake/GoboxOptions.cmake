# SPDX-License-Identifier: Apache-2.0

# gobox_options: warnings and hardening, as a target that the top CMakeLists.txt links to all others.
# Sanitizers, in turn, are set on all code, so that libraries of ours agree.

add_library(gobox_options INTERFACE)

target_compile_options(gobox_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wformat=2
  $<$<COMPILE_LANGUAGE:CXX>:-Wold-style-cast>
  $<$<COMPILE_LANGUAGE:CXX>:-Wnon-virtual-dtor>
  $<$<COMPILE_LANGUAGE:CXX>:-Wmissing-declarations>
  $<$<COMPILE_LANGUAGE:CXX>:-Wsuggest-override>
  $<$<CXX_COMPILER_ID:GNU>:-Wduplicated-cond -Wlogical-op>
  # GCC 12 sees copies out of bounds in std::string that are none (GCC bugs 105329, 105651, 105545).
  $<$<CXX_COMPILER_ID:GNU>:-Wno-array-bounds -Wno-restrict>
  $<$<CXX_COMPILER_ID:GNU>:-Wno-stringop-overflow -Wno-stringop-overread>
  $<$<BOOL:${GOBOX_WERROR}>:-Werror>)

# Release only: _FORTIFY_SOURCE needs optimisation and hides calls from the sanitizers.
set(release $<CONFIG:Release>)
target_compile_options(gobox_options INTERFACE
  $<${release}:-U_FORTIFY_SOURCE>
  $<${release}:-D_FORTIFY_SOURCE=3>
  $<${release}:-D_GLIBCXX_ASSERTIONS>
  $<${release}:-fstack-protector-strong>
  $<${release}:-fstack-clash-protection>)
if(CMAKE_SYSTEM_PROCESSOR STREQUAL "x86_64")
  target_compile_options(gobox_options INTERFACE $<${release}:-fcf-protection>)
endif()
# Full RELRO: the linker's tables are read-only before main starts.
target_link_options(gobox_options INTERFACE LINKER:-z,relro LINKER:-z,now LINKER:--as-needed)

if(GOBOX_SANITIZE)
  # Under a sanitizer GCC sees uninitialised variables in std::regex that are none (GCC bug 105562).
  target_compile_options(gobox_options INTERFACE $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
  add_compile_options(-fsanitize=${GOBOX_SANITIZE} -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${GOBOX_SANITIZE})
  if(GOBOX_SANITIZE MATCHES "undefined")
    # Undefined behaviour ends the process.
    add_compile_options(-fno-sanitize-recover=undefined)
  endif()
  if(GOBOX_SANITIZE MATCHES "thread")
    set(GOBOX_SANITIZER_SOURCES ${CMAKE_CURRENT_LIST_DIR}/tsan_defaults.cc)  # of each executable
  endif()
  # As one static runtime the two obey the same log_path; as gcc's two shared libraries, UBSan
  # reports to a stderr that a test may throw away.
  if(GOBOX_SANITIZE MATCHES "address" AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    add_link_options(-static-libasan)
    if(GOBOX_SANITIZE MATCHES "undefined")
      add_link_options(-static-libubsan)
    endif()
  endif()
endif()
if(GOBOX_FUZZ)
  if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    message(FATAL_ERROR "GOBOX_FUZZ needs clang: libFuzzer is part of it")
  endif()
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
