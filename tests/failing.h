/* An allocator that counts what is out and fails when it is told to. */
#ifndef TESTS_FAILING_H
#define TESTS_FAILING_H

#include <mtproto/base.h>

#include <stdlib.h>

struct failing {
	struct mtproto_allocator hooks;
	size_t pieces; /* not given back yet */
	size_t bytes;
	size_t peak;    /* the most bytes that were out at once */
	size_t asked;   /* calls so far */
	size_t fail_at; /* the call with this number, counted from 1, gets nothing; 0: none */
	bool fail_all;
};

static inline void *failing_alloc(void *user, size_t size)
{
	struct failing *failing = user;
	void *memory;

	failing->asked++;
	if (failing->fail_all || failing->asked == failing->fail_at)
		return NULL;
	memory = malloc(size ? size : 1);
	if (!memory)
		abort();
	failing->pieces++;
	failing->bytes += size;
	if (failing->bytes > failing->peak)
		failing->peak = failing->bytes;
	return memory;
}

static inline void failing_release(void *user, void *memory, size_t size)
{
	struct failing *failing = user;

	failing->pieces--;
	failing->bytes -= size;
	free(memory);
}

static inline void failing_init(struct failing *failing)
{
	*failing = (struct failing){{failing_alloc, failing_release, failing}, 0, 0, 0, 0, 0, false};
}

/* Lets the call with this number from now on fail, once. */
static inline void failing_fail(struct failing *failing, size_t call)
{
	failing->asked = 0;
	failing->fail_at = call;
}

#endif
