/*
 * Why there is no order: the shortest prefix of the history that has none, and what its last event
 * said.
 *
 * A longer prefix has no order when a shorter one has none, so the shortest is found by bisection
 * over completions. Its last event is the completion of an operation, and without what that told
 * there is an order: the longest linearization there is, of all that was completed before. The
 * operation fits nowhere in any of them. What it could have seen instead is found by letting it see
 * anything: each order that is then found has a state where it stood, which is excluded, until no
 * order is left.
 *
 * A checker that only says "no" is of little use (Porcupine's issue 4); one that shows the last
 * configurations of its search shows what it tried, not what is wrong (Jepsen's issue 291).
 */
#include <stdlib.h>

#include "base/memory.h"
#include "check/linear/judge.h"

/* So many times the steps of the search that failed: to explain should not take much longer than to
 * find out. */
enum { STEPS_TIMES = 4, STEPS_LEAST = 1000000 };

struct explaining {
    struct linear_judge *judge;
    struct problem_part part;
    uint64_t steps_max;
    struct check_explanation *explanation;
};

static const struct operation *operation(const struct linear_judge *j, uint32_t number) {
    return &j->history->operations[number];
}

/* ---- the shortest prefix ---- */

static enum search_answer answer_up_to(struct explaining *x, uint32_t line) {
    struct attempt a;
    x->part.line_max = line;
    attempt(&a, x->judge, &x->part, x->steps_max);
    attempt_free(&a);
    return a.answer;
}

/* Its last completion, by its place among the key's. SIZE_MAX: a limit was reached. */
static size_t shortest_prefix(struct explaining *x) {
    size_t low = 0, high = x->part.completed_count - 1;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const enum search_answer answer =
            answer_up_to(x, operation(x->judge, x->part.completed[middle])->ended_line);
        if (answer == SEARCH_GAVE_UP) return SIZE_MAX;
        if (answer == SEARCH_FOUND)
            low = middle + 1;
        else
            high = middle;
    }
    return high;
}

/* ---- what could have been seen ---- */

static char *text_of_state(struct linear_judge *j, uint32_t state) {
    struct text text = {0};
    j->spec->describe_state(&j->states, state, &text);
    return text.data;
}

/* The state in which the order that was found has the operation that may see anything. */
static uint32_t state_seen(const struct attempt *a, uint32_t stuck) {
    for (uint32_t i = 0; i < a->search.length; i++)
        if (a->problem.entries[a->search.order[i].entry].operation == stuck)
            return a->search.order[i].state;
    return LINEAR_NONE;
}

static void find_possible(struct explaining *x) {
    struct check_explanation *e = x->explanation;
    struct problem_part part = x->part;
    part.line_max = e->line;
    part.peek = e->stuck;
    while (part.excluded_count < CHECK_POSSIBLE_MAX) {
        struct attempt a;
        attempt(&a, x->judge, &part, x->steps_max);
        const uint32_t state = a.answer == SEARCH_FOUND ? state_seen(&a, e->stuck) : LINEAR_NONE;
        attempt_free(&a);
        if (state == LINEAR_NONE) {
            e->possible_more = a.answer != SEARCH_NO_ORDER;
            return;
        }
        part.excluded[part.excluded_count++] = state;
        e->possible[e->possible_count++] = text_of_state(x->judge, state);
    }
    e->possible_more = true;
}

/* ---- the order ---- */

/* What the search left off as nobody could tell the difference is told here: the states are found
 * once more. */
static void keep_order(struct explaining *x, struct attempt *a) {
    struct check_explanation *e = x->explanation;
    const uint32_t length = a->search.length;
    uint32_t state = a->problem.initial;
    e->steps_before = length > CHECK_STEPS_MAX ? length - CHECK_STEPS_MAX : 0;
    for (uint32_t i = 0; i < length && state != LINEAR_NONE; i++) {
        const struct entry *entry = &a->problem.entries[a->search.order[i].entry];
        if (i == e->steps_before) e->state = text_of_state(x->judge, state);
        state = problem_step(&a->problem, state, entry);
        if (i < e->steps_before || state == LINEAR_NONE) continue;
        e->steps[e->step_count++] =
            (struct check_step){entry->operation, text_of_state(x->judge, state)};
    }
    if (!e->state) e->state = text_of_state(x->judge, a->problem.initial);
}

