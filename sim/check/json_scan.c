/* See json_scan.h: a function a rule of RFC 8259's grammar. */
#include "check/json_scan.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
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

/* One with a fraction or an exponent: as an integer where it is one that a double holds exactly. */
static bool add_double(struct json_scan *s, const char *first, size_t size, struct text *out) {
    enum { LONGEST = 400 };
    char copy[LONGEST + 1];
    if (size > LONGEST) return wants(s, "a number of at most 400 characters");
    memcpy(copy, first, size);
    copy[size] = '\0';
    const double value = strtod(copy, NULL);
    if (!isfinite(value)) return wants(s, "a number that a double holds");
    const double exact = 9007199254740992.0; /* 2^53 */
    if (value > -exact && value < exact && (double)(int64_t)value == value)
        text_add(out, "%lld", (long long)value);
    else
        text_add(out, "%.17g", value);
    return true;
}

static bool number(struct json_scan *s, struct text *out) {
    const char *first = s->at;
    bool whole = true;
    takes_here(s, '-');
    if (!takes_here(s, '0') && !digits(s)) return false;
    if (takes_here(s, '.')) {
        whole = false;
        if (!digits(s)) return false;
    }
    if (takes_here(s, 'e') || takes_here(s, 'E')) {
        whole = false;
        if (!takes_here(s, '+')) takes_here(s, '-');
        if (!digits(s)) return false;
    }
    const size_t size = (size_t)(s->at - first);
    if (!whole) return add_double(s, first, size, out);
    if (size == 2 && memcmp(first, "-0", 2) == 0)
        text_add_char(out, '0');
    else
        text_add_bytes(out, first, size);
    return true;
}

/* ---- strings: raw UTF-8, but for quotes, backslashes, control characters and half surrogates ----
 */

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
    } else if (code < 0x20 || (code >= 0xd800 && code < 0xe000)) {
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

/* Two escapes may be one character: RFC 8259, section 7. */
static bool code_point(struct json_scan *s, struct text *out) {
    unsigned high, low;
    if (!hexadecimal(s, &high)) return false;
    if (high >= 0xd800 && high < 0xdc00 && s->end - s->at >= 6 && memcmp(s->at, "\\u", 2) == 0) {
        const char *second = s->at;
        s->at += 2;
        if (!hexadecimal(s, &low)) return false;
        if (low >= 0xdc00 && low < 0xe000)
            high = 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
        else
            s->at = second;
    }
    add_character(out, high);
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
    if (!json_scan_takes(s, ']')) {
        do {
            if (out->data[out->size - 1] != '[') text_add_char(out, ',');
            if (!json_scan_value(s, out)) return false;
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
            if (!insert(out, members, count++, m))
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
