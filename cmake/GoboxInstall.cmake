# Where Debian expects things: bin, share/man, lib/systemd/system. policies/CMakeLists.txt installs
# its own files into share/gobox/policies.

foreach(binary sandbox-run sandbox-api)
  if(TARGET ${binary})
    install(TARGETS ${binary} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
  endif()
endforeach()

install(FILES packaging/man/sandbox-run.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES packaging/man/sandbox-api.8 DESTINATION ${CMAKE_INSTALL_MANDIR}/man8)

install(FILES packaging/sandbox-api.service DESTINATION lib/systemd/system)

include(${CMAKE_SOURCE_DIR}/packaging/deb.cmake)
