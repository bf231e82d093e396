/* See check_print.h. Keys, values, processes and clients are canonical JSON in the history already;
 * long ones are cut (check/brief.h). */
#include "check_print.h"

#include <string.h>

#include "check/brief.h"
#include "report/json.h"

static void put_verdict(struct json *json, enum check_verdict verdict) {
    if (verdict == CHECK_UNKNOWN)
        json_string(json, "valid", "unknown");
    else
        json_bool(json, "valid", verdict == CHECK_VALID);
}

static void put_name(struct json *json, const char *key, const struct names *names,
                     uint32_t number) {
    struct text value = {0};
    brief_add_json(&value, names_string(names, number), names_size(names, number));
    json_raw(json, key, text_string(&value));
    text_free(&value);
}

static const char *session_name(const struct history *h, const struct operation *o) {
    return o->client != NAMES_NONE ? names_string(&h->clients, o->client)
                                   : names_string(&h->processes, o->process);
}

static void put_operation(struct json *json, const struct history *h, const struct operation *o) {
    static const char *const ends[] = {[OPERATION_OPEN] = "info",
                                       [OPERATION_OK] = "ok",
                                       [OPERATION_FAIL] = "fail",
                                       [OPERATION_INFO] = "info"};
    json_open_flat(json, NULL, '{');
    json_integer(json, "line", o->invoked_line);
    json_integer(json, "time", o->invoked_ns);
    if (o->end != OPERATION_OPEN) {
        json_integer(json, "ended_line", o->ended_line);
        json_integer(json, "ended_time", o->ended_ns);
    }
    json_raw(json, "process", names_string(&h->processes, o->process));
    json_raw(json, "session", session_name(h, o));
    json_string(json, "type", ends[o->end]);
    json_string(json, "f", names_string(&h->functions, o->f));
    put_name(json, "asked", &h->values, o->asked);
    put_name(json, "value", &h->values, o->told);
    if (o->has_version) json_integer(json, "version", o->version);
    json_close(json, '}');
}

/* Of the operations' sessions the one, where it is one. */
static const char *only_session(const struct history *h, const struct anomaly *a) {
    const char *name = NULL;
    for (size_t i = 0; i < a->count; i++) {
        const char *of = session_name(h, &h->operations[a->operations[i]]);
        if (name && name != of) return "null";
        name = of;
    }
    return name ? name : "null";
}

static void put_guarantees(struct json *json, const struct check_result *r, uint32_t rules) {
    struct text names = {0};
    for (size_t i = 0; i < r->rule_count; i++)
        if (rules >> i & 1) text_add(&names, "%s%s", names.size ? " + " : "", r->rules[i].name);
    json_string(json, "guarantee", names.size ? text_string(&names) : NULL);
    text_free(&names);
}

/* The longest order that was found, and what fits nowhere in it. */
static void put_explanation(struct json *json, const struct history *h,
                            const struct check_explanation *e) {
    json_integer(json, "fails_up_to_line", e->line);
    json_open(json, "linearization", '{');
    json_integer(json, "before", (int64_t)e->steps_before);
    json_raw(json, "state", e->state ? e->state : "null");
    json_open(json, "steps", '[');
    for (size_t i = 0; i < e->step_count; i++) {
        const struct operation *o = &h->operations[e->steps[i].operation];
        json_open_flat(json, NULL, '{');
        json_integer(json, "line", o->invoked_line);
        json_raw(json, "process", names_string(&h->processes, o->process));
        json_string(json, "f", names_string(&h->functions, o->f));
        put_name(json, "value", &h->values, o->told);
        json_raw(json, "state", e->steps[i].state);
        json_close(json, '}');
    }
    json_close(json, ']');
    json_close(json, '}');
    json_open(json, "stuck", '{');
    json_integer(json, "line", h->operations[e->stuck].invoked_line);
    json_string(json, "saw", e->saw);
    json_open_flat(json, "possible", '[');
    for (size_t i = 0; i < e->possible_count; i++) json_raw(json, NULL, e->possible[i]);
    json_close(json, ']');
    json_bool(json, "others_possible", e->possible_more);
    json_close(json, '}');
}

static void put_anomaly(struct json *json, const struct check_result *r, const struct history *h,
                        const struct anomaly *a) {
    json_open(json, NULL, '{');
    json_string(json, "name", a->name);
    if (r->rule_count) put_guarantees(json, r, a->rules);
    put_name(json, "key", &h->keys, a->key);
    if (r->rule_count) json_raw(json, "session", only_session(h, a));
    json_string(json, "why", a->why);
    if (a->explanation) put_explanation(json, h, a->explanation);
    json_open(json, "operations", '[');
    for (size_t i = 0; i < a->count; i++) put_operation(json, h, &h->operations[a->operations[i]]);
    json_close(json, ']');
    if (a->left_out) json_integer(json, "operations_left_out", (int64_t)a->left_out);
    json_close(json, '}');
}

