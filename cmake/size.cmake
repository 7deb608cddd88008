# Keeps libmtproto small. No exception passes through it and it calls nobody back, so nothing unwinds through it but a
# debugger, which has tables of its own.
target_compile_options(mtproto-objects PRIVATE -fno-asynchronous-unwind-tables)

function(mtproto_optimised_options GLOBS)
  file(GLOB sources CONFIGURE_DEPENDS ${GLOBS})
  set_property(SOURCE ${sources} APPEND PROPERTY COMPILE_OPTIONS "$<$<CONFIG:Release,RelWithDebInfo>:${ARGN}>")
endfunction()

# What runs once a connection or once a document need not be unrolled.
foreach(folder tl handshake updates dc store server)
  mtproto_optimised_options(src/${folder}/*.c -Os)
endforeach()
mtproto_optimised_options(src/connection/trace*.c -Os)

# The inner loops are those of the kernels: elsewhere bytes between functions and loops bring nothing.
if(CMAKE_C_COMPILER_ID STREQUAL "GNU")
  foreach(folder base transport message session rpc connection)
    mtproto_optimised_options(src/${folder}/*.c
      -falign-functions=1 -fno-align-jumps -fno-align-loops -fno-align-labels)
  endforeach()
endif()
