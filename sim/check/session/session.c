/* See session.h. Sorts the operations by key and session, judges key after key, sums up. */
#include "check/session/session.h"

#include <string.h>

#include "check/session/internal.h"

/* ---- which operations ---- */

static bool concerns(const struct judge *j, const struct operation *o) {
    return writes(j, o) || reads(j, o);
}

static bool is_of_another_kind(const struct judge *j, const struct operation *o) {
    return o->f != j->read && o->f != j->write && o->f != j->rmw;
}

static bool choose(struct judge *j) {
    const struct history *h = j->history;
    uint32_t **lists[] = {&j->invoked, &j->completed, &j->spare};
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        if (!limits_grow(j->limits, lists[i], &j->list_capacity[i], h->count, sizeof(uint32_t)))
            return false;
    for (uint32_t i = 0; i < h->count; i++) {
        j->skipped += is_of_another_kind(j, &h->operations[i]);
        if (concerns(j, &h->operations[i])) j->invoked[j->invoked_count++] = i;
    }
    for (size_t i = 0; i < h->completion_count; i++) {
        const struct operation *o = operation(j, h->completions[i]);
        if (operation_is_ok(o) && concerns(j, o))
            j->completed[j->completed_count++] = h->completions[i];
    }
    return true;
}

/* ---- sorting: stable, by counting; first by session, then by key ---- */

static uint32_t key_of(const struct history *h, const struct operation *o) {
    (void)h;
    return o->key;
}

typedef uint32_t number_of(const struct history *, const struct operation *);

static bool sort_by(struct judge *j, number_of *number, size_t bound, const uint32_t *from,
                    uint32_t *to, size_t count) {
    uint32_t *begin = limits_take(j->limits, bound + 1, sizeof *begin);
    if (!begin) return false;
    for (size_t i = 0; i < count && limits_tick(j->limits); i++)
        begin[number(j->history, operation(j, from[i])) + 1]++;
    for (size_t n = 0; n < bound; n++) begin[n + 1] += begin[n];
    bool good = !j->limits->passed;
    for (size_t i = 0; i < count && good; i++) {
        to[begin[number(j->history, operation(j, from[i]))]++] = from[i];
        good = limits_tick(j->limits);
    }
    limits_give(j->limits, begin, bound + 1, sizeof *begin);
    return good;
}

static bool sort(struct judge *j, uint32_t *list, size_t count) {
    const struct history *h = j->history;
    return sort_by(j, session_of, h->clients.count + h->processes.count, list, j->spare, count) &&
           sort_by(j, key_of, h->keys.count, j->spare, list, count);
}

/* ---- keys ---- */

static bool judge_key(struct judge *j) {
    if (!values_collect(j)) return false;
    if (values_have_versions(j)) {
        j->by_version++;
        return judge_by_versions(j);
    }
    j->by_order++;
    return values_are_unique(j) && judge_by_order(j);
}

static size_t end_of_key(const struct judge *j, const uint32_t *list, size_t begin, size_t count) {
    while (begin < count && operation(j, list[begin])->key == j->key && limits_tick(j->limits))
        begin++;
    return begin;
}

static bool judge_keys(struct judge *j) {
    bool good = true;
    while (good && j->invoked_end < j->invoked_count) {
        j->invoked_begin = j->invoked_end;
        j->completed_begin = j->completed_end;
        j->key = operation(j, j->invoked[j->invoked_begin])->key;
        j->invoked_end = end_of_key(j, j->invoked, j->invoked_begin, j->invoked_count);
        j->completed_end = end_of_key(j, j->completed, j->completed_begin, j->completed_count);
        good = !j->limits->passed && judge_key(j);
        values_forget(j);
        j->result->keys++;
    }
    return good;
}

/* ---- the answer ---- */

static uint64_t count_sessions(struct judge *j) {
    const struct history *h = j->history;
    const size_t bound = h->clients.count + h->processes.count;
    uint8_t *seen = limits_take(j->limits, bound, sizeof *seen);
    uint64_t count = 0;
    for (size_t i = 0; seen && i < j->invoked_count; i++) {
        uint8_t *at = &seen[session_of(h, operation(j, j->invoked[i]))];
        count += !*at;
        *at = 1;
    }
    limits_give(j->limits, seen, bound, sizeof *seen);
    return count;
}

static void sum_up(struct judge *j, uint64_t sessions) {
    struct check_result *r = j->result;
    uint64_t judged = 0;
    for (int g = 0; g < GUARANTEES; g++) judged += r->rules[g].judged;
    r->verdict = r->anomalies_found ? CHECK_INVALID : judged ? CHECK_VALID : CHECK_UNKNOWN;
    if (r->verdict == CHECK_INVALID)
        text_add(&r->why, "%llu anomal%s%s%s", (unsigned long long)r->anomalies_found,
                 r->anomalies_found == 1 ? "y" : "ies", r->anomaly_count ? "; the first: " : "",
                 r->anomaly_count ? r->anomalies[0].why : "");
    else if (r->verdict == CHECK_UNKNOWN)
        text_add(&r->why,
                 "there was nothing to judge: no session had an operation completed before it read "
                 "or wrote the same key again");
    else
        text_add(&r->why, "all four guarantees held, %llu times in %llu sessions",
                 (unsigned long long)judged, (unsigned long long)sessions);
}

static void free_judge(struct judge *j) {
    struct limits *l = j->limits;
    limits_give(l, j->invoked, j->list_capacity[0], sizeof *j->invoked);
    limits_give(l, j->completed, j->list_capacity[1], sizeof *j->completed);
    limits_give(l, j->spare, j->list_capacity[2], sizeof *j->spare);
    limits_give(l, j->place_of, j->history->values.count, sizeof *j->place_of);
    limits_give(l, j->places, j->place_capacity, sizeof *j->places);
    limits_give(l, j->members, j->member_capacity, sizeof *j->members);
    limits_give(l, j->starts, j->start_capacity, sizeof *j->starts);
    limits_give(l, j->explained, j->explained_capacity, sizeof *j->explained);
    graph_free(&j->graph, l);
}

static void judge_sessions(const struct history *h, struct limits *limits,
                           struct check_result *result) {
    struct judge j = {.history = h, .limits = limits, .result = result};
    j.read = history_function(h, "read");
    j.write = history_function(h, "write");
    j.rmw = history_function(h, "rmw");
    for (int g = 0; g < GUARANTEES; g++) result->rules[g].name = guarantee_names[g];
    result->rule_count = GUARANTEES;
    j.place_of = limits_take(limits, h->values.count, sizeof *j.place_of);
    if (j.place_of && choose(&j) && sort(&j, j.invoked, j.invoked_count) &&
        sort(&j, j.completed, j.completed_count) && judge_keys(&j)) {
        const uint64_t sessions = count_sessions(&j);
        check_add_figure(result, "sessions", sessions);
        sum_up(&j, sessions);
    }
    check_add_figure(result, "keys_judged_by_version", j.by_version);
    check_add_figure(result, "keys_judged_by_order", j.by_order);
    check_add_figure(result, "ops_skipped", j.skipped);
    free_judge(&j);
}

const struct check_spec session_spec = {
    .name = "session",
    .summary = "read-your-writes, monotonic reads, monotonic writes, writes follow reads; per key",
    .judge = judge_sessions,
};
