# The programs see the public headers only and link the static libraries, so that they run from any place.
file(GLOB testdc_sources CONFIGURE_DEPENDS testdc/*.c)
file(GLOB cli_sources CONFIGURE_DEPENDS cli/*.c)
file(GLOB bench_sources CONFIGURE_DEPENDS bench/*.c)
file(GLOB example_sources CONFIGURE_DEPENDS examples/*.c)

# The embedded data centre: its objects are linked by the command and by tests. It does no I/O and needs the core only.
if(testdc_sources AND (MTPROTO_BUILD_PROGRAMS OR MTPROTO_BUILD_TESTS))
  add_library(mtproto-testdc OBJECT ${testdc_sources})
  target_include_directories(mtproto-testdc PUBLIC ${PROJECT_SOURCE_DIR} ${PROJECT_SOURCE_DIR}/include)
  target_link_libraries(mtproto-testdc PRIVATE mtproto-warnings)
endif()

if(MTPROTO_BUILD_PROGRAMS AND TARGET mtproto-client-static AND cli_sources)
  add_executable(mtproto ${cli_sources} ${bench_sources})
  target_include_directories(mtproto PRIVATE ${PROJECT_SOURCE_DIR})
  # Figures don't depend on how the rest was built; libcrypto itself is what they are compared with.
  set_source_files_properties(${bench_sources} PROPERTIES
    COMPILE_OPTIONS -O2 COMPILE_DEFINITIONS _POSIX_C_SOURCE=200809L)
  # The one file that reaches into a context: a set of kernels that does nothing exists in this program only.
  set_property(SOURCE ${PROJECT_SOURCE_DIR}/bench/null_crypto.c PROPERTY INCLUDE_DIRECTORIES ${PROJECT_SOURCE_DIR}/src)
  target_link_libraries(mtproto PRIVATE mtproto-warnings mtproto-client-static PkgConfig::LIBUV PkgConfig::LIBCRYPTO m)
  if(TARGET mtproto-testdc)
    target_link_libraries(mtproto PRIVATE mtproto-testdc)
  endif()
  install(TARGETS mtproto RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
  file(GLOB man_pages CONFIGURE_DEPENDS docs/man/*.1)
  install(FILES ${man_pages} DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
  include(cmake/completions.cmake)
endif()

if(MTPROTO_BUILD_EXAMPLES AND TARGET mtproto-client-static)
  foreach(source ${example_sources})
    get_filename_component(name ${source} NAME_WE)
    add_executable(example-${name} ${source})
    target_link_libraries(example-${name} PRIVATE mtproto-warnings mtproto-client-static PkgConfig::LIBUV)
  endforeach()
endif()
