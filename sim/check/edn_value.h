/*
 * Values of EDN (edn-format.org) as JSON, read from a source of lines by recursive descent; a value
 * may go over many lines.
 *
 * nil, true, false, numbers, strings, lists and maps are what they are in JSON; N and M behind a
 * number are passed over, and so are tags (#inst "..."). What JSON has no word for becomes a
 * string: a keyword :a/b is "a/b", a symbol, a character \c and a ratio 1/2 are as they are
 * written, ##NaN too. A set is a list in one order, whatever its own; a map's key that is no string
 * is its JSON in a string. Comments and #_ discarded values are spaces.
 *
 * O(size), sets O(size log size). Bounded: EDN_DEPTH_MAX levels, EDN_BYTES_MAX for all that is
 * kept.
 */
#ifndef CHECK_EDN_VALUE_H
#define CHECK_EDN_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

enum { EDN_DEPTH_MAX = 64, EDN_BYTES_MAX = 16 << 20 };

/* The items of a vector: how many, where in the JSON the first two are, whether the second is a
   vector of two. */
struct edn_items {
    size_t count, begin[2], end[2];
    bool second_is_pair;
};

struct edn {
    bool (*next_line)(void *context, const char **line, size_t *size); /* false: there is none */
    void *context;
    struct text *json, *error;
    const char *begin, *at, *end; /* the line */
    uint32_t line;                /* its number, from 1 */
    bool is_over;                 /* all lines are read; at == end */
    bool lets_go;                 /* what is read is not kept */
    int depth;
    struct edn_items items; /* of the value that was read last; none: it is no vector */
};

/* What follows is added to the JSON, or let go; spaces before it are passed over. False: `error`
   says why. */
bool edn_value(struct edn *);
bool edn_let_go(struct edn *);
/* To what comes next, or to the end of all. False: a discarded value is wrong. */
bool edn_space(struct edn *);
/* A tag, if there is one, up to what it is the tag of. */
bool edn_tag(struct edn *);
/* Keyword, symbol or the like: its name, as long as the line. */
bool edn_name(struct edn *, const char **name, size_t *size);
/* What is there, and what was expected, as a sentence; the first that is wrong stays. False. */
bool edn_wrong(struct edn *, const char *expected, ...) __attribute__((format(printf, 2, 3)));

#endif
