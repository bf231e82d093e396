/*
 * Text for people and files.
 *
 * The numbers with units are written with integers alone: no floating point, so no rounding mode
 * and no locale. The same value gives the same bytes everywhere.
 */
#include "base/text.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

/* Room for `more` bytes and the terminator. */
static char *text_room(struct text *text, size_t more) {
    text->data = must_grow(text->data, &text->capacity, text->size + more + 1, 1);
    return text->data + text->size;
}

void text_add_list(struct text *text, const char *format, va_list arguments) {
    va_list again;
    va_copy(again, arguments);
    char *at = text_room(text, 64);
    size_t room = text->capacity - text->size;
    const int wanted = vsnprintf(at, room, format, arguments);
    if (wanted < 0) {
        *at = '\0'; /* an encoding error of %ls, which nothing here uses */
    } else {
        if ((size_t)wanted >= room) {
            at = text_room(text, (size_t)wanted);
            room = text->capacity - text->size;
            vsnprintf(at, room, format, again);
        }
        text->size += (size_t)wanted;
    }
    va_end(again);
}

void text_add(struct text *text, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    text_add_list(text, format, arguments);
    va_end(arguments);
}

void text_add_bytes(struct text *text, const void *bytes, size_t size) {
    char *at = text_room(text, size);
    if (size) memcpy(at, bytes, size);
    at[size] = '\0';
    text->size += size;
}

void text_add_char(struct text *text, char c) { text_add_bytes(text, &c, 1); }

/* Columns are characters, not bytes: a name with an accent must not shift its row; nor may a
 * colour. */
static size_t columns_of(const char *s, size_t size) {
    size_t columns = 0;
    for (const char *end = s + size; s < end; s++) {
        if (*s == '\033')
            while (s + 1 < end && *s != 'm') s++;
        else
            columns += ((unsigned char)*s & 0xc0) != 0x80;
    }
    return columns;
}

size_t text_columns(const char *s) { return columns_of(s, strlen(s)); }

static size_t last_line_columns(const struct text *text) {
    size_t begin = text->size;
    while (begin > 0 && text->data[begin - 1] != '\n') begin--;
    return begin < text->size ? columns_of(text->data + begin, text->size - begin) : 0;
}

void text_pad_to(struct text *text, size_t column) {
    const size_t columns = last_line_columns(text);
    if (columns >= column) return;
    const size_t spaces = column - columns;
    char *at = text_room(text, spaces);
    memset(at, ' ', spaces);
    at[spaces] = '\0';
    text->size += spaces;
}

void text_add_wrapped(struct text *out, size_t indent, const char *words) {
    text_pad_to(out, indent);
    size_t column = last_line_columns(out);
    for (bool first = true; *words; first = false) {
        const size_t size = strcspn(words, " \n"), width = columns_of(words, size);
        if (!first && column + 1 + width > TEXT_COLUMNS) {
            text_add_char(out, '\n');
            text_pad_to(out, indent);
            column = indent;
        } else if (!first) {
            text_add_char(out, ' ');
            column++;
        }
        text_add_bytes(out, words, size);
        column += width;
        words += size;
        words += strspn(words, " \n");
    }
    text_add_char(out, '\n');
}

void text_clear(struct text *text) {
    text->size = 0;
    if (text->data) text->data[0] = '\0';
}

void text_free(struct text *text) {
    free(text->data);
    *text = (struct text){NULL, 0, 0};
}

const char *text_string(const struct text *text) { return text->data ? text->data : ""; }

/* ---- JSON ---- */

/* The length of the UTF-8 character at p, or 0: overlong forms, surrogates and what is past
 * U+10FFFF are none (Unicode 15, table 3-7). */
static size_t utf8_length(const unsigned char *p, size_t size) {
    if (p[0] < 0x80) return 1;
    if (p[0] < 0xc2 || p[0] > 0xf4) return 0;
    const size_t length = p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
    if (size < length) return 0;
    unsigned char low = 0x80, high = 0xbf;
    if (p[0] == 0xe0) low = 0xa0;
    if (p[0] == 0xed) high = 0x9f;
    if (p[0] == 0xf0) low = 0x90;
    if (p[0] == 0xf4) high = 0x8f;
    if (p[1] < low || p[1] > high) return 0;
    for (size_t i = 2; i < length; i++) {
        if ((p[i] & 0xc0) != 0x80) return 0;
    }
    return length;
}

static void add_json_control(struct text *text, unsigned char c) {
    switch (c) {
    case '\n': text_add_bytes(text, "\\n", 2); break;
    case '\t': text_add_bytes(text, "\\t", 2); break;
    case '\r': text_add_bytes(text, "\\r", 2); break;
    case '\b': text_add_bytes(text, "\\b", 2); break;
    case '\f': text_add_bytes(text, "\\f", 2); break;
    default: text_add(text, "\\u%04x", (unsigned)c);
    }
}

