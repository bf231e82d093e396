/* See edn.h. One pass over the line, by recursive descent; what is not JSON's is written as JSON at
 * once. */
#include "check/edn.h"

#include <string.h>

enum { DEPTH_MAX = 64 };

struct edn {
    const char *at, *end, *begin;
    struct text *json, *error;
    int depth;
    size_t last_count; /* items of the value that was read last; 0: it is no sequence */
};

static bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == ','; }
static bool is_delimiter(char c) { return is_space(c) || strchr("{}[]()\";", c); }

static void skip_space(struct edn *e) {
    while (e->at < e->end && is_space(*e->at)) e->at++;
    if (e->at < e->end && *e->at == ';') e->at = e->end; /* a comment */
}

static bool wrong(struct edn *e, const char *expected) {
    enum { SHOWN = 10 };
    const int shown = e->end - e->at < SHOWN ? (int)(e->end - e->at) : SHOWN;
    if (e->error->size == 0)
        text_add(e->error, "at column %d found \"%.*s\"; expected %s", (int)(e->at - e->begin) + 1,
                 shown, e->at, expected);
    return false;
}

static bool value(struct edn *);

/* The items up to `close`, with commas between. Where the first two begin and end, and
 * whether the second is a pair, for [key value]. */
struct items {
    size_t count, begin[2], end[2];
    bool second_is_pair;
};
static bool sequence(struct edn *e, char close, struct items *items) {
    *items = (struct items){.count = 0};
    text_add_char(e->json, '[');
    for (skip_space(e); e->at < e->end && *e->at != close; skip_space(e)) {
        if (items->count > 0) text_add_char(e->json, ',');
        const size_t begin = e->json->size;
        if (!value(e)) return false;
        if (items->count < 2) {
            items->begin[items->count] = begin;
            items->end[items->count] = e->json->size;
        }
        items->second_is_pair = items->count == 1 ? e->last_count == 2 : items->second_is_pair;
        items->count++;
    }
    if (e->at == e->end) return wrong(e, close == ']' ? "']'" : close == ')' ? "')'" : "'}'");
    e->at++;
    text_add_char(e->json, ']');
    e->last_count = items->count;
    return true;
}

enum { KEY_BYTES_MAX = 4096 }; /* of one that is no string */

/* A map's key becomes a string, whatever it is. */
static bool map_key(struct edn *e) {
    const size_t begin = e->json->size;
    if (!value(e)) return false;
    if (e->json->data[begin] == '"') return true;
    if (e->json->size - begin > KEY_BYTES_MAX) return wrong(e, "a shorter key"); /* quotes double */
    struct text quoted = {0};
    text_add_char(&quoted, '"');
    for (size_t i = begin; i < e->json->size; i++) {
        if (e->json->data[i] == '"' || e->json->data[i] == '\\') text_add_char(&quoted, '\\');
        text_add_char(&quoted, e->json->data[i]);
    }
    text_add_char(&quoted, '"');
    e->json->size = begin;
    text_add_bytes(e->json, quoted.data, quoted.size);
    text_free(&quoted);
    return true;
}

static bool map(struct edn *e) {
    bool first = true;
    text_add_char(e->json, '{');
    for (skip_space(e); e->at < e->end && *e->at != '}'; skip_space(e)) {
        if (!first) text_add_char(e->json, ',');
        first = false;
        if (!map_key(e)) return false;
        text_add_char(e->json, ':');
        if (!value(e)) return false;
    }
    if (e->at == e->end) return wrong(e, "'}'");
    e->at++;
    text_add_char(e->json, '}');
    return true;
}

static bool string(struct edn *e) { /* its escapes are JSON's */
    const char *begin = e->at++;
    while (e->at < e->end && *e->at != '"') e->at += *e->at == '\\' && e->at + 1 < e->end ? 2 : 1;
    if (e->at >= e->end) return wrong(e, "'\"' at the string's end");
    e->at++;
    text_add_bytes(e->json, begin, (size_t)(e->at - begin));
    return true;
}

