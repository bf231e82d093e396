/* See event.h. */
#include "check/event.h"

#include <string.h>

#include "check/json_scan.h"

static const char *const field_names[FIELDS] = {
    "\"index\"", "\"time\"",  "\"process\"", "\"type\"",   "\"f\"",
    "\"key\"",   "\"value\"", "\"error\"",   "\"client\"", "\"version\"",
};
static const char *const type_names[] = {"\"invoke\"", "\"ok\"", "\"fail\"", "\"info\""};

static bool is(const char *text, size_t size, const char *expected) {
    return strlen(expected) == size && memcmp(text, expected, size) == 0;
}

/* Most lines have their fields in one order, so the one after the last is tried first. */
static enum event_field field_named(struct event *e, const char *name, size_t size) {
    int field = (int)e->next_field;
    for (int tries = 0; tries < FIELDS; tries++, field = (field + 1) % FIELDS) {
        if (!is(name, size, field_names[field])) continue;
        e->next_field = (enum event_field)((field + 1) % FIELDS);
        return (enum event_field)field;
    }
    return FIELDS;
}

static bool is_of_nemesis(const struct event *e) {
    return is(event_field(e, FIELD_PROCESS), event_size(e, FIELD_PROCESS), "\"nemesis\"");
}

static bool is_let_go(const struct event *e, enum event_field field) {
    const bool of_all = field == FIELD_TIME || field == FIELD_PROCESS || field == FIELD_TYPE ||
                        field == FIELD_F;
    return field == FIELDS || (!of_all && is_of_nemesis(e));
}

static bool let_go(struct event *e, struct json_scan *s) {
    const size_t begin = e->text.size;
    s->lets_go = true;
    const bool good = json_scan_value(s, &e->text);
    s->lets_go = false;
    e->text.size = begin;
    return good;
}

static bool read_field(struct event *e, struct json_scan *s, enum event_field field,
                       struct text *error) {
    if (is_let_go(e, field)) return let_go(e, s);
    if (event_has(e, field)) {
        text_add(error, "found %s twice; expected it once", field_names[field]);
        return false;
    }
    const size_t begin = e->text.size;
    if (!json_scan_value(s, &e->text)) return false;
    e->fields[field].begin = begin;
    e->fields[field].size = e->text.size - begin;
    text_add_char(&e->text, '\0');
    return true;
}

static bool read_member(struct event *e, struct json_scan *s, struct text *error) {
    const size_t name = e->text.size;
    json_scan_space(s);
    if (s->at >= s->end || *s->at != '"') {
        s->expected = "a field's name in quotes";
        return false;
    }
    if (!json_scan_value(s, &e->text)) return false;
    const enum event_field field = field_named(e, e->text.data + name, e->text.size - name);
    e->text.size = name;
    if (!json_scan_takes(s, ':')) {
        s->expected = "':'";
        return false;
    }
    const bool known = event_has(e, FIELD_PROCESS) || e->postponed;
    if (known || field != FIELD_VALUE) return read_field(e, s, field, error);
    e->postponed = s->at; /* it may be a nemesis's */
    return let_go(e, s);
}

static bool read_members(struct event *e, struct json_scan *s, struct text *error) {
    if (!json_scan_takes(s, '{')) {
        s->expected = "an event, as a JSON object";
        return false;
    }
    if (!json_scan_takes(s, '}')) {
        do {
            if (!read_member(e, s, error)) return false;
        } while (json_scan_takes(s, ','));
        if (!json_scan_takes(s, '}')) {
            s->expected = "',' or '}'";
            return false;
        }
    }
    json_scan_space(s);
    if (s->at < s->end) {
        s->expected = "nothing behind the object";
        return false;
    }
    if (e->postponed && !is_of_nemesis(e)) {
        s->at = e->postponed;
        return read_field(e, s, FIELD_VALUE, error);
    }
    return true;
}

/* ---- what the fields must be ---- */

