#include <mtproto/version.h>

#define TEXT_OF(x) #x
#define TEXT(x)    TEXT_OF(x)

uint32_t mtproto_version(void)
{
	return MTPROTO_VERSION;
}

const char *mtproto_version_string(void)
{
	return TEXT(MTPROTO_VERSION_MAJOR) "." TEXT(MTPROTO_VERSION_MINOR) "." TEXT(MTPROTO_VERSION_PATCH);
}
