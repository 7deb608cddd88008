# Keeps libmtproto small. No exception passes through it and it calls nobody back, so nothing unwinds through it but a
# debugger, which has tables of its own.
target_compile_options(mtproto-objects PRIVATE -fno-asynchronous-unwind-tables)

# What runs once a connection or once a document need not be unrolled.
file(GLOB quiet_sources CONFIGURE_DEPENDS src/tl/*.c src/handshake/*.c src/dc/*.c src/store/*.c src/updates/*.c)
set_property(SOURCE ${quiet_sources} APPEND PROPERTY COMPILE_OPTIONS "$<$<CONFIG:Release,RelWithDebInfo>:-Os>")
