/*
 * A value in few words: of a long one its beginning, its end, and how many bytes it has. A history
 * may hold values of megabytes, and what is said about it is read by people, and kept.
 */
#ifndef CHECK_BRIEF_H
#define CHECK_BRIEF_H

#include <stdbool.h>

#include "base/text.h"
#include "check/history.h"

/* so many bytes stay whole, in a sentence and in JSON */
enum { BRIEF_WORDS = 60, BRIEF_JSON = 600 };

/* True: it was short enough to stay whole. No character is cut through. */
bool brief_add(struct text *, const char *bytes, size_t size, size_t whole_max);
/* The same of what is known by its ends alone. So many bytes of each are wanted:
 * brief_end(whole_max). */
static inline size_t brief_end(size_t whole_max) { return whole_max * 2 / 5; }
void brief_add_ends(struct text *, const char *head, const char *tail, size_t end_size,
                    size_t size);
/* JSON as it is; of more than BRIEF_JSON bytes a JSON string with the brief form in it. */
void brief_add_json(struct text *, const char *json, size_t size);
/* What was asked, and what a read saw: "read 7", "cas [1,2]: failed"; of unknown outcome "write
   3 ?". */
void brief_add_operation(struct text *, const struct history *, const struct operation *,
                         size_t whole_max);

#endif
