# What is installed: headers, libraries, mtproto.pc and mtproto-client.pc, and the CMake package "mtproto". All of it
# finds itself relative to its own place, so that a prefix can be moved or chosen late (cmake --install --prefix).
include(CMakePackageConfigHelpers)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/mtproto)
set(pkgconfig_dir ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
file(RELATIVE_PATH pc_prefix ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_PREFIX})
string(REGEX REPLACE "/$" "" pc_prefix ${pc_prefix})
file(RELATIVE_PATH pc_includedir ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_FULL_INCLUDEDIR})

# Static and shared targets are exported apart: a user of the shared library does not need the libraries behind it.
function(mtproto_install_library NAME EXPORT_NAME)
  foreach(kind static shared)
    install(TARGETS ${NAME}-${kind} EXPORT ${NAME}-${kind}
      ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
      LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
      RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
    install(EXPORT ${NAME}-${kind} NAMESPACE mtproto:: DESTINATION ${package_dir} FILE ${NAME}-${kind}.cmake)
  endforeach()
  set_target_properties(${NAME}-shared PROPERTIES EXPORT_NAME ${EXPORT_NAME})
  set_target_properties(${NAME}-static PROPERTIES EXPORT_NAME ${EXPORT_NAME}-static)
  add_library(mtproto::${EXPORT_NAME} ALIAS ${NAME}-shared)
  add_library(mtproto::${EXPORT_NAME}-static ALIAS ${NAME}-static)

  configure_file(cmake/${NAME}.pc.in ${NAME}.pc @ONLY)
  install(FILES ${CMAKE_CURRENT_BINARY_DIR}/${NAME}.pc DESTINATION ${pkgconfig_dir})
endfunction()

mtproto_install_library(mtproto mtproto)
install(FILES ${core_headers} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/mtproto)
if(TARGET mtproto-client-objects)
  mtproto_install_library(mtproto-client client)
  install(FILES ${client_headers} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/mtproto)
endif()

set(compatibility SameMajorVersion)
if(PROJECT_VERSION_MAJOR EQUAL 0)
  set(compatibility SameMinorVersion)
endif()
write_basic_package_version_file(mtproto-config-version.cmake COMPATIBILITY ${compatibility})
install(FILES cmake/mtproto-config.cmake ${CMAKE_CURRENT_BINARY_DIR}/mtproto-config-version.cmake
  DESTINATION ${package_dir})
