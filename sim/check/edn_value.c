/* See edn_value.h. What is no JSON is written as JSON at once. */
#include "check/edn_value.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "check/json_scan.h"

bool edn_wrong(struct edn *e, const char *expected, ...) {
    enum { SHOWN = 12 };
    const size_t left = (size_t)(e->end - e->at);
    if (e->error->size > 0) return false;
    if (e->is_over) {
        text_add(e->error, "found the end of the file");
    } else {
        text_add(e->error, "at column %zu found ", (size_t)(e->at - e->begin) + 1);
        text_add_json(e->error, e->at, left < SHOWN ? left : SHOWN);
    }
    text_add(e->error, "; expected ");
    va_list list;
    va_start(list, expected);
    text_add_list(e->error, expected, list);
    va_end(list);
    return false;
}

/* ---- between values ---- */

static bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == ','; }
static bool is_delimiter(char c) {
    switch (c) {
    case '{':
    case '}':
    case '[':
    case ']':
    case '(':
    case ')':
    case '"':
    case ';':
    case '\0': return true;
    default: return is_space(c);
    }
}
static bool is_next(const struct edn *e, const char *what) {
    const size_t size = strlen(what);
    return (size_t)(e->end - e->at) >= size && memcmp(e->at, what, size) == 0;
}

static bool next_line(struct edn *e) {
    size_t size;
    if (e->json->size > EDN_BYTES_MAX) return edn_wrong(e, "an operation of at most 16 MB");
    if (!e->next_line(e->context, &e->begin, &size)) {
        e->is_over = true;
        e->begin = e->at = e->end;
        return true;
    }
    e->at = e->begin;
    e->end = e->begin + size;
    e->line++;
    return true;
}

bool edn_let_go(struct edn *e) {
    const size_t begin = e->json->size;
    const bool before = e->lets_go;
    e->lets_go = true;
    if (!edn_value(e)) return false;
    e->lets_go = before;
    e->json->size = begin;
    return true;
}

/* #_ VALUE, where VALUE may begin with #_ itself. */
static bool discarded(struct edn *e) {
    if (++e->depth > EDN_DEPTH_MAX) return edn_wrong(e, "at most 64 levels");
    e->at += 2;
    if (!edn_let_go(e)) return false;
    e->depth--;
    return true;
}

bool edn_space(struct edn *e) {
    for (;;) {
        while (e->at < e->end && is_space(*e->at)) e->at++;
        if (e->is_over) return true;
        if (e->at == e->end || *e->at == ';') {
            if (!next_line(e)) return false;
        } else if (!is_next(e, "#_")) {
            return true;
        } else if (!discarded(e)) {
            return false;
        }
    }
}

static bool unclosed(struct edn *e, char close, uint32_t begun) {
    if (begun == e->line) return edn_wrong(e, "'%c'", close);
    return edn_wrong(e, "'%c' for what line %u begins", close, begun);
}

/* ---- strings and words ---- */

/* Escaped for JSON. UTF-8 is left to whoever reads it. */
static void add_plain(struct text *json, const char *bytes, size_t size) {
    size_t plain = 0;
    for (size_t i = 0; i < size; i++) {
        const unsigned char c = (unsigned char)bytes[i];
        if (c >= 0x20 && c != '"' && c != '\\') continue;
        text_add_bytes(json, bytes + plain, i - plain);
        text_add(json, "\\u%04x", (unsigned)c);
        plain = i + 1;
    }
    text_add_bytes(json, bytes + plain, size - plain);
}

static bool escape(struct edn *e) {
    const char letter = e->at + 1 < e->end ? e->at[1] : '\0';
    if (letter == '\0' || !strchr("tnrbf\"\\u", letter))
        return edn_wrong(e, "one of \\t \\n \\r \\b \\f \\\" \\\\ \\uNNNN");
    text_add_bytes(e->json, e->at, 2);
    e->at += 2;
    return true;
}

/* In a regular expression, #"...", a backslash is one, and keeps a quote from ending it. */
static void add_backslash(struct edn *e) {
    const size_t size = e->at + 1 < e->end ? 2 : 1;
    add_plain(e->json, e->at, size);
    e->at += size;
}

