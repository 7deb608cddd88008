/* A server that misbehaves on request: for tests of clients, ours and others'.
 *
 * Each fault is one that clients meet in production, or that the protocol allows a server. They are drawn from a
 * generator of their own: with the same seed, the same spec and the same packets the same faults happen. A server has
 * none of them unless mtproto_server_set_faults says so. docs/faults.md tells of each what a client should do. */
#ifndef MTPROTO_FAULT_H
#define MTPROTO_FAULT_H

#include <mtproto/server.h>

#ifdef __cplusplus
extern "C" {
#endif

enum mtproto_fault {
	/* At each encrypted packet that comes, at most one of these. */
	MTPROTO_FAULT_LOST = 0, /* "lost": the packet is dropped, with all messages in it */
	/* "bad_msg_16" to "bad_msg_64": it is refused with that code and not processed. */
	MTPROTO_FAULT_BAD_MSG_16,
	MTPROTO_FAULT_BAD_MSG_17,
	MTPROTO_FAULT_BAD_MSG_18,
	MTPROTO_FAULT_BAD_MSG_19,
	MTPROTO_FAULT_BAD_MSG_20, /* with 20 nobody can know: half of the packets are processed nevertheless */
	MTPROTO_FAULT_BAD_MSG_32,
	MTPROTO_FAULT_BAD_MSG_33,
	MTPROTO_FAULT_BAD_MSG_34,
	MTPROTO_FAULT_BAD_MSG_35,
	MTPROTO_FAULT_BAD_MSG_64,
	MTPROTO_FAULT_SALT,           /* "salt": all salts of all keys change at once */
	MTPROTO_FAULT_FORGET_SESSION, /* "forget_session": the packet comes to a session without a memory */
	MTPROTO_FAULT_FORGET_KEY,     /* "forget_key": its key is unknown from now on: -404 */
	MTPROTO_FAULT_ERROR_404,      /* "error_404": -404 instead, although the key is known */
	MTPROTO_FAULT_ERROR_429,      /* "error_429": -429 instead */
	MTPROTO_FAULT_RESET,          /* "reset": the link is closed */
	MTPROTO_FAULT_MUTE,           /* "mute": from now on the link swallows everything and says nothing */
	MTPROTO_FAULT_CLOCK,          /* "clock": the server's clock steps; backwards it forgets its sessions */
	MTPROTO_FAULT_DUPLICATE,      /* "duplicate": the message sent last that is not acknowledged is sent again */
	MTPROTO_FAULT_BOMB,           /* "bomb": an update comes along that inflates to bomb_size bytes */
	/* At each answer or update that is to be sent, at most one of these. */
	MTPROTO_FAULT_DETAILED_INFO, /* "detailed_info": msg_detailed_info or msg_new_detailed_info stands for it, and
				      * it goes out only when msg_resend_req asks for it */
	MTPROTO_FAULT_SWAP, /* "swap": all that waits to be sent gets its numbers and leaves in reverse order */
	MTPROTO_FAULT_COUNT
};

/* Filled by mtproto_faults_init, then changed as wanted. */
struct mtproto_faults {
	size_t size;
	uint64_t seed;                             /* 1 */
	uint32_t per_million[MTPROTO_FAULT_COUNT]; /* how often, 0 to 1,000,000; 0: never. Those that strike at the same
						    * moment may not sum up to more than 1,000,000. */
	uint32_t clock_step_max_s;                 /* the clock steps by at most so much, forwards or backwards; 600 */
	uint32_t bomb_size;                        /* 64 MiB */
};

MTPROTO_API void mtproto_faults_init(struct mtproto_faults *faults);

/* "bad_msg_16", ...; "unknown" for another value. Static storage. */
MTPROTO_API const char *mtproto_fault_name(enum mtproto_fault fault);

/* Reads words like "lost=0.01,bad_msg_16=0.5,seed=7" into faults, which _init filled before. A word is the name of a
 * fault or "all" and a decimal rate from 0 to 1 with at most 6 places, or "seed", "clock_step_max" (seconds) or
 * "bomb_size" (bytes) and a number; later words overrule earlier ones. Errors: MTPROTO_ERR_ARGUMENT; *wrong is then
 * the word that was not understood, or all of spec when the rates sum up to more than 1. faults is only changed on
 * success. */
MTPROTO_MUST_USE MTPROTO_API int mtproto_faults_parse(struct mtproto_faults *faults, const char *spec,
						      struct mtproto_span *wrong);

/* From now on the server has these faults, copied; NULL: none. The counts go on.
 * Errors: MTPROTO_ERR_CONFIG_SIZE, MTPROTO_ERR_ARGUMENT (rates above 1). */
MTPROTO_MUST_USE MTPROTO_API int mtproto_server_set_faults(struct mtproto_server *server,
							   const struct mtproto_faults *faults);

/* How often a fault has struck so far. */
MTPROTO_API uint64_t mtproto_server_fault_count(const struct mtproto_server *server, enum mtproto_fault fault);

#ifdef __cplusplus
}
#endif

#endif