static void put_rules(struct json *json, const struct check_result *r) {
    json_open(json, "guarantees", '{');
    for (size_t i = 0; i < r->rule_count; i++) {
        json_open_flat(json, r->rules[i].name, '{');
        json_integer(json, "judged", (int64_t)r->rules[i].judged);
        json_integer(json, "violated", (int64_t)r->rules[i].violated);
        json_close(json, '}');
    }
    json_close(json, '}');
}

void check_print_json(const struct check_spec *spec, const struct check_result *r,
                      const struct history *h, struct text *out) {
    struct json json = {.out = out};
    json_open(&json, NULL, '{');
    json_string(&json, "spec", spec->name);
    put_verdict(&json, r->verdict);
    json_integer(&json, "ops", (int64_t)r->operations);
    json_integer(&json, "keys", (int64_t)r->keys);
    for (size_t i = 0; i < r->figure_count; i++)
        json_integer(&json, r->figures[i].name, (int64_t)r->figures[i].value);
    if (r->rule_count) put_rules(&json, r);
    json_integer(&json, "anomalies_found", (int64_t)r->anomalies_found);
    json_open(&json, "anomalies", '[');
    for (size_t i = 0; i < r->anomaly_count; i++) put_anomaly(&json, r, h, &r->anomalies[i]);
    json_close(&json, ']');
    json_string(&json, "why", text_string(&r->why));
    json_close(&json, '}');
    text_add_char(out, '\n');
}

/* ---- for people ---- */

enum {
    ORDER_VALUE = 16,
    ORDER_STATE = 24,
    PROCESS_COLUMN = 6,
    OPERATION_COLUMN = 22,
    STATE_COLUMN = 48
};

static void put_row(struct text *out, const struct history *h, uint32_t operation) {
    const struct operation *o = &h->operations[operation];
    text_pad_to(out, PROCESS_COLUMN);
    text_add(out, "process %s ", names_string(&h->processes, o->process));
    text_pad_to(out, OPERATION_COLUMN);
    brief_add_operation(out, h, o, ORDER_VALUE);
    text_add(out, " ");
    text_pad_to(out, STATE_COLUMN);
}

/* The longest order of the others, and what fits nowhere in it. */
static void put_order(struct text *out, const struct history *h,
                      const struct check_explanation *e) {
    text_add(out, "\n  It fails up to line %u. The longest order of what was completed before:\n",
             e->line);
    if (e->steps_before)
        text_add(out, "      %llu operations, then\n", (unsigned long long)e->steps_before);
    for (size_t i = 0; i < e->step_count; i++) {
        text_add(out, "%4zu", i + 1);
        put_row(out, h, e->steps[i].operation);
        const bool is_long = strlen(e->steps[i].state) > ORDER_STATE;
        text_add(out, "leaves %s\n", is_long ? "a long value" : e->steps[i].state);
    }
    text_add(out, "   -");
    put_row(out, h, e->stuck);
    text_add(out, "fits nowhere\n");
}

void check_print_summary(const struct check_spec *spec, const struct check_result *r,
                         const struct history *h, struct text *out) {
    enum { NAME_COLUMN = 2, JUDGED_COLUMN = 24, VIOLATED_COLUMN = 44 };
    static const char *const words[] = {
        [CHECK_VALID] = "valid", [CHECK_INVALID] = "NOT VALID", [CHECK_UNKNOWN] = "unknown"};
    text_add(out, "%s: %s, %llu operations, %llu keys\n", spec->name, words[r->verdict],
             (unsigned long long)r->operations, (unsigned long long)r->keys);
    for (size_t i = 0; i < r->rule_count; i++) {
        text_pad_to(out, NAME_COLUMN);
        text_add(out, "%s", r->rules[i].name);
        text_pad_to(out, JUDGED_COLUMN);
        text_add(out, "%llu judged", (unsigned long long)r->rules[i].judged);
        text_pad_to(out, VIOLATED_COLUMN);
        text_add(out, "%llu violated\n", (unsigned long long)r->rules[i].violated);
    }
    text_pad_to(out, NAME_COLUMN);
    text_add_wrapped(out, NAME_COLUMN, text_string(&r->why));
    if (r->anomaly_count && r->anomalies[0].explanation)
        put_order(out, h, r->anomalies[0].explanation);
}
