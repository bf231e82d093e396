/*
 * Writes JSON, indented, into a text. Keys come in the order of the calls; NULL as a key is for the
 * elements of a list. Closing what was opened is the caller's business.
 */
#ifndef REPORT_JSON_H
#define REPORT_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

struct json {
    struct text *out;
    int depth;
    bool filled; /* the innermost object or list has an element */
    int flat;    /* > 0: inside something written on one line */
};

void json_open(struct json *, const char *key, char bracket);        /* '{' or '[' */
void json_open_flat(struct json *, const char *key, char bracket);   /* the same, on one line */
void json_close(struct json *, char bracket);                        /* '}' or ']' */
void json_string(struct json *, const char *key, const char *value); /* NULL: null */
void json_integer(struct json *, const char *key, int64_t value);
/* 16 hexadecimal digits, in quotes */
void json_digest(struct json *, const char *key, uint64_t value);
void json_raw(struct json *, const char *key, const char *value); /* as it is: JSON already */
void json_bool(struct json *, const char *key, bool value);

#endif
