/*
 * One line of a history file as an event (FORMATS.md, section 3). Strict: what is missing, of another
 * type, twice there or unknown as a type is an error with what was found and what was expected. Fields
 * that nobody knows are read and let go, and so is what a nemesis has to say beside its time and name: it may be a
 * map of the whole cluster.
 *
 * Owner of its text: event_free when done; an event is used for line after line.
 */
#ifndef CHECK_EVENT_H
#define CHECK_EVENT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

enum event_field {
    FIELD_INDEX, FIELD_TIME, FIELD_PROCESS, FIELD_TYPE, FIELD_F, FIELD_KEY, FIELD_VALUE, FIELD_ERROR,
    FIELD_CLIENT, FIELD_VERSION, FIELDS,
};
enum event_type { EVENT_INVOKE, EVENT_OK, EVENT_FAIL, EVENT_INFO };

struct event {
    struct text text; /* canonical JSON of all fields */
    struct { size_t begin, size; } fields[FIELDS]; /* size 0: not there */
    enum event_field next_field;
    const char *postponed; /* a value whose process stands behind it; NULL: none */
    enum event_type type;
    int64_t time, version; /* version: where its field is there */
    bool is_nemesis;       /* of no client: only its time is sure, and f where it is a string */
};

/* False with a sentence in `error`. A null as key, error, client or version is as none. */
bool event_read(struct event *, const char *line, size_t size, struct text *error);
static inline bool event_has(const struct event *e, enum event_field f) { return e->fields[f].size > 0; }
static inline const char *event_field(const struct event *e, enum event_field f) {
    return text_string(&e->text) + e->fields[f].begin;
}
static inline size_t event_size(const struct event *e, enum event_field f) { return e->fields[f].size; }
void event_free(struct event *);

#endif
