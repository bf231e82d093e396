/*
 * A history, key after key.
 *
 * Keys are judged in rounds, each with more steps for a key than the one before: one key that is
 * hard (the problem is NP-complete; Gibbons and Korach, "Testing shared memories", 1997) does not
 * keep the others from being judged before the time is over, and an order that is missing for any
 * of them is found. Users of other checkers lose all when the memory ends (Porcupine's issue 3:
 * 5,000 events, 128 GB); here a key that needs more than there is gives back what it took, and the
 * rest is judged.
 */
#include "check/linear/judge.h"

#include "check/linear/linear.h"

enum { STEPS_FIRST = 20000, STEPS_TIMES = 16 };

void linear_states_free(struct linear_states *s) {
    names_free(&s->texts, s->limits);
    limits_give(s->limits, s->strings, s->string_capacity, sizeof *s->strings);
    limits_give(s->limits, s->joins, s->join_slots, sizeof *s->joins);
    limits_give(s->limits, s->texts_by_hash, s->text_slots, sizeof *s->texts_by_hash);
    *s = (struct linear_states){
        .history = s->history, .limits = s->limits, .wrong_line = s->wrong_line};
}

/* ---- operations by key: two stable sorts by counting ---- */

static bool count_keys(struct linear_judge *j, const uint32_t *from, size_t count, size_t *begin) {
    const struct history *h = j->history;
    for (size_t i = 0; i < count && limits_tick(j->limits); i++)
        begin[h->operations[from ? from[i] : i].key + 1]++;
    for (size_t key = 0; key < h->keys.count; key++) begin[key + 1] += begin[key];
    return !j->limits->passed;
}

/* `from`: operations in their order; NULL: all. */
static bool sort_by_key(struct linear_judge *j, const uint32_t *from, size_t count, uint32_t **to,
                        size_t **begin) {
    const struct history *h = j->history;
    *to = limits_take(j->limits, count, sizeof **to);
    *begin = limits_take(j->limits, h->keys.count + 1, sizeof **begin);
    if (!*to || !*begin || !count_keys(j, from, count, *begin)) return false;
    for (size_t i = 0; i < count && limits_tick(j->limits); i++) {
        const uint32_t number = from ? from[i] : (uint32_t)i;
        (*to)[(*begin)[h->operations[number].key]++] = number;
    }
    for (size_t key = h->keys.count; key > 0; key--) (*begin)[key] = (*begin)[key - 1];
    (*begin)[0] = 0;
    return !j->limits->passed;
}

struct problem_part judge_part(const struct linear_judge *j, uint32_t key) {
    return (struct problem_part){.invoked = j->invoked + j->invoked_begin[key],
                                 .completed = j->completed + j->completed_begin[key],
                                 .invoked_count = j->invoked_begin[key + 1] - j->invoked_begin[key],
                                 .completed_count = j->completed_begin[key + 1] -
                                                    j->completed_begin[key],
                                 .line_max = UINT32_MAX - 1,
                                 .peek = LINEAR_NONE};
}

/* ---- one key ---- */

void attempt(struct attempt *a, struct linear_judge *j, const struct problem_part *part,
             uint64_t steps_max) {
    *a = (struct attempt){.answer = SEARCH_GAVE_UP};
    a->made = problem_make(&a->problem, j->spec, &j->states, part, &j->result->malformed);
    if (a->made == LINEAR_TAKEN) a->answer = search_run(&a->search, &a->problem, steps_max);
}

void attempt_free(struct attempt *a) {
    if (a->made == LINEAR_TAKEN) search_free(&a->search);
    problem_free(&a->problem);
}

/* How many operations saw something; for an answer to a history that says nothing. */
static uint64_t count_observers(const struct problem *p) {
    uint64_t count = 0;
    for (uint32_t i = 0; i < p->certain; i++) count += p->entries[p->ends[i]].op.observes;
    return count;
}

/* Memory that one key could not get is no reason not to judge the next. */
static const char *forgive_memory(struct linear_judge *j) {
    const char *passed = j->limits->passed;
    if (!passed || (j->limits->deadline_ns && limits_now() >= j->limits->deadline_ns) ||
        (j->limits->ticks_max && j->limits->ticks >= j->limits->ticks_max))
        return NULL;
    j->limits->passed = NULL;
    return passed;
}

enum key_state { KEY_OPEN, KEY_VALID, KEY_INVALID, KEY_TOO_LARGE };

static enum key_state judge_key(struct linear_judge *j, uint32_t key, uint64_t steps_max,
                                bool is_first) {
    struct attempt a;
    const struct problem_part part = judge_part(j, key);
    attempt(&a, j, &part, steps_max);
    if (is_first && a.made == LINEAR_TAKEN) {
        j->passed_over += a.problem.passed_over;
        j->observed += count_observers(&a.problem);
    }
    j->configurations += a.search.steps;
    const uint64_t steps = a.search.steps;
    const uint32_t stuck_line = a.search.stuck_line;
    attempt_free(&a);
    if (a.made == LINEAR_WRONG) j->result->malformed_line = j->states.wrong_line;
    if (a.answer == SEARCH_NO_ORDER) explain(j, key, steps, stuck_line);
    linear_states_free(&j->states);
    return a.answer == SEARCH_FOUND      ? KEY_VALID
           : a.answer == SEARCH_NO_ORDER ? KEY_INVALID
                                         : KEY_OPEN;
}

/* ---- all keys ---- */

struct tally {
    uint64_t of[KEY_TOO_LARGE + 1];
};

