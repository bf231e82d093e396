/* See json_scan.h: a function a rule of RFC 8259's grammar. */
#include "check/json_scan.h"

#include <stdint.h>
#include <string.h>

static bool wants(struct json_scan *s, const char *expected) {
    if (!s->expected) s->expected = expected;
    return false;
}

void json_scan_space(struct json_scan *s) {
    while (s->at < s->end && (*s->at == ' ' || *s->at == '\t' || *s->at == '\r' || *s->at == '\n'))
        s->at++;
}

static bool takes_here(struct json_scan *s, char c) {
    if (s->at >= s->end || *s->at != c) return false;
    s->at++;
    return true;
}

bool json_scan_takes(struct json_scan *s, char c) {
    json_scan_space(s);
    return takes_here(s, c);
}

/* ---- numbers ---- */

static bool digits(struct json_scan *s) {
    const char *first = s->at;
    while (s->at < s->end && *s->at >= '0' && *s->at <= '9') s->at++;
    return s->at > first || wants(s, "a digit");
}

/*
 * A number as its significant digits: 0.DIGITS * 10^point, DIGITS from `first` to `last` with the
 * decimal point passed over, neither of them 0.
 */
struct decimal {
    bool negative;
    const char *first, *last; /* NULL: the number is 0 */
    int64_t count, point;
};

/* Of the digits from `begin` to `end`, with at most one '.' among them. */
static struct decimal decimal_of(const char *begin, const char *end, int64_t exponent) {
    struct decimal d = {.negative = *begin == '-'};
    if (d.negative) begin++;
    const char *dot = memchr(begin, '.', (size_t)(end - begin));
    if (!dot) dot = end;
    for (const char *at = begin; at < end; at++) {
        if (*at == '0' || *at == '.') continue;
        if (!d.first) d.first = at;
        d.last = at;
    }
    if (!d.first) return d;
    d.count = d.last - d.first + 1 - (d.first < dot && dot < d.last);
    d.point = exponent + (dot - d.first) + (d.first > dot);
    return d;
}

static void add_zeros(struct text *out, int64_t count) {
    while (count-- > 0) text_add_char(out, '0');
}

/* The digits, with a point after so many of them. */
static void add_digits(struct text *out, const struct decimal *d, int64_t point) {
    for (const char *at = d->first; at <= d->last; at++) {
        if (*at == '.') continue;
        if (point-- == 0) text_add_char(out, '.');
        text_add_char(out, *at);
    }
}

/* Which form a number gets hangs on its value alone, so that equal ones have equal bytes:
 * 1200, 1.2, 0.0012, and 1.2e30 where more than ZEROS_MAX zeros would be written. */
enum { ZEROS_MAX = 20, EXPONENT_DIGITS_MAX = 9 };
static void add_decimal(struct text *out, const struct decimal *d) {
    if (!d->first) {
        text_add_char(out, '0');
        return;
    }
    if (d->negative) text_add_char(out, '-');
    if (d->point > d->count + ZEROS_MAX || d->point < -ZEROS_MAX) {
        add_digits(out, d, 1);
        text_add(out, "e%lld", (long long)d->point - 1);
    } else if (d->point <= 0) {
        text_add(out, "0.");
        add_zeros(out, -d->point);
        add_digits(out, d, -1);
    } else {
        add_digits(out, d, d->point);
        add_zeros(out, d->point - d->count);
    }
}

static bool exponent(struct json_scan *s, int64_t *value) {
    const bool negative = takes_here(s, '-');
    if (!negative) takes_here(s, '+');
    const char *first = s->at;
    if (!digits(s)) return false;
    while (first < s->at && *first == '0') first++;
    if (s->at - first > EXPONENT_DIGITS_MAX)
        return wants(s, "a number with an exponent of at most 9 digits");
    for (; first < s->at; first++) *value = *value * 10 + (*first - '0');
    if (negative) *value = -*value;
    return true;
}

static bool number(struct json_scan *s, struct text *out) {
    const char *first = s->at;
    int64_t power = 0;
    takes_here(s, '-');
    if (!takes_here(s, '0') && !digits(s)) return false;
    const char *whole = s->at;
    if (takes_here(s, '.') && !digits(s)) return false;
    const char *last = s->at;
    if ((takes_here(s, 'e') || takes_here(s, 'E')) && !exponent(s, &power)) return false;
    const size_t size = (size_t)(whole - first);
    const bool minus_zero = size == 2 && memcmp(first, "-0", size) == 0;
    if (s->at == whole && size <= ZEROS_MAX && !minus_zero) {
        text_add_bytes(out, first, size);
    } else {
        const struct decimal d = decimal_of(first, last, power);
        add_decimal(out, &d);
    }
    return true;
}

