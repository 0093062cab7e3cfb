# SPDX-License-Identifier: Apache-2.0

# Where Debian expects things: bin, share/man, share/doc, lib/systemd/system. Three components, which become
# three packages: `command`, `server` and `worker`. policies/CMakeLists.txt installs its own files.

install(TARGETS sandbox-run RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT command)
install(TARGETS sandbox-api RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT server)
install(TARGETS sandbox-worker RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT worker)
install(TARGETS gobox-nats LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}/gobox COMPONENT worker)

# Debian's policy wants manuals and changelogs compressed, without a time stamp.
find_program(GOBOX_GZIP gzip REQUIRED)
add_custom_target(gobox_package_files)
function(gobox_install_compressed source name destination component)
  set(compressed ${CMAKE_BINARY_DIR}/compressed/${component}/${name}.gz)
  get_filename_component(folder ${compressed} DIRECTORY)
  add_custom_command(OUTPUT ${compressed}
    COMMAND ${CMAKE_COMMAND} -E make_directory ${folder}
    COMMAND sh -c "${GOBOX_GZIP} -9nc '${CMAKE_SOURCE_DIR}/${source}' > '${compressed}'"
    DEPENDS ${CMAKE_SOURCE_DIR}/${source} VERBATIM)
  add_custom_target(compressed_${component}_${name} ALL DEPENDS ${compressed})
  add_dependencies(gobox_package_files compressed_${component}_${name})
  install(FILES ${compressed} DESTINATION ${destination} COMPONENT ${component})
endfunction()

gobox_install_compressed(packaging/man/sandbox-run.1 sandbox-run.1 ${CMAKE_INSTALL_MANDIR}/man1 command)
gobox_install_compressed(packaging/man/sandbox-api.8 sandbox-api.8 ${CMAKE_INSTALL_MANDIR}/man8 server)
gobox_install_compressed(packaging/man/sandbox-worker.8 sandbox-worker.8 ${CMAKE_INSTALL_MANDIR}/man8 worker)
foreach(part command:gobox server:gobox-server worker:gobox-cluster)
  string(REGEX REPLACE ":.*" "" component ${part})
  string(REGEX REPLACE ".*:" "" package ${part})
  gobox_install_compressed(CHANGELOG.md changelog share/doc/${package} ${component})
  gobox_install_compressed(packaging/deb/changelog changelog.Debian share/doc/${package} ${component})
  install(FILES packaging/deb/copyright DESTINATION share/doc/${package} COMPONENT ${component})
  install(FILES packaging/deb/${component}/lintian-overrides RENAME ${package}
    DESTINATION share/lintian/overrides COMPONENT ${component} EXCLUDE_FROM_ALL)
endforeach()

# In the folders of the tree, so that links among them hold.
install(FILES README.md SECURITY.md DESTINATION share/doc/gobox COMPONENT command)
install(DIRECTORY docs examples client DESTINATION share/doc/gobox COMPONENT command
  PATTERN __pycache__ EXCLUDE PATTERN client/python/tests EXCLUDE
  PATTERN client/python/build EXCLUDE PATTERN *.egg-info EXCLUDE PATTERN .mypy_cache EXCLUDE)

install(FILES packaging/completions/sandbox-run.bash RENAME sandbox-run
  DESTINATION share/bash-completion/completions COMPONENT command)
install(FILES packaging/completions/_sandbox-run
  DESTINATION share/zsh/vendor-completions COMPONENT command)
install(FILES packaging/completions/sandbox-run.fish
  DESTINATION share/fish/vendor_completions.d COMPONENT command)

# An operator's own policies win over the shipped ones; an upgrade leaves them alone. Packages alone bring
# what lies below /etc: "cmake --install --prefix" writes nowhere but below its prefix.
install(DIRECTORY DESTINATION /etc/gobox/policies COMPONENT command EXCLUDE_FROM_ALL)
install(DIRECTORY DESTINATION /etc/gobox/tokens COMPONENT server EXCLUDE_FROM_ALL
  DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE)
install(FILES packaging/deb/sandbox-api.default RENAME sandbox-api DESTINATION /etc/default
  COMPONENT server EXCLUDE_FROM_ALL)
install(FILES packaging/deb/sandbox-front.default RENAME sandbox-front DESTINATION /etc/default
  COMPONENT worker EXCLUDE_FROM_ALL)
install(FILES packaging/deb/sandbox-worker.default RENAME sandbox-worker DESTINATION /etc/default
  COMPONENT worker EXCLUDE_FROM_ALL)
install(FILES packaging/sandbox-api.service DESTINATION lib/systemd/system COMPONENT server)
install(FILES packaging/sandbox-front.service packaging/sandbox-worker.service
  DESTINATION lib/systemd/system COMPONENT worker)

include(${CMAKE_SOURCE_DIR}/packaging/deb.cmake)
