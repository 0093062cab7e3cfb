# SPDX-License-Identifier: Apache-2.0

# Three packages, made by `./dev package`: gobox (the command, policies, documents), gobox-server, and gobox-cluster
# (what a queue on NATS takes beside them).
# dpkg-shlibdeps finds their libraries.

# What is packed was built before: not everything there is to build.
set(CMAKE_SKIP_INSTALL_ALL_DEPENDENCY ON)
set(CPACK_SET_DESTDIR ON)
set(CPACK_INSTALL_PREFIX /usr)
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME gobox)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_COMPONENTS_ALL command server worker)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)

# The release is that of the changelog's newest entry, `gobox (VERSION-RELEASE) ...`.
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/packaging/deb/changelog)
file(STRINGS ${CMAKE_SOURCE_DIR}/packaging/deb/changelog newest LIMIT_COUNT 1)
string(REGEX REPLACE "^gobox \\([^)]*-([0-9]+)\\).*" "\\1" CPACK_DEBIAN_PACKAGE_RELEASE "${newest}")
set(CPACK_DEBIAN_PACKAGE_SECTION devel)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_ENABLE_COMPONENT_DEPENDS OFF)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
  OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)

# Who makes packages names themselves as with every Debian package: by DEBFULLNAME and DEBEMAIL.
if(DEFINED ENV{DEBFULLNAME} AND DEFINED ENV{DEBEMAIL})
  set(CPACK_PACKAGE_CONTACT "$ENV{DEBFULLNAME} <$ENV{DEBEMAIL}>")
else()
  set(CPACK_PACKAGE_CONTACT "Gobox authors <gobox@example.org>")
endif()

# Each package's description begins with its own synopsis.
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "")

set(CPACK_DEBIAN_COMMAND_PACKAGE_NAME gobox)
set(CPACK_DEBIAN_COMMAND_DESCRIPTION
  "sandbox for Go code nobody trusts\nsandbox-run compiles and runs Go code in namespaces of its own, behind a\nsystem call filter and under limits of memory, processor, processes, disk,\noutput and time, and says exactly how it ended.\n.\nAny Go from 1.19 will do: Debian's golang-go, or one in /usr/local/go.")
# Loaded when they are needed (base/shared_library.h), so that dpkg-shlibdeps does not see them.
set(CPACK_DEBIAN_COMMAND_PACKAGE_DEPENDS "libarchive13, libcurl4")
set(CPACK_DEBIAN_COMMAND_PACKAGE_RECOMMENDS golang-go)
set(CPACK_DEBIAN_COMMAND_PACKAGE_SUGGESTS e2fsprogs)
set(CPACK_DEBIAN_COMMAND_PACKAGE_CONTROL_EXTRA "${CMAKE_SOURCE_DIR}/packaging/deb/command/postrm")

set(CPACK_DEBIAN_SERVER_PACKAGE_NAME gobox-server)
set(CPACK_DEBIAN_SERVER_DESCRIPTION
  "HTTP server that runs Go code for strangers\nsandbox-api offers what sandbox-run does over HTTP: the same policies, limits\nand verdicts. It speaks the public Go Playground's protocol too, and brings a\npage of its own.\n.\nThe service listens on 127.0.0.1:8080 until it is told otherwise.")
set(CPACK_DEBIAN_SERVER_PACKAGE_DEPENDS
  "gobox (= ${PROJECT_VERSION}-${CPACK_DEBIAN_PACKAGE_RELEASE}), init-system-helpers (>= 1.51)")
set(CPACK_DEBIAN_SERVER_PACKAGE_SECTION net)
set(CPACK_DEBIAN_SERVER_PACKAGE_CONTROL_EXTRA
  "${CMAKE_SOURCE_DIR}/packaging/deb/server/postinst"
  "${CMAKE_SOURCE_DIR}/packaging/deb/server/prerm"
  "${CMAKE_SOURCE_DIR}/packaging/deb/server/postrm"
  "${CMAKE_SOURCE_DIR}/packaging/deb/server/conffiles")

set(CPACK_DEBIAN_WORKER_PACKAGE_NAME gobox-cluster)
set(CPACK_DEBIAN_WORKER_DESCRIPTION
  "front ends and workers that run Go code for strangers\nsandbox-worker takes runs out of a queue on NATS JetStream, where front ends\nput them: sandbox-api with --queue. This package has the worker, what connects\nboth to NATS, and a unit for each.")
set(CPACK_DEBIAN_WORKER_PACKAGE_DEPENDS
  "gobox-server (= ${PROJECT_VERSION}-${CPACK_DEBIAN_PACKAGE_RELEASE}), init-system-helpers (>= 1.51)")
set(CPACK_DEBIAN_WORKER_PACKAGE_SUGGESTS nats-server)
set(CPACK_DEBIAN_WORKER_PACKAGE_SECTION net)
set(CPACK_DEBIAN_WORKER_PACKAGE_CONTROL_EXTRA
  "${CMAKE_SOURCE_DIR}/packaging/deb/worker/postinst"
  "${CMAKE_SOURCE_DIR}/packaging/deb/worker/prerm"
  "${CMAKE_SOURCE_DIR}/packaging/deb/worker/postrm"
  "${CMAKE_SOURCE_DIR}/packaging/deb/worker/conffiles")
include(CPack)
