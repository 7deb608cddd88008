# Each kernel file is compiled for its own instruction set; which one runs is decided at run time.
if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64|amd64|i[3-6]86)$")
  file(GLOB aesni_sources CONFIGURE_DEPENDS src/crypto/*_aesni.c)
  set_source_files_properties(${aesni_sources} PROPERTIES COMPILE_OPTIONS "-O3;-maes;-mssse3;-msse4.1;-msha")
endif()
