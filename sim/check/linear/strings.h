/*
 * Strings as the states of kv. A string is kept as what was there before and what was appended:
 * a chain of values that the history has anyway, so a thousand appends cost a thousand small
 * records and no copy of any text. One text is one state, however it was put together ("ab"; "a"
 * and "b"): its chain is the first that was met.
 *
 * Texts are the insides of canonical JSON strings, in which each character is written in one
 * way: the canonical form of two strings one after the other is that of the first and that of
 * the second.
 */
#ifndef CHECK_LINEAR_STRINGS_H
#define CHECK_LINEAR_STRINGS_H

#include "check/linear/spec.h"

enum { STRING_EMPTY = 0 }; /* the state */

/* The text of a value of the history, and its size. */
const char *string_inside(const struct linear_states *, uint32_t value, size_t *size);
bool string_first(struct linear_states *); /* makes the empty one. False: the limit */
/* The state `before` with that value behind it; LINEAR_NONE: the limit. */
uint32_t string_join(struct linear_states *, uint32_t before, uint32_t value);
/* Is the string a beginning of the value? From its end backwards; each string remembers the value
 * that it was compared with last. The search asks about one get many times, each time of a string
 * that is one longer than the one before, so a comparison touches the last link alone. */
bool string_begins(struct linear_states *, uint32_t state, uint32_t value);
/* How many bytes the text has in common with the string's from `from` on. */
size_t string_in_common(const struct linear_states *, uint32_t state, size_t from,
                        const char *text, size_t size);
/* The string up to and with the value that has this byte; `at` is less than its size. */
uint32_t string_up_to(const struct linear_states *, uint32_t state, size_t at);
bool string_describe(const struct linear_states *, uint32_t state, size_t whole_max, struct text *);

#endif