/* ---- all of it ---- */

/* Those that the sentence and the picture are about: what is stuck, the order's end, and what was
 * open meanwhile. */
static size_t concerned(const struct explaining *x, uint32_t *operations, size_t room) {
    const struct check_explanation *e = x->explanation;
    const struct operation *stuck = operation(x->judge, e->stuck);
    size_t count = 0;
    operations[count++] = e->stuck;
    for (size_t i = 0; i < e->step_count; i++) /* it is a step where it failed, and happened */
        if (e->steps[i].operation != e->stuck) operations[count++] = e->steps[i].operation;
    for (size_t i = x->part.invoked_count; i > 0 && count < room; i--) { /* the latest first */
        const uint32_t number = x->part.invoked[i - 1];
        const struct operation *o = operation(x->judge, number);
        const bool over = o->end == OPERATION_OK && o->ended_line < stuck->invoked_line;
        if (o->invoked_line > e->line || over || o->end == OPERATION_FAIL) continue;
        bool there = false;
        for (size_t k = 0; k < count; k++) there = there || operations[k] == number;
        if (!there) operations[count++] = number;
    }
    return count;
}

static void add_anomaly(struct explaining *x, uint32_t key, const struct story *story) {
    enum { OPERATIONS_MAX = CHECK_STEPS_MAX + 16 };
    uint32_t operations[OPERATIONS_MAX];
    const size_t count = concerned(x, operations, OPERATIONS_MAX);
    struct text why = {0};
    tell_why(x->judge, key, story, &why);
    check_add_anomaly(x->judge->result, x->judge->limits,
                      &(struct anomaly){.name = "not-linearizable",
                                        .key = key,
                                        .operations = operations,
                                        .count = count,
                                        .explanation = x->explanation},
                      &why);
}

/* Without an explanation: nobody wants one, or there was no time to find it. */
static void add_plain(struct linear_judge *j, uint32_t key, bool tried) {
    struct text why = {0};
    text_add(&why, "no order of the operations%s%s is one that a single copy would have given",
             key == VALUE_NULL ? "" : " on key ",
             key == VALUE_NULL ? "" : names_string(&j->history->keys, key));
    if (tried)
        text_add(&why, "; a limit was reached before it was found which of them fits nowhere");
    check_add_anomaly(j->result, j->limits,
                      &(struct anomaly){.name = "not-linearizable", .key = key}, &why);
}

/* The operation that fits nowhere, what it saw and what it could have seen. */
static void explain_stuck(struct explaining *x, struct story *story) {
    struct linear_judge *j = x->judge;
    const struct operation *o = operation(j, x->explanation->stuck);
    struct text none = {0}, saw = {0};
    story->has_op = j->spec->take(&j->states, o, (enum operation_end)o->end, &story->op, &none) ==
                    LINEAR_TAKEN;
    if (story->has_op) j->spec->describe(&j->states, &story->op, &saw);
    if (story->has_op) find_possible(x);
    x->explanation->saw = saw.data;
    text_free(&none);
}

void explain(struct linear_judge *j, uint32_t key, uint64_t steps) {
    struct explaining x = {.judge = j, .part = judge_part(j, key)};
    if (!check_shows_more(j->result)) {
        add_plain(j, key, false);
        return;
    }
    x.steps_max = steps * STEPS_TIMES > STEPS_LEAST ? steps * STEPS_TIMES : STEPS_LEAST;
    const size_t last = shortest_prefix(&x);
    if (last == SIZE_MAX) {
        add_plain(j, key, true);
        return;
    }
    x.explanation = must_calloc(1, sizeof *x.explanation);
    x.explanation->stuck = x.part.completed[last];
    x.explanation->line = operation(j, x.explanation->stuck)->ended_line;
    struct story story = {.part = &x.part, .explanation = x.explanation};
    struct attempt order;
    explain_stuck(&x, &story);
    x.part.line_max = x.explanation->line - 1;
    attempt(&order, j, &x.part, x.steps_max);
    if (order.answer == SEARCH_FOUND) {
        story.order = &order;
        keep_order(&x, &order);
        add_anomaly(&x, key, &story);
    } else {
        check_explanation_free(x.explanation);
        add_plain(j, key, true);
    }
    attempt_free(&order);
}
