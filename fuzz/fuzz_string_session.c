/* Strings that may be sessions. What is read is written in its own form, which reads the same again. */
#include <mtproto/string_session.h>

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct mtproto_string_session session, again;
	enum mtproto_string_session_form form, form_again;
	char text[MTPROTO_STRING_SESSION_SIZE];
	const char *reason;

	if (mtproto_string_session_read(&session, &form, &reason, (const char *)data, len)) {
		if (!reason || form)
			abort();
		return 0;
	}
	/* A form may be read with what it is never written with: Pyrogram's without a user. */
	if (mtproto_string_session_write(text, sizeof(text), &reason, &session, form)) {
		if (!reason)
			abort();
		return 0;
	}
	if (mtproto_string_session_read(&again, &form_again, NULL, text, strlen(text)) || form != form_again ||
	    memcmp(&session, &again, sizeof(session)) != 0)
		abort();
	return 0;
}
