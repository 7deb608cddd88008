/* Seal and open, of any number of messages of any lengths, beside the same composed of libcrypto's functions. */
#ifndef BENCH_MESSAGES_H
#define BENCH_MESSAGES_H

#include <mtproto/message.h>

#define MESSAGES_MAX 64

/* Cycles of all messages together: medians of some rounds in which ours and theirs alternate. */
struct message_figures {
	double seal, seal_ns, seal_composed;
	double open, open_ns, open_composed;
};

/* obfuscated: what is opened lies under CTR, too. Returns 0, MTPROTO_ERR_MEMORY, or the error of a job that should have
 * succeeded. */
int measure_messages(struct message_figures *figures, const struct mtproto_kernels *kernels, const size_t *body_lens,
		     size_t count, bool obfuscated);

#endif
