# Two packages, made by `./dev package`: gobox (the command, policies, documents) and gobox-server.
# dpkg-shlibdeps finds their libraries.

# What is packed was built before: not everything there is to build.
set(CMAKE_SKIP_INSTALL_ALL_DEPENDENCY ON)
set(CPACK_SET_DESTDIR ON)
set(CPACK_INSTALL_PREFIX /usr)
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME gobox)
set(CPACK_PACKAGE_CONTACT "Gobox maintainers <root@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "${PROJECT_DESCRIPTION}")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_COMPONENTS_ALL command server)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION devel)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_ENABLE_COMPONENT_DEPENDS OFF)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
  OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)

set(CPACK_DEBIAN_COMMAND_PACKAGE_NAME gobox)
set(CPACK_COMPONENT_COMMAND_DESCRIPTION
  "sandbox-run compiles and runs Go code nobody trusts\nin namespaces, behind a system call filter and under limits of memory,\nprocessor, processes, disk, output and time, and says exactly how it ended.")
set(CPACK_DEBIAN_COMMAND_PACKAGE_RECOMMENDS golang-go)
set(CPACK_DEBIAN_COMMAND_PACKAGE_CONTROL_EXTRA "${CMAKE_SOURCE_DIR}/packaging/deb/command/postrm")

set(CPACK_DEBIAN_SERVER_PACKAGE_NAME gobox-server)
set(CPACK_COMPONENT_SERVER_DESCRIPTION
  "sandbox-api runs Go code for strangers\nover HTTP, and speaks the public Go Playground's protocol.")
set(CPACK_DEBIAN_SERVER_PACKAGE_DEPENDS "gobox (= ${PROJECT_VERSION}), init-system-helpers (>= 1.51)")
set(CPACK_DEBIAN_SERVER_PACKAGE_SECTION net)
set(CPACK_DEBIAN_SERVER_PACKAGE_CONTROL_EXTRA
  "${CMAKE_SOURCE_DIR}/packaging/deb/server/postinst"
  "${CMAKE_SOURCE_DIR}/packaging/deb/server/prerm"
  "${CMAKE_SOURCE_DIR}/packaging/deb/server/postrm"
  "${CMAKE_SOURCE_DIR}/packaging/deb/server/conffiles")
include(CPack)