static bool string(struct edn *e, bool is_regular_expression) {
    const uint32_t begun = e->line;
    e->at++;
    text_add_char(e->json, '"');
    for (;;) {
        const char *plain = e->at;
        while (e->at < e->end && *e->at != '"' && *e->at != '\\') e->at++;
        add_plain(e->json, plain, (size_t)(e->at - plain));
        if (e->is_over) return unclosed(e, '"', begun);
        if (e->at == e->end) {
            text_add(e->json, "\\n");
            if (!next_line(e)) return false;
        } else if (*e->at == '"') {
            break;
        } else if (is_regular_expression) {
            add_backslash(e);
        } else if (!escape(e)) {
            return false;
        }
    }
    e->at++;
    text_add_char(e->json, '"');
    return true;
}

/* A character may be a delimiter: \( \" \, */
bool edn_name(struct edn *e, const char **name, size_t *size) {
    *name = e->at;
    if (is_next(e, "\\")) {
        const char named = e->end - e->at > 1 ? e->at[1] : ' ';
        if (named != ',' && is_space(named)) return edn_wrong(e, "a character, as \\c or \\space");
        e->at += 2;
    }
    while (e->at < e->end && !is_delimiter(*e->at)) e->at++;
    *size = (size_t)(e->at - *name);
    return *size > 0 || edn_wrong(e, "a value");
}

static bool is_word(const char *name, size_t size, const char *word) {
    return strlen(word) == size && memcmp(name, word, size) == 0;
}

/* False, and nothing added: it is no number. */
static bool add_number(struct text *json, const char *word, size_t size) {
    const size_t begin = json->size;
    if (*word == '+' && size > 1 && word[1] != '-') {
        word++;
        size--;
    }
    if (size > 1 && strchr("NM", word[size - 1])) size--;
    if (!strchr("-0123456789", *word)) return false;
    struct json_scan scan = json_scan_over(word, size);
    if (json_scan_value(&scan, json) && scan.at == scan.end) return true;
    json->size = begin;
    return false;
}

static bool word(struct edn *e) {
    const char *name;
    size_t size;
    if (!edn_name(e, &name, &size)) return false;
    if (is_word(name, size, "nil")) {
        text_add(e->json, "null");
    } else if (is_word(name, size, "true") || is_word(name, size, "false")) {
        text_add_bytes(e->json, name, size);
    } else if (!add_number(e->json, name, size)) {
        const bool is_keyword = *name == ':';
        text_add_char(e->json, '"');
        add_plain(e->json, name + is_keyword, size - is_keyword);
        text_add_char(e->json, '"');
    }
    return true;
}

/* ---- vectors, lists and sets ---- */

static bool sequence(struct edn *e, char close) {
    struct edn_items items = {.count = 0};
    const uint32_t begun = e->line;
    e->at++;
    text_add_char(e->json, '[');
    const size_t from = e->json->size;
    for (;;) {
        if (!edn_space(e)) return false;
        if (e->is_over) return unclosed(e, close, begun);
        if (*e->at == close) break;
        if (e->json->size > from) text_add_char(e->json, ',');
        const size_t begin = e->json->size;
        if (!edn_value(e)) return false;
        if (items.count < 2) {
            items.begin[items.count] = begin;
            items.end[items.count] = e->json->size;
        }
        if (items.count == 1) items.second_is_pair = e->items.count == 2;
        items.count++;
        if (e->lets_go) e->json->size = from;
    }
    e->at++;
    text_add_char(e->json, ']');
    if (close != ']') items.count = 0;
    e->items = items;
    return true;
}

struct element {
    const char *at;
    size_t size;
};
struct elements {
    struct element *list;
    size_t count, capacity;
};

static int by_bytes(const void *left, const void *right) {
    const struct element *a = left, *b = right;
    const int order = memcmp(a->at, b->at, a->size < b->size ? a->size : b->size);
    return order ? order : (a->size > b->size) - (a->size < b->size);
}

/* Each element of the list in its canonical form, one after another in `text`. False: one has none.
 */
static bool canonical_elements(const char *list, size_t size, struct text *text,
                               struct elements *all) {
    struct json_scan scan = json_scan_over(list, size);
    json_scan_takes(&scan, '[');
    if (json_scan_takes(&scan, ']')) return true;
    do {
        const size_t begin = text->size;
        if (!json_scan_value(&scan, text)) return false;
        all->list = must_grow(all->list, &all->capacity, all->count + 1, sizeof *all->list);
        all->list[all->count++].size = text->size - begin;
    } while (json_scan_takes(&scan, ','));
    const char *at = text_string(text);
    for (size_t i = 0; i < all->count; at += all->list[i++].size) all->list[i].at = at;
    return true;
}

