# mtproto_add_library(NAME SOURCES file... EXPORTS map [USES library] [NEEDS imported_target...])
#
# Makes NAME-static and NAME-shared of the objects NAME-objects, which the tests link too, so that all three are the
# same code. EXPORTS is the list of the symbols that the shared library shows. USES is another library of this project,
# NEEDS are libraries that stay behind our headers.
function(mtproto_add_library NAME)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "EXPORTS;USES" "SOURCES;NEEDS")

  add_library(${NAME}-objects OBJECT ${arg_SOURCES})
  set_target_properties(${NAME}-objects PROPERTIES POSITION_INDEPENDENT_CODE ON C_VISIBILITY_PRESET hidden)
  target_compile_definitions(${NAME}-objects PRIVATE MTPROTO_BUILDING)
  target_include_directories(${NAME}-objects PUBLIC ${PROJECT_SOURCE_DIR}/include PRIVATE ${PROJECT_SOURCE_DIR}/src)
  target_link_libraries(${NAME}-objects PRIVATE mtproto-warnings PUBLIC ${arg_NEEDS})

  foreach(kind static shared)
    string(TOUPPER ${kind} KIND)
    add_library(${NAME}-${kind} ${KIND} $<TARGET_OBJECTS:${NAME}-objects>)
    set_target_properties(${NAME}-${kind} PROPERTIES OUTPUT_NAME ${NAME} LINKER_LANGUAGE C)
    target_include_directories(${NAME}-${kind} PUBLIC
      $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
    target_link_libraries(${NAME}-${kind} PRIVATE ${arg_NEEDS})
    if(arg_USES)
      # $ORIGIN: the installed libraries find each other, also where the system's loader does not look.
      target_link_libraries(${NAME}-${kind} PUBLIC ${arg_USES}-${kind})
      set_target_properties(${NAME}-${kind} PROPERTIES INSTALL_RPATH $ORIGIN)
    endif()
  endforeach()

  set_target_properties(${NAME}-shared PROPERTIES VERSION ${PROJECT_VERSION} SOVERSION ${mtproto_soversion})
  if(UNIX AND NOT APPLE)
    set(map ${PROJECT_SOURCE_DIR}/${arg_EXPORTS})
    set_target_properties(${NAME}-shared PROPERTIES LINK_DEPENDS ${map})
    target_link_options(${NAME}-shared PRIVATE -Wl,--version-script=${map})
    # clang's sanitizer runtimes are in the program only, so a library made for them has undefined symbols.
    if(NOT CMAKE_C_FLAGS MATCHES "-fsanitize")
      target_link_options(${NAME}-shared PRIVATE -Wl,--no-undefined -Wl,-Bsymbolic-functions)
    endif()
  endif()
endfunction()

# Until 1.0 a minor version may change the ABI, so it is part of the SONAME (docs/abi.md).
set(mtproto_soversion ${PROJECT_VERSION_MAJOR})
if(PROJECT_VERSION_MAJOR EQUAL 0)
  set(mtproto_soversion 0.${PROJECT_VERSION_MINOR})
endif()
