/* An intrusive doubly linked list. A node is a member of the object in it; a zeroed node is in no list. */
#ifndef MTP_BASE_LIST_H
#define MTP_BASE_LIST_H

#include <stdbool.h>
#include <stddef.h>

struct mtp_node {
	struct mtp_node *prev;
	struct mtp_node *next;
};

struct mtp_list {
	struct mtp_node head; /* of a ring: first is head.next, last head.prev */
};

/* The object that holds a node as the member of that name. */
#define MTP_OF(node, type, member) ((type *)(void *)((char *)(node)-offsetof(type, member)))

static inline void mtp_list_init(struct mtp_list *list)
{
	list->head.prev = list->head.next = &list->head;
}

static inline bool mtp_list_linked(const struct mtp_node *node)
{
	return node->next != NULL;
}

static inline bool mtp_list_empty(const struct mtp_list *list)
{
	return list->head.next == &list->head;
}

static inline void mtp_list_append(struct mtp_list *list, struct mtp_node *node)
{
	node->prev = list->head.prev;
	node->next = &list->head;
	node->prev->next = node;
	list->head.prev = node;
}

static inline void mtp_list_prepend(struct mtp_list *list, struct mtp_node *node)
{
	node->next = list->head.next;
	node->prev = &list->head;
	node->next->prev = node;
	list->head.next = node;
}

/* after may be the head of the list: then node becomes the first. */
static inline void mtp_list_insert_after(struct mtp_node *after, struct mtp_node *node)
{
	node->prev = after;
	node->next = after->next;
	after->next->prev = node;
	after->next = node;
}

/* Legal for a node that is in no list. */
static inline void mtp_list_remove(struct mtp_node *node)
{
	if (!node->next)
		return;
	node->prev->next = node->next;
	node->next->prev = node->prev;
	node->prev = node->next = NULL;
}

/* NULL when the list is empty. */
static inline struct mtp_node *mtp_list_first(const struct mtp_list *list)
{
	return mtp_list_empty(list) ? NULL : list->head.next;
}

/* The node after this one, NULL at the end. */
static inline struct mtp_node *mtp_list_after(const struct mtp_list *list, const struct mtp_node *node)
{
	return node->next == &list->head ? NULL : node->next;
}

/* Takes the first node out; NULL when the list is empty. */
static inline struct mtp_node *mtp_list_pop(struct mtp_list *list)
{
	struct mtp_node *node = mtp_list_first(list);

	if (node)
		mtp_list_remove(node);
	return node;
}

#endif
