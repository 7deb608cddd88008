/* Values inside service objects that the library passes over without taking them apart. */
#ifndef MTP_TL_SKIP_H
#define MTP_TL_SKIP_H

#include <mtproto/tl.h>

/* How deep arrays and objects of a JSONValue may nest. */
#define MTP_TL_JSON_DEPTH_MAX 32

/* A view of all that is left: an object of any type. MTPROTO_ERR_TRUNCATED when there is not even an id. */
struct mtproto_span mtp_tl_read_object(struct mtproto_tl_reader *r);

/* A view of one JSONValue. MTPROTO_ERR_CONSTRUCTOR when there is none, MTPROTO_ERR_ENCODING when it nests deeper than
 * MTP_TL_JSON_DEPTH_MAX. */
struct mtproto_span mtp_tl_read_json(struct mtproto_tl_reader *r);

#endif