/* ---- strings: raw UTF-8, but for quotes, backslashes and control characters ---- */

static bool hexadecimal(struct json_scan *s, unsigned *code) {
    *code = 0;
    for (int i = 0; i < 4; i++, s->at++) {
        const char c = s->at < s->end ? *s->at : 'x';
        if (c >= '0' && c <= '9')
            *code = *code * 16 + (unsigned)(c - '0');
        else if ((c | 32) >= 'a' && (c | 32) <= 'f')
            *code = *code * 16 + (unsigned)((c | 32) - 'a') + 10;
        else
            return wants(s, "four hexadecimal digits");
    }
    return true;
}

static void add_character(struct text *out, unsigned code) {
    if (code == '"' || code == '\\') {
        text_add_char(out, '\\');
        text_add_char(out, (char)code);
    } else if (code < 0x20) {
        text_add(out, "\\u%04x", code);
    } else if (code < 0x80) {
        text_add_char(out, (char)code);
    } else {
        char bytes[4];
        size_t size = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
        for (size_t i = size; --i; code >>= 6) bytes[i] = (char)(0x80 | (code & 0x3f));
        bytes[0] = (char)((0xf00U >> size & 0xf0) | code);
        text_add_bytes(out, bytes, size);
    }
}

/* Two escapes may be one character: RFC 8259, section 7. A half alone is none (RFC 7493,
 * section 2.1): no UTF-8 has it, and two that are appended would be a character that nobody wrote.
 */
static bool code_point(struct json_scan *s, struct text *out) {
    const char *begin = s->at - 2;
    unsigned code, low = 0;
    if (!hexadecimal(s, &code)) return false;
    if (code >= 0xd800 && code < 0xdc00 && takes_here(s, '\\') && takes_here(s, 'u')) {
        if (!hexadecimal(s, &low)) return false;
        if (low >= 0xdc00 && low < 0xe000)
            code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
    }
    if (code >= 0xd800 && code < 0xe000) {
        s->at = begin;
        return wants(s, "a character, not half of a surrogate pair");
    }
    add_character(out, code);
    return true;
}

