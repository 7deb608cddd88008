/* What an account keeps in its store. docs/store.md describes the bytes. */
#ifndef MTP_CLIENT_RECORDS_H
#define MTP_CLIENT_RECORDS_H

#include <mtproto/dc.h>
#include <mtproto/message.h>
#include <mtproto/store.h>
#include <mtproto/update_state.h>

/* About the account. Zeroed, it is that of a new one. */
struct mtp_account_record {
	int32_t home; /* 0: unknown */
	bool test;
	bool bot;
	int32_t authority; /* the data centre at which the user has signed in; 0: nobody has */
	int64_t user_id;   /* 0: unknown */
	uint32_t api_id;   /* of the application; 0: unknown */
};

/* About one data centre. A secret. */
struct mtp_key_record {
	struct mtproto_auth_key auth_key;
	bool authorised; /* the user is signed in there */
	uint64_t server_salt;
	int64_t time_offset_ns;
};

/* Each loads, or returns MTPROTO_ERR_NOT_FOUND and a zeroed record, MTPROTO_ERR_STATE_FORMAT, MTPROTO_ERR_STATE_VERSION
 * or an error of the store. */
MTPROTO_MUST_USE int mtp_record_load_account(struct mtp_account_record *out, const struct mtproto_store *store);
MTPROTO_MUST_USE int mtp_record_load_key(struct mtp_key_record *out, const struct mtproto_store *store, int32_t dc);

/* Each saves, without a flush. */
MTPROTO_MUST_USE int mtp_record_save_account(const struct mtproto_store *store,
					     const struct mtp_account_record *record);
MTPROTO_MUST_USE int mtp_record_save_key(const struct mtproto_store *store, int32_t dc,
					 const struct mtp_key_record *record);

/* The state of updates of the account (channel_id 0) or of a channel. */
MTPROTO_MUST_USE int mtp_record_save_state(const struct mtproto_store *store, const struct mtproto_update_state *state);

/* The access hash of a channel. */
MTPROTO_MUST_USE int mtp_record_load_access_hash(int64_t *out, const struct mtproto_store *store, int64_t channel_id);
MTPROTO_MUST_USE int mtp_record_save_access_hash(const struct mtproto_store *store, int64_t channel_id,
						 int64_t access_hash);

/* Forgets all entries of a kind. */
MTPROTO_MUST_USE int mtp_record_remove_kind(const struct mtproto_store *store, uint32_t kind);

/* Puts a key that is not used any more where it is never looked for, and never lost. */
MTPROTO_MUST_USE int mtp_record_retire_key(const struct mtproto_store *store, int32_t dc,
					   const struct mtp_key_record *record);

/* Whether it has addresses of its own. */
bool mtp_record_has_addresses(const struct mtproto_store *store);

/* Adds the addresses that the store has of its own to the table. */
MTPROTO_MUST_USE int mtp_record_load_addresses(struct mtproto_dc_table *table, const struct mtproto_store *store);

#endif
