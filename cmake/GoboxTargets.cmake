# SPDX-License-Identifier: Apache-2.0

# The standard library and Boost.JSON take most of a compiler's time: read once, by all libraries.
# A source includes what it uses all the same; nothing here is in scope by rule.
set(GOBOX_COMMON_HEADERS
  <algorithm> <array> <atomic> <charconv> <chrono> <condition_variable> <cstdint> <cstring> <deque>
  <filesystem> <functional> <list> <map> <memory> <mutex> <optional> <set> <span> <sstream> <string>
  <string_view> <thread> <utility> <variant> <vector>)
file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/headers.cc CONTENT "// Its precompiled headers are what it is for.\n")
add_library(gobox_headers OBJECT ${CMAKE_BINARY_DIR}/headers.cc)
target_precompile_headers(gobox_headers PRIVATE ${GOBOX_COMMON_HEADERS})
add_library(gobox_json_headers OBJECT ${CMAKE_BINARY_DIR}/headers.cc)
target_link_libraries(gobox_json_headers PRIVATE Boost::json)
target_precompile_headers(gobox_json_headers PRIVATE ${GOBOX_COMMON_HEADERS} <boost/json.hpp>)

# gobox_unite(TARGET): its sources eight to a compilation, where GOBOX_UNITY asks for it. What they include is
# read and instantiated once for the eight. Names in their anonymous namespaces must differ then; what a member's
# type in one of them means to other files, GCC only knows of a main file (-Wsubobject-linkage).
function(gobox_unite target)
  if(GOBOX_UNITY)
    set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 8)
    target_compile_options(${target} PRIVATE -Wno-subobject-linkage)
  endif()
endfunction()

# gobox_add_library(NAME [PUBLIC lib...] [PRIVATE lib...])
#
# One library per folder: every .cc in it except main.cc, which belongs to an executable.
# A folder that has headers alone becomes an interface library, so its users link it the same way.
# PUBLIC: what the folder's own headers include. PRIVATE: what only its .cc files use.
function(gobox_add_library name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "PUBLIC;PRIVATE")
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cc)
  list(REMOVE_ITEM sources ${CMAKE_CURRENT_SOURCE_DIR}/main.cc)
  if(NOT sources)
    add_library(${name} INTERFACE)
    target_include_directories(${name} INTERFACE ${CMAKE_SOURCE_DIR})
    target_link_libraries(${name} INTERFACE ${arg_PUBLIC})
    return()
  endif()
  add_library(${name} STATIC ${sources})
  # Headers are included by their path from the root, so that the layer shows.
  target_include_directories(${name} PUBLIC ${CMAKE_SOURCE_DIR})
  target_link_libraries(${name} PUBLIC ${arg_PUBLIC} PRIVATE ${arg_PRIVATE})
  if(NOT name STREQUAL gobox_runner_diagnosis)
    gobox_unite(${name})
  endif()
  if("Boost::json" IN_LIST arg_PUBLIC OR "Boost::json" IN_LIST arg_PRIVATE)
    target_precompile_headers(${name} REUSE_FROM gobox_json_headers)
  else()
    target_precompile_headers(${name} REUSE_FROM gobox_headers)
  endif()
endfunction()

# gobox_add_executable(NAME SOURCES file... LIBRARIES lib...)
function(gobox_add_executable name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;LIBRARIES")
  add_executable(${name} ${arg_SOURCES} ${GOBOX_SANITIZER_SOURCES})
  target_compile_definitions(${name} PRIVATE
    GOBOX_VERSION="${PROJECT_VERSION}" GOBOX_COMMIT="${GOBOX_COMMIT}")
  target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR})
  target_link_libraries(${name} PRIVATE ${arg_LIBRARIES})
endfunction()
