/*
 * One line of a history file as an event (FORMATS.md, section 3). Strict: what is missing, of
 * another type, twice there or unknown as a type is an error with what was found and what was
 * expected. Fields that nobody knows are read and let go, and so is what a nemesis has to say
 * beside its time and name: it may be a map of the whole cluster.
 *
 * Owner of its text: event_free when done; an event is used for line after line.
 */
#ifndef CHECK_EVENT_H
#define CHECK_EVENT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

enum event_field {
    FIELD_INDEX, FIELD_TIME, FIELD_PROCESS, FIELD_TYPE, FIELD_F, FIELD_KEY, FIELD_VALUE,
    FIELD_ERROR, FIELD_CLIENT, FIELD_VERSION, FIELDS,
};
enum event_type { EVENT_INVOKE, EVENT_OK, EVENT_FAIL, EVENT_INFO };

/* What the file has for a field, where the line was made from it (edn.h): messages show that. */
struct event_shown {
    char bytes[40];
    uint8_t size;
    bool is_cut;
};

struct event {
    struct text text; /* canonical JSON of all fields */
    struct { size_t begin, size; } fields[FIELDS]; /* size 0: not there */
    enum event_field next_field, reading; /* reading: the one that is read, or was read last */
    const char *postponed; /* a value whose process stands behind it; NULL: none */
    enum event_type type;
    const struct event_shown *shown; /* NULL: the file has the line as it is */
    int64_t time, version; /* version: where its field is there */
    bool is_nemesis;       /* of no client: only its time is sure, and f where it is a string */
};

/* False with a sentence in `error`. A null as key, error, client or version is as none. `shown`:
 * FIELDS of them, for a line that was made from EDN; NULL: the line is what the file has. */
bool event_read(struct event *, const char *line, size_t size, const struct event_shown *shown,
                struct text *error);
static inline bool event_has(const struct event *e, enum event_field f) {
    return e->fields[f].size > 0;
}
static inline const char *event_field(const struct event *e, enum event_field f) {
    return text_string(&e->text) + e->fields[f].begin;
}
static inline size_t event_size(const struct event *e, enum event_field f) {
    return e->fields[f].size;
}
/* As the file has it, or its beginning. */
void event_add_shown(const struct event *, enum event_field, struct text *);
void event_free(struct event *);

const char *event_field_name(enum event_field);
/* FIELDS: none. `next`: which is tried first, and then the one after. */
enum event_field event_field_named(enum event_field *next, const char *name, size_t size);
/* Nobody reads it: of a nemesis, or of all. */
bool event_lets_go(enum event_field, bool is_of_nemesis);

#endif