void text_add_json(struct text *text, const void *bytes, size_t size) {
    const unsigned char *p = bytes;
    text_add_char(text, '"');
    size_t plain = 0; /* where the part that needs no change began */
    for (size_t i = 0; i < size;) {
        const size_t length = utf8_length(p + i, size - i);
        if (length > 0 && p[i] >= 0x20 && p[i] != '"' && p[i] != '\\' && p[i] != 0x7f) {
            i += length;
            continue;
        }
        if (i > plain) text_add_bytes(text, p + plain, i - plain);
        if (length == 0) {
            text_add_bytes(text, "\\ufffd", 6);
        } else if (p[i] == '"' || p[i] == '\\') {
            text_add_char(text, '\\');
            text_add_char(text, (char)p[i]);
        } else {
            add_json_control(text, p[i]);
        }
        plain = ++i;
    }
    if (size > plain) text_add_bytes(text, p + plain, size - plain);
    text_add_char(text, '"');
}

/* ---- numbers with units ---- */

struct scale {
    const char *name;
    uint64_t size;
};

static uint64_t magnitude(int64_t value) {
    return value < 0 ? UINT64_C(0) - (uint64_t)value : (uint64_t)value;
}

/* value / unit rounded (half up) to `decimals` places, in units of the last place. The fraction is
 * taken apart first, so that nothing overflows. */
static uint64_t scaled(uint64_t value, uint64_t unit, int decimals) {
    const uint64_t power = decimals == 2 ? 100 : decimals == 1 ? 10 : 1;
    const uint64_t rest = value % unit;
    return value / unit * power + (rest * power + unit / 2) / unit;
}

/* Three significant digits of value in units of the scale. False when rounding made four of them,
 * and the next larger unit, if there is one, should be tried: 999.9us is 1ms. */
static bool add_three_digits(struct text *text, uint64_t value, const struct scale *scale,
                             bool may_refuse, bool keep_zeros) {
    for (int decimals = scale->size >= 100 ? 2 : 0; decimals >= 0; decimals--) {
        const uint64_t digits = scaled(value, scale->size, decimals);
        if (decimals > 0 && digits >= 1000) continue;
        if (may_refuse && digits >= 1000) return false;
        const uint64_t power = decimals == 2 ? 100 : decimals == 1 ? 10 : 1;
        uint64_t fraction = digits % power;
        int places = decimals;
        while (!keep_zeros && places > 0 && fraction % 10 == 0) {
            fraction /= 10;
            places--;
        }
        text_add(text, "%llu", (unsigned long long)(digits / power));
        if (places > 0) text_add(text, ".%0*llu", places, (unsigned long long)fraction);
        text_add(text, "%s", scale->name);
        return true;
    }
    return false; /* not reached: zero decimals are either written or refused */
}

void text_add_ns(struct text *text, int64_t ns) {
    static const struct scale scales[] = {
        {"ns", 1},
        {"us", 1000},
        {"ms", 1000000},
        {"s", 1000000000},
        {"min", UINT64_C(60000000000)},
        {"h", UINT64_C(3600000000000)},
        {"d", UINT64_C(86400000000000)},
    };
    enum { SECONDS = 3, LAST = 6 };
    const uint64_t value = magnitude(ns);
    if (ns < 0) text_add_char(text, '-');
    size_t i = 0;
    while (i < SECONDS && value >= scales[i + 1].size) i++;
    /* Seconds stay up to 1000 of them: 125s says more than 2.08min. */
    if (value >= 1000 * scales[SECONDS].size) {
        i = SECONDS + 1;
        while (i < LAST && value >= scales[i + 1].size) i++;
    }
    while (!add_three_digits(text, value, &scales[i], i <= SECONDS, false)) i++;
}

void text_add_bytes_count(struct text *text, int64_t bytes) {
    static const struct scale scales[] = {
        {"B", 1},
        {"kB", 1000},
        {"MB", 1000000},
        {"GB", 1000000000},
        {"TB", UINT64_C(1000000000000)},
    };
    enum { LAST = 4 };
    const uint64_t value = magnitude(bytes);
    if (bytes < 0) text_add_char(text, '-');
    size_t i = 0;
    while (i < LAST && value >= scales[i + 1].size) i++;
    while (!add_three_digits(text, value, &scales[i], i < LAST, true)) i++;
}

void text_add_lsn(struct text *text, int64_t lsn) {
    const uint64_t bits = (uint64_t)lsn;
    text_add(text, "%X/%X", (unsigned)(bits >> 32), (unsigned)(bits & UINT32_MAX));
}
