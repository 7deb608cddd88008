/* Where the data centres are: the addresses that are known from the start, those of help.getConfig, and what an error
 * says about the data centre to go to, or the time to wait.
 * Source: core.telegram.org/constructor/dcOption, /api/datacenter, /api/errors. */
#ifndef MTPROTO_DC_H
#define MTPROTO_DC_H

#include <mtproto/base.h>
#include <mtproto/error.h>

#ifdef __cplusplus
extern "C" {
#endif

#define MTPROTO_DC_DEFAULT      2     /* where a client without a session begins, production and test */
#define MTPROTO_DC_TEST_BASE    10000 /* what ids are greater by in key exchanges with the test environment */
#define MTPROTO_DC_ADDRESS_SIZE 46    /* the longest IPv6 address in text, and a zero byte */
#define MTPROTO_DC_SECRET_MAX   128   /* bytes of an MTProxy secret */
#define MTPROTO_DC_OPTIONS_MAX  256   /* of one table */
#define MTPROTO_DC_PORTS_MAX    4

/* The bits of dcOption.flags. */
enum mtproto_dc_flag {
	MTPROTO_DC_IPV6 = 1 << 0,
	MTPROTO_DC_MEDIA_ONLY = 1 << 1,      /* for files only */
	MTPROTO_DC_OBFUSCATED_ONLY = 1 << 2, /* tcpo_only: speaks obfuscated transports only */
	MTPROTO_DC_CDN = 1 << 3,
	MTPROTO_DC_STATIC = 1 << 4,         /* to be used through a proxy */
	MTPROTO_DC_THIS_PORT_ONLY = 1 << 5, /* listens on no other port */
	MTPROTO_DC_SECRET = 1 << 10         /* obfuscation takes the secret, as to an MTProxy */
};

/* One way to reach a data centre. */
struct mtproto_dc_option {
	int32_t id;
	uint32_t flags; /* enum mtproto_dc_flag */
	uint16_t port;
	char address[MTPROTO_DC_ADDRESS_SIZE]; /* in digits, without brackets */
	uint8_t secret_len;
	uint8_t secret[MTPROTO_DC_SECRET_MAX];
};

struct mtproto_dc_table;

/* The table of the production or the test environment, with the addresses that official clients are built with.
 * Errors: MTPROTO_ERR_MEMORY. */
MTPROTO_MUST_USE MTPROTO_API int mtproto_dc_table_new(struct mtproto_dc_table **out,
						      const struct mtproto_allocator *allocator, bool test);
/* table may be NULL. */
MTPROTO_API void mtproto_dc_table_free(struct mtproto_dc_table *table);

/* Whether it is the test environment's. */
MTPROTO_API bool mtproto_dc_table_is_test(const struct mtproto_dc_table *table);

/* All options, in order; NULL beyond the last. Valid until the table changes. */
MTPROTO_API const struct mtproto_dc_option *mtproto_dc_table_at(const struct mtproto_dc_table *table, size_t index);

/* Adds an option behind the others, for a server of one's own. One that differs in its secret only takes the place of
 * the old one. Errors: MTPROTO_ERR_ARGUMENT (id or port 0, an address that is not one of the family that flags say, a
 * secret that is too long), MTPROTO_ERR_LIMIT. */
MTPROTO_MUST_USE MTPROTO_API int mtproto_dc_table_add(struct mtproto_dc_table *table,
						      const struct mtproto_dc_option *option);

/* Removes all options of a data centre. Returns how many there were. */
MTPROTO_API size_t mtproto_dc_table_remove(struct mtproto_dc_table *table, int32_t id);

enum mtproto_dc_family {
	MTPROTO_DC_FAMILY_ANY = 0, /* IPv4 first */
	MTPROTO_DC_FAMILY_IPV6_FIRST,
	MTPROTO_DC_FAMILY_IPV4_ONLY,
	MTPROTO_DC_FAMILY_IPV6_ONLY
};

/* What is looked for; zeroed: an ordinary connection on a plain transport. */
struct mtproto_dc_query {
	int32_t id;
	enum mtproto_dc_family family;
	bool media;      /* for files: options that are for media only come first, ordinary ones after them */
	bool cdn;        /* a CDN data centre: only options with that flag, which are never used otherwise */
	bool obfuscated; /* the transport is obfuscated: options that need that, or a secret, are welcome */
	bool proxy;      /* through a proxy: static options come first */
};

/* Writes the options that serve a query, the best first, to at most cap places of out (NULL: only counts). Returns how
 * many there are; 0 when the data centre is unknown. The pointers are valid until the table changes. */
MTPROTO_API size_t mtproto_dc_table_find(const struct mtproto_dc_option **out, size_t cap,
					 const struct mtproto_dc_table *table, const struct mtproto_dc_query *query);

/* The ports to try one after the other: the option's own, then 443, 80 and 5222, unless it has only this one. Returns
 * their number. */
MTPROTO_API size_t mtproto_dc_option_ports(uint16_t out[MTPROTO_DC_PORTS_MAX], const struct mtproto_dc_option *option);

/* 4 or 6 when the text is an IPv4 or IPv6 address in digits, without brackets or zone; 0 when it is neither. */
MTPROTO_API int mtproto_dc_address_family(const char *text, size_t len);

/* What else a config says about data centres. */
struct mtproto_dc_config {
	uint32_t date;    /* of the server, Unix time */
	uint32_t expires; /* when to ask again */
	int32_t this_dc;
	bool test_mode;
	bool force_try_ipv6;
};

/* Takes over the data centres of a config, the answer of help.getConfig in any of its three versions (layers up to 144,
 * to 153, and from 154). Options of each data centre that it names replace the old ones; the others stay. Options with
 * an address or secret that can't be used are left out. config may be NULL. On error the table is unchanged.
 * Errors: MTPROTO_ERR_CONSTRUCTOR, MTPROTO_ERR_TRUNCATED, MTPROTO_ERR_ENCODING, MTPROTO_ERR_DC (the config is of the
 * other environment), MTPROTO_ERR_LIMIT, MTPROTO_ERR_MEMORY. */
MTPROTO_MUST_USE MTPROTO_API int mtproto_dc_table_update(struct mtproto_dc_table *table, const void *data, size_t len,
							 struct mtproto_dc_config *config);

/* ---- Errors of calls ---- */

/* An rpc_error's text in its parts: FLOOD_WAIT_30 is FLOOD_WAIT and 30. A text without a number of at most 31 bits
 * behind its last _ is all name. */
struct mtproto_rpc_error_parts {
	struct mtproto_span name; /* inside the text */
	bool has_number;
	uint32_t number; /* 0 without */
};

MTPROTO_API void mtproto_rpc_error_split(struct mtproto_rpc_error_parts *out, const char *text, size_t len);

enum mtproto_migrate_kind {
	MTPROTO_MIGRATE_PHONE = 1, /* sign in there: make it the home data centre */
	MTPROTO_MIGRATE_NETWORK,   /* the same, for where the client is */
	MTPROTO_MIGRATE_USER,      /* the account lives there: it is the home data centre */
	MTPROTO_MIGRATE_FILE,      /* the file is there; the home stays */
	MTPROTO_MIGRATE_STATS,     /* the statistics are there; the home stays */
	MTPROTO_MIGRATE_OTHER      /* a newer X_MIGRATE_n */
};

struct mtproto_migrate {
	enum mtproto_migrate_kind kind;
	int32_t dc;
};

/* Reads X_MIGRATE_n of an rpc_error's text. Errors: MTPROTO_ERR_NOT_FOUND: it is another error. */
MTPROTO_MUST_USE MTPROTO_API int mtproto_migrate_parse(struct mtproto_migrate *out, const char *text, size_t len);

enum mtproto_wait_kind {
	MTPROTO_WAIT_FLOOD = 1, /* FLOOD_WAIT_n, FLOOD_TEST_PHONE_WAIT_n */
	MTPROTO_WAIT_PREMIUM,   /* FLOOD_PREMIUM_WAIT_n: files, shorter for those who pay */
	MTPROTO_WAIT_SLOWMODE,  /* SLOWMODE_WAIT_n: in this chat only */
	MTPROTO_WAIT_TAKEOUT,   /* TAKEOUT_INIT_DELAY_n */
	MTPROTO_WAIT_FRESH,     /* PASSWORD_TOO_FRESH_n, SESSION_TOO_FRESH_n */
	MTPROTO_WAIT_OTHER      /* a newer X_WAIT_n */
};

struct mtproto_wait {
	enum mtproto_wait_kind kind;
	uint32_t seconds;
};

/* Reads how long an rpc_error's text says to wait. Errors: MTPROTO_ERR_NOT_FOUND: it is another error. */
MTPROTO_MUST_USE MTPROTO_API int mtproto_wait_parse(struct mtproto_wait *out, const char *text, size_t len);

#ifdef __cplusplus
}
#endif

#endif
