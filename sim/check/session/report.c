/* What was found, in a sentence each. */
#include "check/session/internal.h"

const char *const guarantee_names[GUARANTEES] = {"read-your-writes", "monotonic-reads",
                                                 "monotonic-writes", "writes-follow-reads"};

static const char *key_name(const struct judge *j) {
    return names_string(&j->history->keys, j->key);
}

static void add_session(const struct judge *j, struct text *t, uint32_t number) {
    const struct operation *o = operation(j, number);
    if (o->client != NAMES_NONE)
        text_add(t, "client %s", names_string(&j->history->clients, o->client));
    else
        text_add(t, "process %s", names_string(&j->history->processes, o->process));
}

/* Where it was told, or asked. */
static uint32_t line_of(const struct operation *o) {
    return operation_is_ok(o) ? o->ended_line : o->invoked_line;
}

static bool add(struct judge *j, const char *name, uint32_t rules, uint32_t *operations,
                size_t count, struct text *why) {
    return check_add_anomaly(
        j->result, j->limits,
        &(struct anomaly){
            .name = name, .rules = rules, .key = j->key, .operations = operations, .count = count},
        why);
}

bool report_read(struct judge *j, const char *name, uint32_t reader, uint32_t writer) {
    struct text why = {0};
    const struct operation *o = operation(j, reader);
    add_session(j, &why, reader);
    text_add(&why, " read %s from key %s in line %u, ", names_string(&j->history->values, o->told),
             key_name(j), o->ended_line);
    if (writer == NONE)
        text_add(&why, "which nobody in this history wrote");
    else if (operation_may_be(operation(j, writer)))
        text_add(&why, "which nobody had yet asked to write: that came in line %u",
                 operation(j, writer)->invoked_line);
    else
        text_add(&why, "but its write failed (line %u): it must not have happened",
                 operation(j, writer)->ended_line);
    uint32_t operations[] = {reader, writer};
    return add(j, name, 0, operations, writer == NONE ? 1 : 2, &why);
}

bool report_contradiction(struct judge *j, uint32_t reader, const struct place *p) {
    struct text why = {0};
    const struct operation *o = operation(j, reader), *other = operation(j, p->version_by);
    add_session(j, &why, reader);
    text_add(&why,
             " read %s from key %s as version %lld in line %u, but it is version %lld in line %u",
             value_of(j, p), key_name(j), (long long)o->version, o->ended_line,
             (long long)p->version, other->ended_line);
    uint32_t operations[] = {reader, p->version_by};
    return add(j, "inconsistent-version", 0, operations, 2, &why);
}

/* ---- guarantees ---- */

static void add_place(const struct judge *j, struct text *t, const struct breach *b, bool second) {
    const struct place *p = second ? b->second : b->first;
    if (second && b->second_is_null) {
        text_add(t, "nothing");
        return;
    }
    text_add(t, "%s", value_of(j, p));
    if (b->has_versions)
        text_add(t, " (version %lld)", (long long)(second ? b->second_version : b->first_version));
}

bool report_breach(struct judge *j, const struct breach *b) {
    static const struct {
        const char *did, *then, *so;
    } words[GUARANTEES] = {
        [READ_YOUR_WRITES] = {"wrote", "later read", "its own write was not there"},
        [MONOTONIC_READS] = {"read", "later read", "what it had seen was gone again"},
        [MONOTONIC_WRITES] = {"wrote", "later wrote",
                              "its later write is not ordered after its earlier one"},
        [WRITES_FOLLOW_READS] = {"read", "later wrote",
                                 "its write is not ordered after what it had seen"},
    };
    struct text why = {0};
    add_session(j, &why, b->earlier);
    text_add(&why, " %s ", words[b->guarantee].did);
    add_place(j, &why, b, false);
    text_add(&why, " in line %u and %s ", line_of(operation(j, b->earlier)),
             words[b->guarantee].then);
    add_place(j, &why, b, true);
    text_add(&why, " in line %u, both of key %s: %s", line_of(operation(j, b->later)), key_name(j),
             words[b->guarantee].so);
    uint32_t operations[] = {b->earlier, b->later};
    j->result->rules[b->guarantee].violated++;
    return add(j, guarantee_names[b->guarantee], 1U << b->guarantee, operations,
               b->earlier == b->later ? 1 : 2, &why);
}

/* ---- cycles ---- */

enum { STEPS_TOLD = 6, STEPS_KEPT = 32 };

/* Did this operation write what stands here, or read it? One that has done both with it wrote it.
 */
static bool wrote(const struct judge *j, uint32_t number, uint32_t place) {
    return place_written(j, operation(j, number)) == place;
}

static uint32_t next_place(const struct graph *g, size_t step) {
    return g->cycle[(step + 1) % g->cycle_length].from;
}

static void tell_step(const struct judge *j, struct text *why, size_t step) {
    const struct graph_step *s = &j->graph.cycle[step];
    const uint32_t to = next_place(&j->graph, step);
    const char *first = value_of(j, &j->places[s->from]), *second = value_of(j, &j->places[to]);
    if (step) text_add(why, "; ");
    add_session(j, why, s->from_label);
    text_add(why, " %s %s (line %u) and later %s %s (line %u), so %s comes before %s",
             wrote(j, s->from_label, s->from) ? "wrote" : "read", first,
             line_of(operation(j, s->from_label)), wrote(j, s->to_label, to) ? "wrote" : "read",
             second, line_of(operation(j, s->to_label)), first, second);
}

static void add_once(uint32_t *operations, size_t *count, uint32_t o) {
    for (size_t i = 0; i < *count; i++)
        if (operations[i] == o) return;
    operations[(*count)++] = o;
}

bool report_cycle(struct judge *j, bool is_of_one, enum guarantee only) {
    const struct graph *g = &j->graph;
    uint32_t operations[2 * STEPS_KEPT], rules = is_of_one ? 1U << only : 0;
    size_t count = 0;
    struct text why = {0};
    for (size_t i = 0; i < g->cycle_length; i++) {
        const struct graph_step *s = &g->cycle[i];
        rules |= 1U << guarantee_of(wrote(j, s->from_label, s->from),
                                    wrote(j, s->to_label, next_place(g, i)));
        if (i < STEPS_TOLD) tell_step(j, &why, i);
        if (i >= STEPS_KEPT) continue;
        add_once(operations, &count, s->from_label);
        add_once(operations, &count, s->to_label);
    }
    if (g->cycle_length > STEPS_TOLD)
        text_add(&why, "; and %zu more like these", g->cycle_length - STEPS_TOLD);
    text_add(&why, ": no order of the writes to key %s allows it", key_name(j));
    if (is_of_one) j->result->rules[only].violated++;
    return add(j, is_of_one ? guarantee_names[only] : "no-order-of-writes", rules, operations,
               count, &why);
}
