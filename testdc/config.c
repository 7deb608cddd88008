/* Where clients are. The answer of help.getConfig: one table for its three versions, which differ in what they have,
 * not in its order. Source: core.telegram.org/constructor/config and its older layers. */
#include "testdc/methods.h"

#include <mtproto/dc.h>
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

#define NEAREST_DC 0x8e1a1775u
#define CDN_CONFIG 0x5725e40au

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

static void write_dc_option(struct mtproto_tl_writer *w, const struct testdc_centre *centre, int32_t number)
{
	uint32_t flags = DC_OPTION_THIS_PORT_ONLY;

	if (strchr(centre->address, ':'))
		flags |= DC_OPTION_IPV6;
	mtproto_tl_write_u32(w, DC_OPTION);
	mtproto_tl_write_u32(w, flags);
	mtproto_tl_write_int(w, number);
	mtproto_tl_write_string(w, centre->address);
	mtproto_tl_write_int(w, centre->port);
}

/* The one with this number; where there is none, the one that was asked takes its place. */
static const struct testdc_centre *centre_for(const struct testdc_request *request, int32_t number)
{
	const struct testdc *testdc = request->testdc;

	for (size_t i = 0; testdc->centre_count > 1 && i < testdc->centre_count; i++)
		if (testdc_number(testdc->centres[i].dc) == number)
			return &testdc->centres[i];
	return request->centre;
}

/* The main ones, then this one and the others that are served, each once. */
static uint32_t list_numbers(const struct testdc_request *request, int32_t numbers[MAIN_DCS + 1 + TESTDC_CENTRES_MAX])
{
	const struct testdc *testdc = request->testdc;
	uint32_t count = 0;

	for (int32_t number = 1; number <= MAIN_DCS; number++)
		numbers[count++] = number;
	if (testdc_this_dc(request) > MAIN_DCS)
		numbers[count++] = testdc_this_dc(request);
	for (size_t i = 0; testdc->centre_count > 1 && i < testdc->centre_count; i++) {
		int32_t number = testdc_number(testdc->centres[i].dc);

		if (number > MAIN_DCS && number != testdc_this_dc(request))
			numbers[count++] = number;
	}
	return count;
}

static void write_dc_options(struct testdc_request *request)
{
	int32_t numbers[MAIN_DCS + 1 + TESTDC_CENTRES_MAX];
	uint32_t count = list_numbers(request, numbers);

	mtproto_tl_write_vector(&request->out, count);
	for (uint32_t i = 0; i < count; i++)
		write_dc_option(&request->out, centre_for(request, numbers[i]), numbers[i]);
}

void testdc_get_config(struct testdc_request *request)
{
	unsigned version = version_of_layer(request->layer);
	struct mtproto_tl_writer *w = &request->out;

	mtproto_tl_write_u32(w, id_of_version(version));
	mtproto_tl_write_u32(w, 0); /* flags: none of the optional members */
	mtproto_tl_write_u32(w, request->date);
	mtproto_tl_write_u32(w, request->date + CONFIG_LIFE_SECONDS);
	mtproto_tl_write_bool(w, request->centre->dc > MTPROTO_DC_TEST_BASE);
	mtproto_tl_write_int(w, testdc_this_dc(request));
	write_dc_options(request);
	mtproto_tl_write_string(w, ""); /* dc_txt_domain_name: there is no such domain */
	write_settings(w, version, limits, sizeof(limits) / sizeof(limits[0]));
	mtproto_tl_write_string(w, "https://t.me/");
	write_settings(w, version, limits_after_url, sizeof(limits_after_url) / sizeof(limits_after_url[0]));
}

void testdc_get_nearest_dc(struct testdc_request *request)
{
	int32_t this_dc = testdc_this_dc(request);

	mtproto_tl_write_u32(&request->out, NEAREST_DC);
	mtproto_tl_write_string(&request->out, "ZZ"); /* ISO 3166: unknown */
	mtproto_tl_write_int(&request->out, this_dc);
	mtproto_tl_write_int(&request->out, this_dc);
}

void testdc_get_cdn_config(struct testdc_request *request)
{
	mtproto_tl_write_u32(&request->out, CDN_CONFIG);
	mtproto_tl_write_vector(&request->out, 0);
}
