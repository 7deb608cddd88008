/* Version of the library. Semantic versioning; see docs/abi.md for what a version promises. */
#ifndef MTPROTO_VERSION_H
#define MTPROTO_VERSION_H

#include <mtproto/base.h>

#ifdef __cplusplus
extern "C" {
#endif

#define MTPROTO_VERSION_MAJOR 0
#define MTPROTO_VERSION_MINOR 1
#define MTPROTO_VERSION_PATCH 0

/* One number that compares: major << 16 | minor << 8 | patch. */
#define MTPROTO_VERSION ((MTPROTO_VERSION_MAJOR << 16) | (MTPROTO_VERSION_MINOR << 8) | MTPROTO_VERSION_PATCH)

/* MTPROTO_VERSION of the library that is linked, which may be newer than the header. */
MTPROTO_API uint32_t mtproto_version(void);

/* The same as text, for example "0.1.0". Static storage. */
MTPROTO_API const char *mtproto_version_string(void);

#ifdef __cplusplus
}
#endif

#endif
