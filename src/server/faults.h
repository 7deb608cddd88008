/* A server's faults on request. Everything here is called at the places where they may strike, and does nothing unless
 * mtproto_server_set_faults was. */
#ifndef MTP_SERVER_FAULTS_H
#define MTP_SERVER_FAULTS_H

#include <mtproto/fault.h>

#include <mtproto/error.h>

struct mtp_server_key;
struct mtp_out;
struct mtp_packet;

struct mtp_faults {
	struct mtproto_faults config;
	bool active;
	uint64_t state; /* of the generator */
	uint64_t counts[MTPROTO_FAULT_COUNT];
};

/* An encrypted packet of this key came. True when it is done with. */
bool mtp_fault_packet(struct mtproto_server *server, struct mtproto_link *link, struct mtp_server_key *key,
		      const struct mtp_packet *packet);

/* An answer or update was put into the session's outbox. */
void mtp_fault_content(struct mtproto_server_session *handle, struct mtp_out *out);

/* fault_spec.c: true when the rates of what strikes at the same moment do not sum up to more than 1. */
bool mtp_faults_fit(const struct mtproto_faults *faults);

#endif
