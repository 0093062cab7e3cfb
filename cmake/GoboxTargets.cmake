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
endfunction()

# gobox_add_executable(NAME SOURCES file... LIBRARIES lib...)
function(gobox_add_executable name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;LIBRARIES")
  add_executable(${name} ${arg_SOURCES} ${GOBOX_SANITIZER_SOURCES})
  target_compile_definitions(${name} PRIVATE GOBOX_VERSION="${PROJECT_VERSION}")
  target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR})
  target_link_libraries(${name} PRIVATE ${arg_LIBRARIES})
endfunction()
