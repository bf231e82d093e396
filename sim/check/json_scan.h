/*
 * A strict reader of JSON (RFC 8259) that writes each value in one canonical form: equal values
 * have equal bytes, whatever their spaces, escapes, order of members or way to write a number.
 * Numbers are what their digits say, never a double: 1e20 is 100000000000000000000,
 * 9007199254740993 is not 9007199254740992, and 0.1 is not 0.1000000000000000055. Bounded:
 * JSON_DEPTH_MAX levels, JSON_MEMBERS_MAX members of an object within a value, exponents of nine
 * digits. UTF-8 is checked, and half of a surrogate pair is refused.
 *
 * Borrows the text. O(size), but for objects, whose members are sorted by insertion.
 */
#ifndef CHECK_JSON_SCAN_H
#define CHECK_JSON_SCAN_H

#include <stdbool.h>

#include "base/text.h"

enum { JSON_DEPTH_MAX = 64, JSON_MEMBERS_MAX = 256 };

struct json_scan {
    const char *begin, *at, *end;
    int depth;
    bool lets_go;         /* what lists and objects hold is read, and not kept: they may be of
                             any size */
    const char *expected; /* at `at`, in words; set when something else is there */
};

static inline struct json_scan json_scan_over(const char *text, size_t size) {
    return (struct json_scan){text, text, text + size, 0, false, NULL};
}
void json_scan_space(struct json_scan *);
/* Passes over this character, after spaces. False, and `expected` as it is, when another is
   there. */
bool json_scan_takes(struct json_scan *, char);
/* One value, after spaces; its canonical form is added. False: `expected` says what is not
   there. */
bool json_scan_value(struct json_scan *, struct text *);
/* What is at `at`, and what was expected, as a sentence. */
void json_scan_explain(const struct json_scan *, struct text *);

#endif
