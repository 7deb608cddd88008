/* All of libmtproto. The headers of libmtproto-client (account.h, client.h, json.h, session_store.h, sqlite.h and uv.h)
 * are included on their own. */
#ifndef MTPROTO_MTPROTO_H
#define MTPROTO_MTPROTO_H

#include <mtproto/arena.h>
#include <mtproto/base.h>
#include <mtproto/base64.h>
#include <mtproto/bind.h>
#include <mtproto/connection.h>
#include <mtproto/context.h>
#include <mtproto/crypto.h>
#include <mtproto/dc.h>
#include <mtproto/dh.h>
#include <mtproto/error.h>
#include <mtproto/event.h>
#include <mtproto/fault.h>
#include <mtproto/gzip.h>
#include <mtproto/handshake.h>
#include <mtproto/handshake_server.h>
#include <mtproto/link.h>
#include <mtproto/message.h>
#include <mtproto/message_plain.h>
#include <mtproto/msg_id.h>
#include <mtproto/pq.h>
#include <mtproto/reconnect.h>
#include <mtproto/rsa.h>
#include <mtproto/salts.h>
#include <mtproto/schema.h>
#include <mtproto/server.h>
#include <mtproto/service.h>
#include <mtproto/service_parts.h>
#include <mtproto/session.h>
#include <mtproto/stats.h>
#include <mtproto/store.h>
#include <mtproto/string_session.h>
#include <mtproto/tl.h>
#include <mtproto/trace.h>
#include <mtproto/transport.h>
#include <mtproto/update_state.h>
#include <mtproto/updates.h>
#include <mtproto/value.h>
#include <mtproto/version.h>

#endif