static bool is_word(const char *word, size_t size, const char *expected) {
    return strlen(expected) == size && memcmp(word, expected, size) == 0;
}

static bool is_number(const char *word, size_t size) {
    size_t i = *word == '-' || *word == '+';
    if (i == size || word[i] < '0' || word[i] > '9') return false;
    for (; i < size; i++)
        if (!strchr("0123456789.eE+-", word[i])) return false;
    return true;
}

/* A number, nil, true, false; else a keyword, symbol, character or ratio: its name. */
static bool word(struct edn *e) {
    const char *begin = e->at;
    while (e->at < e->end && !is_delimiter(*e->at)) e->at++;
    size_t size = (size_t)(e->at - begin);
    if (size == 0) return wrong(e, "a value");
    if (is_word(begin, size, "nil")) {
        text_add(e->json, "null");
    } else if (is_word(begin, size, "true") || is_word(begin, size, "false")) {
        text_add_bytes(e->json, begin, size);
    } else {
        if (size > 1 && strchr("NM", begin[size - 1]) && is_number(begin, size - 1)) size--;
        const bool number = is_number(begin, size);
        if (!number) text_add_char(e->json, '"');
        if (!number && *begin == ':') {
            begin++;
            size--;
        }
        if (number && *begin == '+') {
            begin++;
            size--;
        }
        for (size_t i = 0; i < size; i++) {
            if (begin[i] == '\\') text_add_char(e->json, '\\');
            text_add_char(e->json, begin[i]);
        }
        if (!number) text_add_char(e->json, '"');
    }
    return true;
}

/* #{...} is a set; #tag before a value says what kind it is. */
static bool dispatched(struct edn *e) {
    struct items items;
    if (e->at + 1 < e->end && e->at[1] == '{') {
        e->at += 2;
        return sequence(e, '}', &items);
    }
    while (e->at < e->end && !is_delimiter(*e->at)) e->at++;
    return value(e);
}

static bool value(struct edn *e) {
    struct items items;
    bool good = false;
    skip_space(e);
    if (e->at == e->end) return wrong(e, "a value");
    if (++e->depth > DEPTH_MAX) return wrong(e, "at most 64 levels");
    const char begin = *e->at;
    switch (*e->at) {
    case '{':
        e->at++;
        good = map(e);
        break;
    case '[':
        e->at++;
        good = sequence(e, ']', &items);
        break;
    case '(':
        e->at++;
        good = sequence(e, ')', &items);
        break;
    case '"': good = string(e); break;
    case '#': good = dispatched(e); break;
    default: good = word(e); break;
    }
    if (begin != '[' && begin != '(') e->last_count = 0;
    e->depth--;
    return good;
}

/* ---- an operation ---- */

struct operation_text { /* where in the JSON: of "f" and of "value" */
    bool has_index, has_key, has_time, has_pair;
    char f[10];
    size_t value_begin, value_end;
    struct items pair;
};

static bool field(struct edn *e, struct operation_text *o) {
    const size_t name = e->json->size;
    if (*e->at != ':') return wrong(e, "a keyword");
    if (!word(e)) return false;
    const size_t name_size = e->json->size - name;
    const char *named = e->json->data + name;
    const bool is_value = is_word(named, name_size, "\"value\"");
    const bool is_f = is_word(named, name_size, "\"f\"");
    o->has_index = o->has_index || is_word(named, name_size, "\"index\"");
    o->has_time = o->has_time || is_word(named, name_size, "\"time\"");
    o->has_key = o->has_key || is_word(named, name_size, "\"key\"");
    text_add_char(e->json, ':');
    skip_space(e);
    const size_t begin = e->json->size;
    if (is_value && e->at < e->end && *e->at == '[') {
        e->at++;
        o->has_pair = sequence(e, ']', &o->pair) && o->pair.count == 2;
        if (e->error->size > 0) return false;
    } else if (!value(e)) {
        return false;
    }
    if (is_value) {
        o->value_begin = name;
        o->value_end = e->json->size;
    }
    if (is_f && e->json->size - begin < sizeof o->f) {
        memcpy(o->f, e->json->data + begin, e->json->size - begin);
        o->f[e->json->size - begin] = '\0';
    }
    return true;
}

