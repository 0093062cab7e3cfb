# `cpack -G DEB` in the build directory makes the package; dpkg-shlibdeps finds its libraries.

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME gobox)
set(CPACK_PACKAGE_CONTACT "Gobox maintainers <root@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "${PROJECT_DESCRIPTION}")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION devel)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS golang-go)
include(CPack)