static bool put_elements(struct edn *e, size_t from, const struct elements *all) {
    e->json->size = from;
    text_add_char(e->json, '[');
    for (size_t i = 0; i < all->count; i++) {
        if (i > 0 && by_bytes(&all->list[i - 1], &all->list[i]) == 0)
            return edn_wrong(e, "a set without an element twice");
        if (i > 0) text_add_char(e->json, ',');
        text_add_bytes(e->json, all->list[i].at, all->list[i].size);
    }
    text_add_char(e->json, ']');
    return true;
}

/* In the order of the elements' bytes. One without a canonical form stays, for the reader of the
 * JSON to refuse. */
static bool set(struct edn *e) {
    const size_t from = e->json->size;
    struct text text = {0};
    struct elements all = {0};
    e->at++;
    if (!sequence(e, '}')) return false;
    bool good = true;
    if (!e->lets_go &&
        canonical_elements(e->json->data + from, e->json->size - from, &text, &all)) {
        if (all.count > 1) qsort(all.list, all.count, sizeof *all.list, by_bytes);
        good = put_elements(e, from, &all);
    }
    text_free(&text);
    free(all.list);
    return good;
}

/* ---- maps ---- */

enum { KEY_BYTES_MAX = 4096 }; /* of one that is no string: quotes within quotes double */

static bool map_key(struct edn *e) {
    const size_t begin = e->json->size;
    if (!edn_value(e)) return false;
    if (e->json->data[begin] == '"' || e->lets_go) return true;
    if (e->json->size - begin > KEY_BYTES_MAX) return edn_wrong(e, "a shorter key of a map");
    struct text key = {0};
    struct json_scan scan = json_scan_over(e->json->data + begin, e->json->size - begin);
    if (json_scan_value(&scan, &key)) {
        e->json->size = begin;
        text_add_char(e->json, '"');
        add_plain(e->json, text_string(&key), key.size);
        text_add_char(e->json, '"');
    }
    text_free(&key);
    return true;
}

static bool map(struct edn *e) {
    const uint32_t begun = e->line;
    e->at++;
    text_add_char(e->json, '{');
    const size_t from = e->json->size;
    for (;;) {
        if (!edn_space(e)) return false;
        if (e->is_over) return unclosed(e, '}', begun);
        if (*e->at == '}') break;
        if (e->json->size > from) text_add_char(e->json, ',');
        if (!map_key(e)) return false;
        text_add_char(e->json, ':');
        if (!edn_value(e)) return false;
        if (e->lets_go) e->json->size = from;
    }
    e->at++;
    text_add_char(e->json, '}');
    e->items.count = 0;
    return true;
}

/* ---- values ---- */

bool edn_tag(struct edn *e) {
    if (!is_next(e, "#")) return true;
    while (e->at < e->end && !is_delimiter(*e->at)) e->at++;
    return edn_space(e);
}

static bool symbolic(struct edn *e) {
    if (is_next(e, "##NaN") || is_next(e, "##Inf") || is_next(e, "##-Inf")) return word(e);
    return edn_wrong(e, "##NaN, ##Inf or ##-Inf");
}

/* #{1 2} #"a+" ##NaN #inst "..." #:namespace{...} */
static bool dispatched(struct edn *e) {
    const char second = e->at + 1 < e->end ? e->at[1] : ' ';
    switch (second) {
    case '{': return set(e);
    case '"': e->at++; return string(e, true);
    case '#': return symbolic(e);
    default:
        if (is_delimiter(second)) return edn_wrong(e, "a set, as #{1 2}, or a tag, as #inst");
        return edn_tag(e) && edn_value(e);
    }
}

static bool begun_with(struct edn *e, char begin) {
    switch (begin) {
    case '{': return map(e);
    case '[': return sequence(e, ']');
    case '(': return sequence(e, ')');
    case '"': return string(e, false);
    case '#': return dispatched(e);
    default: return word(e);
    }
}

bool edn_value(struct edn *e) {
    if (!edn_space(e)) return false;
    if (e->is_over) return edn_wrong(e, "a value");
    if (++e->depth > EDN_DEPTH_MAX) return edn_wrong(e, "at most 64 levels");
    e->items.count = 0;
    if (!begun_with(e, *e->at)) return false;
    e->depth--;
    return true;
}
