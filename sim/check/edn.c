/* See edn.h. */
#include "check/edn.h"

#include <string.h>

struct span {
    size_t begin, end;
};
struct operation_fields { /* where in the JSON: "value" with its name, and what "f" is */
    struct span members[FIELDS], values[FIELDS];
    struct edn_items items; /* of the value */
};

static bool has(const struct operation_fields *o, enum event_field field) {
    return o->values[field].end > 0;
}

static bool is(const struct edn *e, const struct operation_fields *o, enum event_field field,
               const char *json) {
    const struct span at = o->values[field];
    return has(o, field) && at.end - at.begin == strlen(json) &&
           memcmp(e->json->data + at.begin, json, at.end - at.begin) == 0;
}

/* ---- fields ---- */

static bool shown_value(struct edn *e, struct event_shown *shown) {
    if (!edn_space(e)) return false;
    const char *begin = e->at;
    const size_t left = (size_t)(e->end - begin);
    const uint32_t line = e->line;
    shown->size = (uint8_t)(left < sizeof shown->bytes ? left : sizeof shown->bytes);
    if (shown->size) memcpy(shown->bytes, begin, shown->size);
    if (!edn_value(e)) return false;
    shown->is_cut = e->line != line || (size_t)(e->at - begin) > shown->size;
    if (!shown->is_cut) shown->size = (uint8_t)(e->at - begin);
    return true;
}

static bool field_name(struct edn_history *h, enum event_field *field) {
    struct edn *e = &h->edn;
    const uint32_t begun = h->operation_line;
    const char *name;
    size_t size;
    if (*e->at == '"')
        return edn_wrong(e,
                         "a keyword, such as :type (JSON has an event a line, and nothing around)");
    if (*e->at != ':' && begun == e->line) return edn_wrong(e, "a keyword, such as :type");
    if (*e->at != ':')
        return edn_wrong(e, "a keyword, such as :type, or '}' for what line %u begins", begun);
    if (!edn_name(e, &name, &size)) return false;
    *field = event_field_named(&h->next_field, name + 1, size - 1);
    return true;
}

/* A field's name behind what the JSON has so far, which begins with '{'. */
static void add_name(struct text *json, enum event_field field) {
    const char *name = event_field_name(field);
    if (json->size > 1) text_add_char(json, ',');
    text_add_char(json, '"');
    text_add_bytes(json, name, strlen(name));
    text_add_bytes(json, "\":", 2);
}

static bool field(struct edn_history *h, struct operation_fields *o) {
    struct edn *e = &h->edn;
    enum event_field field = FIELDS;
    if (!field_name(h, &field)) return false;
    if (event_lets_go(field, is(e, o, FIELD_PROCESS, "\"nemesis\""))) return edn_let_go(e);
    const bool again = has(o, field); /* is told by the reader of the JSON */
    const struct span member = {e->json->size, 0};
    add_name(e->json, field);
    const size_t begin = e->json->size;
    if (!shown_value(e, &h->shown[field])) return false;
    if (again) return true;
    if (field == FIELD_VALUE) o->items = e->items;
    o->members[field] = (struct span){member.begin, e->json->size};
    o->values[field] = (struct span){begin, e->json->size};
    return true;
}

/* ---- independent keys ---- */

/* Is the value the pair [key value], and no value of its own? */
static bool is_keyed(const struct edn *e, const struct operation_fields *o) {
    static const char *const plain[] = {"\"read\"", "\"write\"", "\"rmw\"",
                                        "\"get\"",  "\"put\"",   "\"append\""};
    if (o->items.count != 2 || has(o, FIELD_KEY)) return false;
    for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
        if (is(e, o, FIELD_F, plain[i])) return true;
    return is(e, o, FIELD_F, "\"cas\"") && o->items.second_is_pair;
}

/* As JSON, which is how messages name the key that was invoked. */
static void show_key(struct edn_history *h, const struct edn_items *pair) {
    struct event_shown *shown = &h->shown[FIELD_KEY];
    const size_t size = pair->end[0] - pair->begin[0];
    shown->is_cut = size > sizeof shown->bytes;
    shown->size = (uint8_t)(shown->is_cut ? sizeof shown->bytes : size);
    memcpy(shown->bytes, h->edn.json->data + pair->begin[0], shown->size);
}

