/* Tells on stderr what happens in a data centre, a line for each event. */
#ifndef CLI_EVENT_LOG_H
#define CLI_EVENT_LOG_H

#include <mtproto/event.h>

void event_log(const struct mtproto_event *event);

#endif
