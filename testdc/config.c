/* The answer of help.getConfig: one table for its three versions, which differ in what they have, not in its order.
 * Source: core.telegram.org/constructor/config and its older layers. */
#include "testdc/methods.h"

#include <string.h>

enum {
	CONFIG_TO_144 = 1,   /* config#330b4067 */
	CONFIG_TO_153 = 2,   /* config#232566ac, the same with another optional member */
	CONFIG_FROM_154 = 4, /* config#cc1a241e */
	CONFIG_ALL = CONFIG_TO_144 | CONFIG_TO_153 | CONFIG_FROM_154,
	CONFIG_OLD = CONFIG_TO_144 | CONFIG_TO_153
};

#define DC_OPTION                0x18b7a10du
#define DC_OPTION_IPV6           (1u << 0)
#define DC_OPTION_THIS_PORT_ONLY (1u << 5)

/* A client stops asking again and again when it finds its own data centre and the other main ones in the list. */
#define MAIN_DCS 5

#define CONFIG_LIFE_SECONDS 3600u

struct setting {
	const char *name;
	int32_t value;
	unsigned versions;
};

static const struct setting limits[] = {
	{"chat_size_max", 200, CONFIG_ALL},
	{"megagroup_size_max", 200000, CONFIG_ALL},
	{"forwarded_count_max", 100, CONFIG_ALL},
	{"online_update_period_ms", 210000, CONFIG_ALL},
	{"offline_blur_timeout_ms", 5000, CONFIG_ALL},
	{"offline_idle_timeout_ms", 30000, CONFIG_ALL},
	{"online_cloud_timeout_ms", 300000, CONFIG_ALL},
	{"notify_cloud_delay_ms", 30000, CONFIG_ALL},
	{"notify_default_delay_ms", 1500, CONFIG_ALL},
	{"push_chat_period_ms", 60000, CONFIG_ALL},
	{"push_chat_limit", 2, CONFIG_ALL},
	{"saved_gifs_limit", 200, CONFIG_OLD},
	{"edit_time_limit", 172800, CONFIG_ALL},
	{"revoke_time_limit", 172800, CONFIG_ALL},
	{"revoke_pm_time_limit", 172800, CONFIG_ALL},
	{"rating_e_decay", 2419200, CONFIG_ALL},
	{"stickers_recent_limit", 200, CONFIG_ALL},
	{"stickers_faved_limit", 5, CONFIG_OLD},
	{"channels_read_media_period", 604800, CONFIG_ALL},
	{"pinned_dialogs_count_max", 5, CONFIG_OLD},
	{"pinned_infolder_count_max", 100, CONFIG_OLD},
	{"call_receive_timeout_ms", 20000, CONFIG_ALL},
	{"call_ring_timeout_ms", 90000, CONFIG_ALL},
	{"call_connect_timeout_ms", 30000, CONFIG_ALL},
	{"call_packet_timeout_ms", 10000, CONFIG_ALL},
};

static const struct setting limits_after_url[] = {
	{"caption_length_max", 1024, CONFIG_ALL},
	{"message_length_max", 4096, CONFIG_ALL},
	{"webfile_dc_id", 4, CONFIG_ALL},
};

static unsigned version_of_layer(int32_t layer)
{
	if (layer >= 154 || layer == 0)
		return CONFIG_FROM_154;
	return layer >= 145 ? CONFIG_TO_153 : CONFIG_TO_144;
}

static uint32_t id_of_version(unsigned version)
{
	switch (version) {
	case CONFIG_TO_144:
		return 0x330b4067u;
	case CONFIG_TO_153:
		return 0x232566acu;
	default:
		return 0xcc1a241eu;
	}
}

static void write_settings(struct mtproto_tl_writer *w, unsigned version, const struct setting *settings, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (settings[i].versions & version)
			mtproto_tl_write_int(w, settings[i].value);
}

static void write_dc_option(struct mtproto_tl_writer *w, const struct testdc *dc, int32_t number)
{
	uint32_t flags = DC_OPTION_THIS_PORT_ONLY;

	if (strchr(dc->address, ':'))
		flags |= DC_OPTION_IPV6;
	mtproto_tl_write_u32(w, DC_OPTION);
	mtproto_tl_write_u32(w, flags);
	mtproto_tl_write_int(w, number);
	mtproto_tl_write_string(w, dc->address);
	mtproto_tl_write_int(w, dc->port);
}

static void write_dc_options(struct mtproto_tl_writer *w, const struct testdc *dc, int32_t this_dc)
{
	bool other = this_dc > MAIN_DCS;

	mtproto_tl_write_vector(w, MAIN_DCS + (other ? 1 : 0));
	for (int32_t number = 1; number <= MAIN_DCS; number++)
		write_dc_option(w, dc, number);
	if (other)
		write_dc_option(w, dc, this_dc);
}

void testdc_write_config(struct testdc_request *request)
{
	unsigned version = version_of_layer(request->layer);
	struct mtproto_tl_writer *w = &request->out;
	int32_t this_dc = testdc_this_dc(request);

	mtproto_tl_write_u32(w, id_of_version(version));
	mtproto_tl_write_u32(w, 0); /* flags: none of the optional members */
	mtproto_tl_write_u32(w, request->date);
	mtproto_tl_write_u32(w, request->date + CONFIG_LIFE_SECONDS);
	mtproto_tl_write_bool(w, request->dc->dc > 10000);
	mtproto_tl_write_int(w, this_dc);
	write_dc_options(w, request->dc, this_dc);
	mtproto_tl_write_string(w, ""); /* dc_txt_domain_name: there is no such domain */
	write_settings(w, version, limits, sizeof(limits) / sizeof(limits[0]));
	mtproto_tl_write_string(w, "https://t.me/");
	write_settings(w, version, limits_after_url, sizeof(limits_after_url) / sizeof(limits_after_url[0]));
}