static bool refuse(const struct event *e, enum event_field field, const char *expected,
                   struct text *error) {
    enum { SHOWN = 40 };
    const size_t size = event_size(e, field);
    if (!size)
        text_add(error, "found no %s; expected %s", field_names[field], expected);
    else
        text_add(error, "found %s:%.*s%s; expected %s", field_names[field],
                 (int)(size < SHOWN ? size : SHOWN), event_field(e, field),
                 size < SHOWN ? "" : "...", expected);
    return false;
}

static bool integer(const struct event *e, enum event_field field, int64_t *value) {
    if (!event_has(e, field)) return false;
    const char *at = event_field(e, field), *end = at + event_size(e, field);
    const bool negative = *at == '-';
    *value = 0;
    for (at += negative; at < end; at++) {
        const int digit = *at - '0';
        if (digit < 0 || digit > 9 || __builtin_mul_overflow(*value, 10, value) ||
            __builtin_add_overflow(*value, negative ? -digit : digit, value))
            return false;
    }
    return true;
}

static bool is_string(const struct event *e, enum event_field field) {
    return event_has(e, field) && *event_field(e, field) == '"';
}

static void forget_null(struct event *e, enum event_field field) {
    if (is(event_field(e, field), event_size(e, field), "null")) e->fields[field].size = 0;
}

static bool read_type(struct event *e, struct text *error) {
    for (int type = EVENT_INVOKE; type <= EVENT_INFO; type++) {
        if (!is(event_field(e, FIELD_TYPE), event_size(e, FIELD_TYPE), type_names[type])) continue;
        e->type = (enum event_type)type;
        return true;
    }
    return refuse(e, FIELD_TYPE, "\"invoke\", \"ok\", \"fail\" or \"info\"", error);
}

/* What every event has, a nemesis's too. */
static bool read_common(struct event *e, struct text *error) {
    if (!integer(e, FIELD_TIME, &e->time))
        return refuse(e, FIELD_TIME, "a whole number of nanoseconds", error);
    e->is_nemesis = is_of_nemesis(e);
    int64_t process;
    if (!e->is_nemesis && !integer(e, FIELD_PROCESS, &process))
        return refuse(e, FIELD_PROCESS, "a whole number, or \"nemesis\"", error);
    if (e->is_nemesis && !is_string(e, FIELD_F)) e->fields[FIELD_F].size = 0;
    return read_type(e, error);
}

static bool read_operation(struct event *e, struct text *error) {
    int64_t index;
    if (!integer(e, FIELD_INDEX, &index)) return refuse(e, FIELD_INDEX, "a whole number", error);
    if (!is_string(e, FIELD_F))
        return refuse(e, FIELD_F, "the operation's name, such as \"read\"", error);
    if (!event_has(e, FIELD_VALUE)) return refuse(e, FIELD_VALUE, "one; null is one too", error);
    if (event_has(e, FIELD_CLIENT) && !is_string(e, FIELD_CLIENT))
        return refuse(e, FIELD_CLIENT, "a string", error);
    if (event_has(e, FIELD_VERSION) &&
        (!integer(e, FIELD_VERSION, &e->version) || e->version == INT64_MIN))
        return refuse(e, FIELD_VERSION, "a whole number of 63 bits", error);
    return true;
}

bool event_read(struct event *e, const char *line, size_t size, struct text *error) {
    struct json_scan scan = json_scan_over(line, size);
    text_clear(&e->text);
    memset(e->fields, 0, sizeof e->fields);
    e->postponed = NULL;
    if (!read_members(e, &scan, error)) {
        if (!error->size) json_scan_explain(&scan, error);
        return false;
    }
    forget_null(e, FIELD_KEY);
    forget_null(e, FIELD_ERROR);
    forget_null(e, FIELD_CLIENT);
    forget_null(e, FIELD_VERSION);
    return read_common(e, error) && (e->is_nemesis || read_operation(e, error));
}

void event_free(struct event *e) { text_free(&e->text); }
