# Each kernel file is compiled for its own instruction set; which one runs is decided at run time. The files are small
# and all of their code is hot, so they are always optimised fully.
#
# What can be vectorised is by hand; a compiler that does so with the pointers loses time, and the proof that nothing
# leads from vector registers to addresses and branches (scripts/branch-check.py).
set(kernel_options -O3 -fno-tree-vectorize -fno-tree-slp-vectorize)
if(CMAKE_C_COMPILER_ID STREQUAL "GNU")
  # It makes a "rep stos", of 30 cycles and more, of each loop that stores a few zeros.
  list(APPEND kernel_options -fno-tree-loop-distribute-patterns)
endif()

function(mtproto_kernel_files GLOB)
  file(GLOB sources CONFIGURE_DEPENDS ${GLOB})
  set_source_files_properties(${sources} PROPERTIES COMPILE_OPTIONS "${kernel_options};${ARGN}")
endfunction()

if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64|amd64)$")
  mtproto_kernel_files(src/crypto/*_aesni.c -maes -mssse3 -msse4.1 -msha)
  mtproto_kernel_files(src/crypto/*_vaes.c
    -maes -mssse3 -msse4.1 -msha -mavx512f -mavx512dq -mavx512bw -mavx512vl -mvaes)
  mtproto_kernel_files(src/crypto/*_ifma.c -mavx512f -mavx512dq -mavx512ifma)
  if(CMAKE_C_COMPILER_ID STREQUAL "GNU")
    # Else it moves sums out of their order, and spills a third more of the 32 registers.
    set_property(SOURCE src/crypto/wide_vaes.c APPEND PROPERTY COMPILE_OPTIONS -fno-tree-ter)
  endif()
endif()
if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(aarch64|arm64|ARM64)$")
  mtproto_kernel_files(src/crypto/*_armv8.c -march=armv8-a+crypto)
endif()