static bool escape(struct json_scan *s, struct text *out) {
    static const char letters[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
    if (takes_here(s, 'u')) return code_point(s, out);
    const char *found = s->at < s->end && *s->at ? strchr(letters, *s->at) : NULL;
    if (!found) return wants(s, "one of \"\\/bfnrtu after a backslash");
    s->at++;
    add_character(out, (unsigned char)meant[found - letters]);
    return true;
}

/* One character of two bytes or more, by table 3-7 of the Unicode standard. */
static bool utf8(struct json_scan *s, struct text *out) {
    const unsigned char *c = (const unsigned char *)s->at;
    const size_t size = c[0] >= 0xf0 ? 4 : c[0] >= 0xe0 ? 3 : 2;
    if (c[0] < 0xc2 || c[0] > 0xf4 || (size_t)(s->end - s->at) < size) return wants(s, "UTF-8");
    const unsigned least = c[0] == 0xe0 ? 0xa0 : c[0] == 0xf0 ? 0x90 : 0x80;
    const unsigned most = c[0] == 0xed ? 0x9f : c[0] == 0xf4 ? 0x8f : 0xbf;
    for (size_t i = 1; i < size; i++)
        if (c[i] < (i == 1 ? least : 0x80) || c[i] > (i == 1 ? most : 0xbf))
            return wants(s, "UTF-8");
    text_add_bytes(out, s->at, size);
    s->at += size;
    return true;
}

static bool string(struct json_scan *s, struct text *out) {
    if (!takes_here(s, '"')) return wants(s, "a string");
    text_add_char(out, '"');
    for (;;) {
        const char *plain = s->at;
        while (s->at < s->end && (unsigned char)*s->at >= 0x20 && (unsigned char)*s->at < 0x80 &&
               *s->at != '"' && *s->at != '\\')
            s->at++;
        text_add_bytes(out, plain, (size_t)(s->at - plain));
        if (takes_here(s, '"')) break;
        if (s->at >= s->end || (unsigned char)*s->at < 0x20) return wants(s, "the end of a string");
        if (takes_here(s, '\\') ? !escape(s, out) : !utf8(s, out)) return false;
    }
    text_add_char(out, '"');
    return true;
}

/* ---- lists and objects ---- */

static bool list(struct json_scan *s, struct text *out) {
    text_add_char(out, '[');
    const size_t from = out->size;
    if (!json_scan_takes(s, ']')) {
        do {
            if (out->size > from) text_add_char(out, ',');
            if (!json_scan_value(s, out)) return false;
            if (s->lets_go) out->size = from;
        } while (json_scan_takes(s, ','));
        if (!json_scan_takes(s, ']')) return wants(s, "',' or ']'");
    }
    text_add_char(out, ']');
    return true;
}

struct member {
    size_t begin, key_size, size; /* in the text */
};

static int compare(const struct text *t, const struct member *a, const struct member *b) {
    const size_t common = a->key_size < b->key_size ? a->key_size : b->key_size;
    const int order = memcmp(t->data + a->begin, t->data + b->begin, common);
    return order ? order : (a->key_size > b->key_size) - (a->key_size < b->key_size);
}

/* Into its place among those before it. False: one of them has its key. */
static bool insert(const struct text *t, struct member *members, size_t count, struct member m) {
    size_t at = count;
    int order = 1;
    while (at && (order = compare(t, &members[at - 1], &m)) > 0) {
        members[at] = members[at - 1];
        at--;
    }
    members[at] = m;
    return at == 0 || order != 0;
}

static void put_sorted(struct text *out, size_t from, const struct member *members, size_t count) {
    struct text sorted = {0};
    for (size_t i = 0; i < count; i++) {
        if (i) text_add_char(&sorted, ',');
        text_add_bytes(&sorted, out->data + members[i].begin, members[i].size);
    }
    out->size = from;
    text_add_bytes(out, text_string(&sorted), sorted.size);
    text_free(&sorted);
}

static bool member(struct json_scan *s, struct text *out, struct member *m) {
    m->begin = out->size;
    json_scan_space(s);
    if (!string(s, out)) return false;
    m->key_size = out->size - m->begin;
    if (!json_scan_takes(s, ':')) return wants(s, "':'");
    text_add_char(out, ':');
    if (!json_scan_value(s, out)) return false;
    m->size = out->size - m->begin;
    return true;
}

static bool object(struct json_scan *s, struct text *out) {
    struct member members[JSON_MEMBERS_MAX];
    size_t count = 0;
    text_add_char(out, '{');
    const size_t from = out->size;
    if (!json_scan_takes(s, '}')) {
        do {
            struct member m;
            if (count == JSON_MEMBERS_MAX) return wants(s, "an object of at most 256 members");
            if (!member(s, out, &m)) return false;
            if (s->lets_go)
                out->size = from;
            else if (!insert(out, members, count++, m))
                return wants(s, "an object without a member twice");
        } while (json_scan_takes(s, ','));
        if (!json_scan_takes(s, '}')) return wants(s, "',' or '}'");
        put_sorted(out, from, members, count);
    }
    text_add_char(out, '}');
    return true;
}

/* ---- values ---- */

static bool word(struct json_scan *s, const char *expected, struct text *out) {
    const size_t size = strlen(expected);
    if ((size_t)(s->end - s->at) < size || memcmp(s->at, expected, size) != 0)
        return wants(s, "a value");
    s->at += size;
    text_add_bytes(out, expected, size);
    return true;
}

static bool nested(struct json_scan *s, struct text *out) {
    if (++s->depth > JSON_DEPTH_MAX) return wants(s, "at most 64 levels");
    const bool good = takes_here(s, '[') ? list(s, out) : takes_here(s, '{') && object(s, out);
    s->depth--;
    return good;
}

bool json_scan_value(struct json_scan *s, struct text *out) {
    json_scan_space(s);
    switch (s->at < s->end ? *s->at : '\0') {
    case '"': return string(s, out);
    case '[':
    case '{': return nested(s, out);
    case 't': return word(s, "true", out);
    case 'f': return word(s, "false", out);
    case 'n': return word(s, "null", out);
    default:
        if (s->at < s->end && (*s->at == '-' || (*s->at >= '0' && *s->at <= '9')))
            return number(s, out);
        return wants(s, "a value");
    }
}

void json_scan_explain(const struct json_scan *s, struct text *out) {
    enum { SHOWN = 12 };
    text_add(out, "at column %zu found ", (size_t)(s->at - s->begin) + 1);
    size_t size = (size_t)(s->end - s->at);
    if (size > SHOWN) size = SHOWN;
    if (size)
        text_add_json(out, s->at, size);
    else
        text_add(out, "the end of the line");
    text_add(out, "; expected %s", s->expected ? s->expected : "JSON");
}
