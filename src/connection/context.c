/* The context from its making to its end. Its loop is in process.c. */
#include "connection/context.h"

#include "base/memory.h"
#include "connection/link.h"
#include "connection/trace.h"
#include "crypto/random.h"

#include <string.h>

void mtproto_context_config_init(struct mtproto_context_config *config)
{
	memset(config, 0, sizeof(*config));
	config->size = sizeof(*config);
	config->frame_size_max = MTPROTO_FRAME_SIZE_MAX_DEFAULT;
	config->inflated_size_max = 16u << 20;
	config->link_send_max = 1u << 20;
}

static void fill_env(struct mtproto_context *context)
{
	context->env.allocator = &context->allocator;
	context->env.random = context->random;
	context->env.pool = &context->pool;
	context->env.timers = &context->timers;
	context->env.inflater = &context->inflater;
}

int mtproto_context_new(struct mtproto_context **out, const struct mtproto_context_config *config)
{
	struct mtproto_context_config defaults;
	struct mtproto_allocator allocator;
	struct mtproto_context *context;
	int error;

	mtproto_context_config_init(&defaults);
	if (!config)
		config = &defaults;
	if (config->size != sizeof(*config))
		return MTPROTO_ERR_CONFIG_SIZE;
	if (config->frame_size_max < MTPROTO_PACKET_SIZE_MIN || config->frame_size_max > INT32_MAX ||
	    config->link_send_max == 0)
		return MTPROTO_ERR_ARGUMENT;
	allocator = mtp_allocator_or_default(config->allocator);
	context = mtp_alloc_zero(&allocator, sizeof(*context));
	if (!context)
		return MTPROTO_ERR_MEMORY;
	context->allocator = allocator;
	context->config = *config;
	context->config.allocator = NULL;
	context->config.random = NULL;
	if (config->random) {
		context->random_hooks = *config->random;
		context->random = &context->random_hooks;
	}
	mtp_random_ahead_init(&context->padding, context->random);
	context->kernels = mtproto_kernels_get(config->kernels);
	mtp_pool_init(&context->pool, &context->allocator, MTP_POOL_KEPT_MAX);
	mtp_timers_init(&context->timers, &context->allocator);
	mtp_events_init(&context->events, &context->pool);
	mtproto_dh_cache_init(&context->dh_cache);
	context->dh_cache.known_prime_only = config->known_dh_prime_only;
	mtp_list_init(&context->endpoints);
	mtp_list_init(&context->filed);
	mtp_list_init(&context->due);
	mtp_list_init(&context->writable);
	fill_env(context);
	error = context->kernels ? mtp_random_fill(context->random, &context->env.map_seed, 8) : MTPROTO_ERR_ARGUMENT;
	if (error) {
		mtproto_context_free(context);
		return error;
	}
	*out = context;
	return 0;
}

void mtproto_context_free(struct mtproto_context *context)
{
	struct mtproto_allocator allocator;
	struct mtp_node *node;

	if (!context)
		return;
	while ((node = mtp_list_first(&context->endpoints))) {
		struct mtp_endpoint *endpoint = MTP_OF(node, struct mtp_endpoint, node);

		endpoint->ops->free(endpoint);
	}
	mtp_events_fini(&context->events);
	mtp_inflater_fini(&context->inflater);
	mtp_deflater_fini(&context->deflater);
	mtp_timers_fini(&context->timers);
	for (size_t i = 0; i < context->rsa_key_count; i++)
		mtproto_rsa_free(context->rsa_keys[i]);
	mtp_pool_fini(&context->pool);
	allocator = context->allocator;
	mtp_release_secret(&allocator, context, sizeof(*context));
}

int mtproto_context_add_rsa(struct mtproto_context *context, const char *pem, size_t len)
{
	int error;

	if (context->rsa_key_count == MTP_RSA_KEYS_MAX)
		return MTPROTO_ERR_LIMIT;
	error = mtproto_rsa_from_pem(&context->rsa_keys[context->rsa_key_count], pem, len);
	if (error)
		return error;
	context->rsa_key_count++;
	return 0;
}

int mtp_context_trusted_keys(struct mtproto_context *context, const struct mtproto_rsa *const **keys, size_t *count)
{
	const char *production = mtproto_rsa_production_pem();
	const char *test = mtproto_rsa_test_pem();
	int error = 0;

	if (context->rsa_key_count == 0) {
		error = mtproto_context_add_rsa(context, production, strlen(production));
		if (!error)
			error = mtproto_context_add_rsa(context, test, strlen(test));
	}
	*keys = (const struct mtproto_rsa *const *)context->rsa_keys;
	*count = context->rsa_key_count;
	return error;
}

void mtp_context_set_now(struct mtproto_context *context, const struct mtproto_now *now)
{
	if (now->mono_ns >= context->now.mono_ns)
		context->now = *now;
}

void mtp_context_due(struct mtproto_context *context, struct mtp_sender *sender)
{
	if (!mtp_list_linked(&sender->node))
		mtp_list_append(&context->due, &sender->node);
}

static void delay_is_over(struct mtp_timer *timer, const struct mtproto_now *now)
{
	struct mtp_sender *sender = MTP_OF(timer, struct mtp_sender, timer);

	(void)now;
	/* A link that comes later makes it due at once. */
	if (sender->link)
		mtp_context_due(sender->link->context, sender);
}

int mtp_sender_init(struct mtp_sender *sender, struct mtproto_context *context, struct mtp_session *session,
		    uint64_t delay_ns)
{
	sender->session = session;
	sender->delay_ns = delay_ns;
	return delay_ns ? mtp_timer_init(&context->timers, &sender->timer, delay_is_over) : 0;
}

void mtp_sender_fini(struct mtp_sender *sender)
{
	mtp_list_remove(&sender->node);
	mtp_timer_fini(&sender->timer);
}

void mtp_sender_wake(struct mtproto_context *context, struct mtp_sender *sender)
{
	if (sender->delay_ns == 0)
		mtp_context_due(context, sender);
	else if (sender->timer.position == 0)
		mtp_timer_set(&sender->timer, mtp_later(&context->now, sender->delay_ns));
}

void mtp_sender_move(struct mtproto_context *context, struct mtp_sender *sender, struct mtproto_link *link)
{
	mtp_list_remove(&sender->node);
	sender->link = link;
	if (!link)
		return;
	mtp_trace_key(link, sender->session->key);
	mtp_context_due(context, sender);
}

const struct mtproto_kernels *mtproto_context_kernels(const struct mtproto_context *context)
{
	return context->kernels;
}