static struct tally tally_of(const struct linear_judge *j, const uint8_t *states) {
    struct tally t = {{0}};
    for (uint32_t key = 0; key < j->history->keys.count; key++)
        if (j->invoked_begin[key] < j->invoked_begin[key + 1]) t.of[states[key]]++;
    return t;
}

/* True: another round may find more. */
static bool judge_round(struct linear_judge *j, uint8_t *states, uint64_t steps_max,
                        const char **too_large) {
    bool left = false;
    const bool is_first = steps_max == STEPS_FIRST;
    for (uint32_t key = 0; key < j->history->keys.count; key++) {
        if (states[key] != KEY_OPEN || j->invoked_begin[key] == j->invoked_begin[key + 1]) continue;
        states[key] = (uint8_t)judge_key(j, key, steps_max, is_first);
        if (j->result->malformed.size) return false;
        const char *forgiven = forgive_memory(j);
        if (j->limits->passed) return false;
        if (forgiven) *too_large = forgiven;
        if (forgiven && states[key] == KEY_OPEN) states[key] = KEY_TOO_LARGE;
        left = left || states[key] == KEY_OPEN;
    }
    return left;
}

static void sum_up(struct linear_judge *j, struct tally t) {
    struct check_result *r = j->result;
    const unsigned long long keys = t.of[KEY_OPEN] + t.of[KEY_VALID] + t.of[KEY_INVALID] +
                                    t.of[KEY_TOO_LARGE];
    const unsigned long long valid = t.of[KEY_VALID], invalid = t.of[KEY_INVALID];
    r->keys = keys;
    if (valid + invalid < keys) {
        text_add(&r->why, "of %llu key%s %llu %s linearizable, %llu not, %llu unknown", keys,
                 keys == 1 ? "" : "s", valid, valid == 1 ? "is" : "are", invalid,
                 keys - valid - invalid);
    } else if (invalid) {
        r->verdict = CHECK_INVALID;
        if (keys > 1)
            text_add(&r->why, "%llu of %llu keys %s not linearizable%s", invalid, keys,
                     invalid == 1 ? "is" : "are", r->anomaly_count ? "; the first: " : "");
        else
            text_add(&r->why, "not linearizable%s", r->anomaly_count ? ": " : "");
        if (r->anomaly_count) text_add(&r->why, "%s", r->anomalies[0].why);
    } else if (j->observed == 0) {
        r->verdict = CHECK_UNKNOWN;
        text_add(&r->why, "there was nothing to judge: no %s that tells what it saw",
                 j->spec->operations);
    } else {
        r->verdict = CHECK_VALID;
        text_add(&r->why, "linearizable: what %llu operation%s saw is what ",
                 (unsigned long long)j->observed, j->observed == 1 ? "" : "s");
        if (keys > 1)
            text_add(&r->why, "one copy of each of %llu keys would have shown", keys);
        else
            text_add(&r->why, "a single copy would have shown");
    }
    if (j->passed_over)
        text_add(&r->why, "; %llu scan%s passed over", (unsigned long long)j->passed_over,
                 j->passed_over == 1 ? " was" : "s were");
}

static void judge_keys(struct linear_judge *j) {
    const size_t keys = j->history->keys.count;
    const char *too_large = NULL;
    uint8_t *states = limits_take(j->limits, keys, sizeof *states);
    if (!states) return;
    for (uint64_t steps = STEPS_FIRST; judge_round(j, states, steps, &too_large);
         steps *= STEPS_TIMES) {}
    const struct tally t = tally_of(j, states);
    if (!j->result->malformed.size) sum_up(j, t);
    if (!j->limits->passed && t.of[KEY_TOO_LARGE]) j->limits->passed = too_large;
    limits_give(j->limits, states, keys, sizeof *states);
}

void linear_judge(const struct linear_spec *spec, const struct history *h, struct limits *l,
                  struct check_result *result) {
    struct linear_judge j = {.spec = spec, .history = h, .limits = l, .result = result};
    j.states = (struct linear_states){.history = h, .limits = l};
    if (sort_by_key(&j, NULL, h->count, &j.invoked, &j.invoked_begin) &&
        sort_by_key(&j, h->completions, h->completion_count, &j.completed, &j.completed_begin))
        judge_keys(&j);
    check_add_figure(result, "ops_skipped", j.passed_over);
    check_add_figure(result, "configurations", j.configurations);
    linear_states_free(&j.states);
    limits_give(l, j.invoked, h->count, sizeof *j.invoked);
    limits_give(l, j.completed, h->completion_count, sizeof *j.completed);
    limits_give(l, j.invoked_begin, h->keys.count + 1, sizeof *j.invoked_begin);
    limits_give(l, j.completed_begin, h->keys.count + 1, sizeof *j.completed_begin);
}

static void judge_register(const struct history *h, struct limits *l, struct check_result *r) {
    linear_judge(&linear_register, h, l, r);
}
static void judge_cas_register(const struct history *h, struct limits *l, struct check_result *r) {
    linear_judge(&linear_cas_register, h, l, r);
}
static void judge_kv(const struct history *h, struct limits *l, struct check_result *r) {
    linear_judge(&linear_kv, h, l, r);
}

const struct check_spec register_spec = {.name = "register",
                                         .summary = "linearizability of read, write, rmw; per key",
                                         .judge = judge_register};
const struct check_spec cas_register_spec = {
    .name = "cas-register", .summary = "the same with cas", .judge = judge_cas_register};
const struct check_spec kv_spec = {
    .name = "kv",
    .summary = "linearizability of get, put, append on strings; per key",
    .judge = judge_kv};
