# Where Debian expects things: bin, share/gobox/policies, share/man, lib/systemd/system.

foreach(binary sandbox-run sandbox-api)
  if(TARGET ${binary})
    install(TARGETS ${binary} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
  endif()
endforeach()

install(DIRECTORY policies/ DESTINATION ${CMAKE_INSTALL_DATADIR}/gobox/policies
  FILES_MATCHING PATTERN "*.json")
install(FILES packaging/man/sandbox-run.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES packaging/man/sandbox-api.8 DESTINATION ${CMAKE_INSTALL_MANDIR}/man8)

# The unit names the server by its full path, which depends on the prefix.
configure_file(packaging/sandbox-api.service.in packaging/sandbox-api.service @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/packaging/sandbox-api.service
  DESTINATION lib/systemd/system)

include(${CMAKE_SOURCE_DIR}/packaging/deb.cmake)
