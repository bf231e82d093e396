/* See event.h. */
#include "check/event.h"

#include <string.h>

#include "check/json_scan.h"

static const char *const field_names[FIELDS] = {"index", "time",  "process", "type",   "f",
                                                "key",   "value", "error",   "client", "version"};
static const char *const type_names[] = {"\"invoke\"", "\"ok\"", "\"fail\"", "\"info\""};

static bool is(const char *text, size_t size, const char *expected) {
    return strlen(expected) == size && memcmp(text, expected, size) == 0;
}

const char *event_field_name(enum event_field field) { return field_names[field]; }

/* Most lines have their fields in one order, so the one after the last is tried first. */
enum event_field event_field_named(enum event_field *next, const char *name, size_t size) {
    int field = (int)*next;
    for (int tries = 0; tries < FIELDS; tries++, field = (field + 1) % FIELDS) {
        if (!is(name, size, field_names[field])) continue;
        *next = (enum event_field)((field + 1) % FIELDS);
        return (enum event_field)field;
    }
    return FIELDS;
}

bool event_lets_go(enum event_field field, bool is_of_nemesis) {
    const bool of_all = field == FIELD_TIME || field == FIELD_PROCESS || field == FIELD_TYPE ||
                        field == FIELD_F;
    return field == FIELDS || (is_of_nemesis && !of_all);
}

static bool is_of_nemesis(const struct event *e) {
    return is(event_field(e, FIELD_PROCESS), event_size(e, FIELD_PROCESS), "\"nemesis\"");
}

/* ---- messages, in the words of the file ---- */

/* Words that are in quotes in JSON are keywords in EDN: "ok" is :ok. */
static void add_words(const struct event *e, const char *words, struct text *text) {
    bool quoted = false;
    for (; *words; words++) {
        quoted = quoted != (*words == '"');
        if (!e->shown || *words != '"')
            text_add_char(text, *words);
        else if (quoted)
            text_add_char(text, ':');
    }
}

/* Of bytes that may be anything, what can be shown. */
static void add_plain(const char *bytes, size_t size, struct text *text) {
    struct text json = {0};
    text_add_json(&json, bytes, size);
    for (size_t i = 1; i + 1 < json.size; i++) {
        i += json.data[i] == '\\' && (json.data[i + 1] == '"' || json.data[i + 1] == '\\');
        text_add_char(text, json.data[i]);
    }
    text_free(&json);
}

void event_add_shown(const struct event *e, enum event_field field, struct text *text) {
    const struct event_shown *shown = e->shown ? &e->shown[field] : NULL;
    const char *bytes = shown ? shown->bytes : event_field(e, field);
    const size_t whole = shown ? shown->size : event_size(e, field), most = sizeof shown->bytes;
    const bool is_cut = whole > most || (shown && shown->is_cut);
    size_t size = whole < most ? whole : most;
    while (is_cut && size > 0 && (bytes[size - 1] & 0x80)) size--;
    add_plain(bytes, size, text);
    if (is_cut) text_add(text, "...");
}

static void add_field(const struct event *e, enum event_field field, struct text *text) {
    text_add(text, e->shown ? ":%s" : "\"%s\"", field_names[field]);
}

static bool refuse(const struct event *e, enum event_field field, const char *expected,
                   struct text *error) {
    text_add(error, event_has(e, field) ? "found " : "found no ");
    add_field(e, field, error);
    if (event_has(e, field)) {
        text_add_char(error, e->shown ? ' ' : ':');
        event_add_shown(e, field, error);
    }
    text_add(error, "; expected ");
    add_words(e, expected, error);
    return false;
}

/* ---- fields ---- */

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
    if (event_lets_go(field, is_of_nemesis(e))) return let_go(e, s);
    if (event_has(e, field)) {
        text_add(error, "found ");
        add_field(e, field, error);
        text_add(error, " twice; expected it once");
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
    const enum event_field field =
        event_field_named(&e->next_field, e->text.data + name + 1, e->text.size - name - 2);
    e->text.size = name;
    if (field != FIELDS) e->reading = field;
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

/* Of a line that was made from EDN nobody knows the columns. */
static void explain(const struct event *e, const struct json_scan *scan, struct text *error) {
    if (!e->shown) {
        json_scan_explain(scan, error);
        return;
    }
    text_add(error, "found :%s ", field_names[e->reading]);
    event_add_shown(e, e->reading, error);
    text_add(error, "; expected %s", scan->expected);
}

bool event_read(struct event *e, const char *line, size_t size, const struct event_shown *shown,
                struct text *error) {
    struct json_scan scan = json_scan_over(line, size);
    text_clear(&e->text);
    memset(e->fields, 0, sizeof e->fields);
    e->postponed = NULL;
    e->shown = shown;
    if (!read_members(e, &scan, error)) {
        if (!error->size) explain(e, &scan, error);
        return false;
    }
    forget_null(e, FIELD_KEY);
    forget_null(e, FIELD_ERROR);
    forget_null(e, FIELD_CLIENT);
    forget_null(e, FIELD_VERSION);
    return read_common(e, error) && (e->is_nemesis || read_operation(e, error));
}

void event_free(struct event *e) { text_free(&e->text); }