/* "value":[k,v] becomes "key":k,"value":v. */
static void take_apart(struct edn *e, const struct operation_text *o) {
    struct text apart = {0};
    text_add(&apart, "\"key\":");
    text_add_bytes(&apart, e->json->data + o->pair.begin[0], o->pair.end[0] - o->pair.begin[0]);
    text_add(&apart, ",\"value\":");
    text_add_bytes(&apart, e->json->data + o->pair.begin[1], o->pair.end[1] - o->pair.begin[1]);
    text_add_bytes(&apart, e->json->data + o->value_end, e->json->size - o->value_end);
    e->json->size = o->value_begin;
    text_add_bytes(e->json, apart.data, apart.size);
    text_free(&apart);
}

/* Is the pair [key value], and no value of its own? */
static bool is_keyed(const struct operation_text *o) {
    static const char *const plain[] = {"\"read\"", "\"write\"", "\"rmw\"",
                                        "\"get\"",  "\"put\"",   "\"append\""};
    if (!o->has_pair || o->has_key) return false;
    for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
        if (strcmp(o->f, plain[i]) == 0) return true;
    return strcmp(o->f, "\"cas\"") == 0 && o->pair.second_is_pair;
}

static bool operation(struct edn *e, uint32_t number) {
    struct operation_text o = {.has_index = false};
    e->at++;
    text_add_char(e->json, '{');
    bool first = true;
    for (skip_space(e); e->at < e->end && *e->at != '}'; skip_space(e)) {
        if (!first) text_add_char(e->json, ',');
        first = false;
        if (!field(e, &o)) return false;
    }
    if (e->at == e->end) return wrong(e, "'}' (an operation has one line)");
    e->at++;
    if (is_keyed(&o)) take_apart(e, &o);
    if (!o.has_index) text_add(e->json, "%s\"index\":%u", first ? "" : ",", number);
    if (!o.has_time) text_add(e->json, "%s\"time\":%u", first && o.has_index ? "" : ",", number);
    text_add_char(e->json, '}');
    return true;
}

static void skip_tag(struct edn *e) {
    if (e->at >= e->end || *e->at != '#') return;
    while (e->at < e->end && !is_delimiter(*e->at)) e->at++;
    skip_space(e);
}

bool edn_is(const char *line, size_t size) {
    struct text none = {0};
    struct edn e = {line, line + size, line, &none, &none, 0, 0};
    while (e.at < e.end && is_space(*e.at)) e.at++;
    if (e.at < e.end && (*e.at == '#' || *e.at == ';' || *e.at == '[' || *e.at == ']')) return true;
    if (e.at == e.end || *e.at != '{') return false;
    e.at++;
    skip_space(&e);
    return e.at < e.end && *e.at == ':';
}

bool edn_to_json(const char *line, size_t size, uint32_t number, struct text *json,
                 struct text *error) {
    struct edn e = {line, line + size, line, json, error, 0, 0};
    skip_space(&e);
    if (e.at < e.end && *e.at == '[') e.at++; /* of a vector around all */
    skip_space(&e);
    skip_tag(&e);
    if (e.at < e.end && *e.at == '{' && !operation(&e, number)) return false;
    skip_space(&e);
    if (e.at < e.end && *e.at == ']') e.at++;
    skip_space(&e);
    return e.at == e.end || wrong(&e, "an operation, as {:process 0, :type :invoke, ...}");
}
