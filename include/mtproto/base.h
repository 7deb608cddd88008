/* The few types that every other header uses: spans, time, randomness, memory. */
#ifndef MTPROTO_BASE_H
#define MTPROTO_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if defined(_WIN32) && defined(MTPROTO_SHARED)
#if defined(MTPROTO_BUILDING)
#define MTPROTO_API __declspec(dllexport)
#else
#define MTPROTO_API __declspec(dllimport)
#endif
#elif defined(__GNUC__)
#define MTPROTO_API __attribute__((visibility("default")))
#else
#define MTPROTO_API
#endif

/* A result that must be looked at: ignoring it loses an error. */
#if defined(__GNUC__)
#define MTPROTO_MUST_USE __attribute__((warn_unused_result))
#else
#define MTPROTO_MUST_USE
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* Bytes that somebody else owns. data may be NULL only when len is 0. */
struct mtproto_span {
	const uint8_t *data;
	size_t len;
};

/* The time, given by the caller at every entry point: the library never reads a clock.
 * mono_ns must never step back and should count suspend (CLOCK_BOOTTIME); all deadlines are in it.
 * wall_ns is Unix time and may step: it is used only as the first guess of the server's time. */
struct mtproto_now {
	uint64_t mono_ns;
	uint64_t wall_ns;
};

/* A deadline that never comes. */
#define MTPROTO_NEVER UINT64_MAX

/* A source of cryptographically secure random bytes. fill writes len bytes to out and returns 0, or
 * returns any other value when it can't; the caller then fails with MTPROTO_ERR_RANDOM.
 * Wherever a pointer to this struct is taken, NULL selects libcrypto's generator. */
struct mtproto_random {
	int (*fill)(void *user, uint8_t *out, size_t len);
	void *user;
};

/* A source of memory. alloc returns size bytes aligned for any object, or NULL; release takes what
 * alloc returned, never NULL, with the size it was asked for. Wherever a pointer to this struct is
 * taken, NULL selects malloc and free. */
struct mtproto_allocator {
	void *(*alloc)(void *user, size_t size);
	void (*release)(void *user, void *memory, size_t size);
	void *user;
};

/* Overwrites len bytes with zeros in a way the compiler does not remove. memory may be NULL if len is 0. */
MTPROTO_API void mtproto_wipe(void *memory, size_t len);

/* Compares len bytes in a time that depends on len alone. Returns true when they are equal. */
MTPROTO_API bool mtproto_equal_const_time(const void *a, const void *b, size_t len);

#ifdef __cplusplus
}
#endif

#endif