/* "value":[k,v] becomes "key":k,"value":v. */
static void take_apart(struct edn *e, const struct operation_fields *o) {
    const struct edn_items *pair = &o->items;
    const struct span member = o->members[FIELD_VALUE];
    struct text apart = {0};
    text_add(&apart, "%s\"key\":", member.begin > 1 ? "," : "");
    text_add_bytes(&apart, e->json->data + pair->begin[0], pair->end[0] - pair->begin[0]);
    text_add(&apart, ",\"value\":");
    text_add_bytes(&apart, e->json->data + pair->begin[1], pair->end[1] - pair->begin[1]);
    text_add_bytes(&apart, e->json->data + member.end, e->json->size - member.end);
    e->json->size = member.begin;
    text_add_bytes(e->json, apart.data, apart.size);
    text_free(&apart);
}

/* ---- operations ---- */

static bool operation(struct edn_history *h) {
    struct edn *e = &h->edn;
    struct operation_fields o = {.items = {0}};
    h->operation_line = e->line;
    e->at++;
    text_add_char(e->json, '{');
    for (;;) {
        if (!edn_space(e)) return false;
        if (e->is_over) return edn_wrong(e, "'}' for what line %u begins", h->operation_line);
        if (*e->at == '}') break;
        if (!field(h, &o)) return false;
    }
    e->at++;
    if (is_keyed(e, &o)) {
        show_key(h, &o.items);
        take_apart(e, &o);
    }
    h->is_timed = has(&o, FIELD_TIME);
    static const enum event_field numbers[] = {FIELD_INDEX, FIELD_TIME};
    for (size_t i = 0; i < 2; i++) {
        if (has(&o, numbers[i])) continue;
        add_name(e->json, numbers[i]);
        text_add(e->json, "%u", h->operation_line);
    }
    if (!has(&o, FIELD_VALUE)) text_add(e->json, ",\"value\":null");
    text_add_char(e->json, '}');
    return true;
}

/* The vector around all: its beginning is passed over, and its end. */
static bool pass_around(struct edn_history *h) {
    struct edn *e = &h->edn;
    if (!edn_space(e)) return false;
    if (!h->begun && !e->is_over && (*e->at == '[' || *e->at == '(')) {
        h->around = *e->at++ == '[' ? ']' : ')';
        if (!edn_space(e)) return false;
    }
    h->begun = true;
    if (h->around && e->is_over) return edn_wrong(e, "'%c' at the end of all", h->around);
    if (h->around && *e->at == h->around) {
        e->at++;
        h->around = '\0';
        h->has_ended = true;
        if (!edn_space(e)) return false;
    }
    return true;
}

enum edn_next edn_next(struct edn_history *h, struct text *json) {
    struct edn *e = &h->edn;
    e->json = json;
    text_clear(json);
    if (!pass_around(h)) return EDN_WRONG;
    if (e->is_over) return EDN_END;
    if (h->has_ended) edn_wrong(e, "nothing behind the vector");
    if (e->line == h->operation_line)
        edn_wrong(e, "the end of the line: each operation has its own");
    if (e->error->size || !edn_tag(e)) return EDN_WRONG;
    if (e->is_over || *e->at != '{')
        edn_wrong(e, "an operation, as {:process 0, :type :invoke, ...}");
    return !e->error->size && operation(h) ? EDN_OPERATION : EDN_WRONG;
}

static const char *behind_blanks(const char *at, const char *end) {
    while (at < end && (*at == ' ' || *at == '\t' || *at == '\r' || *at == ',')) at++;
    return at;
}

bool edn_is(const char *line, size_t size) {
    const char *end = line + size, *at = behind_blanks(line, end);
    if (at == end) return false;
    if (*at == '#' || *at == ';' || *at == '[' || *at == '(') return true;
    if (*at != '{') return false;
    at = behind_blanks(at + 1, end);
    return at < end && *at != '"' && *at != '}';
}
