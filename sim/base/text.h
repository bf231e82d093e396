/*
 * Builds text for people and files: a growing, always terminated string. Owner: who declared it;
 * text_free when done. A zeroed struct is an empty text.
 */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

struct text {
    char *data; /* terminated; NULL until the first addition */
    size_t size, capacity;
};

void text_add(struct text *, const char *format, ...) __attribute__((format(printf, 2, 3)));
void text_add_list(struct text *, const char *format, va_list)
    __attribute__((format(printf, 2, 0)));
void text_add_bytes(struct text *, const void *, size_t); /* as they are */
void text_add_char(struct text *, char);
void text_pad_to(struct text *, size_t column); /* spaces up to that column of the last line */
enum { TEXT_COLUMNS = 80 };        /* what is for people fits in so many */
size_t text_columns(const char *); /* of UTF-8; colours have none */
/* Words over as many lines as they take, none of which begins before `indent`; the first goes on
 * where the last line ends. A newline at the end. */
void text_add_wrapped(struct text *, size_t indent, const char *words);
void text_clear(struct text *);
void text_free(struct text *);
const char *text_string(const struct text *); /* "" when empty; until the next addition */

/* The bytes as a JSON string with its quotes; bytes that are not UTF-8 become U+FFFD. */
void text_add_json(struct text *, const void *, size_t);
/* A duration with three significant digits and its unit: 1.5ms, 12s. */
void text_add_ns(struct text *, int64_t ns);
void text_add_bytes_count(struct text *, int64_t bytes); /* 1.50MB; 1000-based as in units.h */
void text_add_lsn(struct text *, int64_t lsn);           /* 0/3000060 */

#endif
