/*
 * Why there is no order: the shortest prefix of the history that has none, and what its last event
 * said.
 *
 * A longer prefix has no order when a shorter one has none, so the shortest is found by bisection
 * over completions, from about where the search was stuck on. Its last event is the completion of
 * an operation, and without what that told there is an order: the longest linearization there is,
 * of all that was completed before. The operation fits nowhere in any of them. What it could have
 * seen instead is found by letting it see anything: each order that is then found has a state where
 * it stood, which is excluded, until no order is left.
 *
 * A checker that only says "no" is of little use (Porcupine's issue 4); one that shows the last
 * configurations of its search shows what it tried, not what is wrong (Jepsen's issue 291).
 */
#include "base/memory.h"
#include "check/brief.h"
#include "check/linear/judge.h"

/* So many times the steps of the search that failed: to explain should not take much longer than to
 * find out. */
enum { STEPS_TIMES = 4, STEPS_LEAST = 1000000 };

struct explaining {
    struct linear_judge *judge;
    struct problem_part part;
    uint64_t steps_max;
    struct check_explanation *explanation;
    struct story story;
    bool lacks_memory;
};

/* ---- the shortest prefix ---- */

/* Up to the completion at that place among the key's. */
static enum search_answer answer_up_to(struct explaining *x, size_t place) {
    struct attempt a;
    x->part.line_max = story_operation(x->judge, x->part.completed[place])->ended_line;
    attempt(&a, x->judge, &x->part, x->steps_max);
    attempt_free(&a);
    return a.answer;
}

static size_t place_of_line(const struct explaining *x, uint32_t line) {
    size_t low = 0, high = x->part.completed_count - 1;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (story_operation(x->judge, x->part.completed[middle])->ended_line < line)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* What is tried next: a guess, then farther and farther from it, then the middle. */
struct bounds {
    size_t low, high; /* the shortest prefix ends from low to high */
    size_t guess, stride;
};

static size_t next_place(struct bounds *b) {
    size_t place = b->low + (b->high - b->low) / 2;
    if (b->stride == 0)
        place = b->guess;
    else if (b->high <= b->guess && b->high - b->low > b->stride)
        place = b->high - b->stride; /* it failed at the guess, and does so earlier */
    else if (b->low > b->guess && b->high - b->low > b->stride)
        place = b->low + b->stride - 1;
    if (b->stride <= b->high) b->stride = b->stride ? b->stride * 2 : 1;
    return place < b->high ? place : b->high - 1;
}

/* Its last completion, by its place among the key's. SIZE_MAX: a limit was reached. */
static size_t shortest_prefix(struct explaining *x, uint32_t stuck_line) {
    struct bounds b = {0, x->part.completed_count - 1, place_of_line(x, stuck_line), 0};
    while (b.low < b.high) {
        const size_t place = next_place(&b);
        const enum search_answer answer = answer_up_to(x, place);
        if (answer == SEARCH_GAVE_UP) return SIZE_MAX;
        if (answer == SEARCH_FOUND)
            b.low = place + 1;
        else
            b.high = place;
    }
    return b.high;
}

/* ---- the order ---- */

static char *text_of_state(struct explaining *x, uint32_t state) {
    struct text words = {0}, json = {0};
    if (x->judge->spec->describe_state(&x->judge->states, state, BRIEF_JSON, &words))
        text_add_bytes(&json, words.data, words.size);
    else
        text_add_json(&json, words.data, words.size);
    text_free(&words);
    char *kept = check_keep(x->judge->limits, &json);
    x->lacks_memory = x->lacks_memory || !kept;
    return kept;
}

/* The length, where it is not in it. */
static uint32_t place_in_order(const struct attempt *a, uint32_t operation) {
    uint32_t place = 0;
    while (place < a->search.length &&
           a->problem.entries[a->search.order[place].entry].operation != operation)
        place++;
    return place;
}

static void add_possible(struct explaining *x, uint32_t state) {
    struct story *s = &x->story;
    if (state == LINEAR_NONE || s->possible_count == CHECK_POSSIBLE_MAX) return;
    for (size_t i = 0; i < s->possible_count; i++)
        if (s->possible[i] == state) return;
    s->possible[s->possible_count++] = state;
}

/* From where on in the order that was found what is stuck could stand, were it not for what it saw:
 * if it changes nothing, anywhere after all that had ended before it. */
static uint32_t first_place_of_stuck(const struct explaining *x, const struct attempt *a) {
    const struct operation *stuck = story_operation(x->judge, x->explanation->stuck);
    if (!x->story.has_op || place_in_order(a, x->explanation->stuck) < a->search.length)
        return UINT32_MAX;
    for (uint32_t i = a->search.length; i > 0; i--) {
        const struct entry *entry = &a->problem.entries[a->search.order[i - 1].entry];
        const bool over = !entry->optional && entry->end < stuck->invoked_line;
        if (over || x->story.op.makes != LINEAR_NONE) return i;
    }
    return 0;
}

/* It was in the order before anyone knew how it ended, and does there what it did. */
static bool stands_there(const struct explaining *x, const struct entry *e) {
    return e->operation == x->explanation->stuck && x->story.has_op &&
           e->op.makes == x->story.op.makes;
}

/* What the search left off as nobody could tell the difference is told here: the states are found
 * once more. */
static void keep_order(struct explaining *x, struct attempt *a) {
    struct check_explanation *e = x->explanation;
    const uint32_t length = a->search.length, first = first_place_of_stuck(x, a);
    uint32_t state = a->problem.initial;
    e->steps_before = length > CHECK_STEPS_MAX ? length - CHECK_STEPS_MAX : 0;
    for (uint32_t i = 0; i < length && state != LINEAR_NONE; i++) {
        const struct entry *entry = &a->problem.entries[a->search.order[i].entry];
        if (i == e->steps_before) e->state = text_of_state(x, state);
        if (i >= first || stands_there(x, entry)) add_possible(x, state);
        state = problem_step(&a->problem, state, entry);
        if (i < e->steps_before || state == LINEAR_NONE) continue;
        e->steps[e->step_count++] = (struct check_step){entry->operation, text_of_state(x, state)};
    }
    if (!e->state) e->state = text_of_state(x, a->problem.initial);
    if (length >= first) add_possible(x, state);
}

/* ---- what else could have been seen ---- */

static void find_possible(struct explaining *x) {
    struct check_explanation *e = x->explanation;
    struct story *s = &x->story;
    struct problem_part part = x->part;
    part.line_max = e->line;
    part.peek = e->stuck;
    while (s->possible_count < CHECK_POSSIBLE_MAX) {
        struct attempt a;
        part.excluded = s->possible;
        part.excluded_count = s->possible_count;
        attempt(&a, x->judge, &part, x->steps_max);
        const uint32_t state = a.answer == SEARCH_FOUND
                                   ? a.search.order[place_in_order(&a, e->stuck)].state
                                   : LINEAR_NONE;
        attempt_free(&a);
        if (state == LINEAR_NONE) {
            e->possible_more = a.answer != SEARCH_NO_ORDER;
            return;
        }
        add_possible(x, state);
    }
    e->possible_more = true;
}

/* ---- which operations are concerned ---- */

struct concerned {
    uint32_t operations[CHECK_OPERATIONS_MAX];
    size_t count;
    uint64_t left_out;
};

static void add_concerned(struct concerned *c, uint32_t number) {
    for (size_t i = 0; i < c->count; i++)
        if (c->operations[i] == number) return;
    if (c->count < CHECK_OPERATIONS_MAX)
        c->operations[c->count++] = number;
    else
        c->left_out++;
}

_Static_assert(1 + NAMED_MAX + CHECK_STEPS_MAX <= CHECK_OPERATIONS_MAX, "these have room always");

/* Those that the sentence and the picture are about: what is stuck, what the sentence names, the
 * order's end, and what was open meanwhile, the latest first. */
static void find_concerned(const struct explaining *x, struct concerned *c) {
    const struct check_explanation *e = x->explanation;
    const struct operation *stuck = story_operation(x->judge, e->stuck);
    add_concerned(c, e->stuck);
    for (size_t i = 0; i < x->story.named_count; i++) add_concerned(c, x->story.named[i]);
    for (size_t i = e->step_count; i > 0; i--) add_concerned(c, e->steps[i - 1].operation);
    for (size_t i = x->part.invoked_count; i > 0; i--) {
        const uint32_t number = x->part.invoked[i - 1];
        const struct operation *o = story_operation(x->judge, number);
        const bool over = o->end == OPERATION_OK && o->ended_line < stuck->invoked_line;
        if (o->invoked_line <= e->line && !over && o->end != OPERATION_FAIL)
            add_concerned(c, number);
    }
}

/* ---- all of it ---- */

static void add_anomaly(struct explaining *x, uint32_t key) {
    struct concerned c = {.count = 0};
    struct text why = {0};
    tell_why(x->judge, key, &x->story, &why);
    find_concerned(x, &c);
    check_add_anomaly(x->judge->result, x->judge->limits,
                      &(struct anomaly){.name = "not-linearizable",
                                        .key = key,
                                        .operations = c.operations,
                                        .count = c.count,
                                        .left_out = c.left_out,
                                        .explanation = x->explanation},
                      &why);
}

/* Without an explanation: nobody wants one, or there was no time to find it. */
static void add_plain(struct linear_judge *j, uint32_t key, bool tried) {
    struct text why = {0};
    text_add(&why, "no order of the operations ");
    if (key != VALUE_NULL) {
        text_add(&why, "on key ");
        brief_add(&why, names_string(&j->history->keys, key), names_size(&j->history->keys, key),
                  BRIEF_WORDS);
        text_add(&why, " ");
    }
    text_add(&why, "is one that a single copy would have given");
    if (tried)
        text_add(&why, "; a limit was reached before it was found which of them fits nowhere");
    check_add_anomaly(j->result, j->limits,
                      &(struct anomaly){.name = "not-linearizable", .key = key}, &why);
}

/* The operation that fits nowhere, and what it saw. */
static void take_stuck(struct explaining *x) {
    struct linear_judge *j = x->judge;
    struct text none = {0}, saw = {0};
    const struct operation *o = story_operation(j, x->explanation->stuck);
    const enum linear_take taken =
        j->spec->take(&j->states, o, (enum operation_end)o->end, &x->story.op, &none);
    text_free(&none);
    x->lacks_memory = taken == LINEAR_LIMIT;
    x->story.has_op = taken == LINEAR_TAKEN;
    if (!x->story.has_op) return;
    j->spec->describe(&j->states, &x->story.op, BRIEF_JSON, &saw);
    x->explanation->saw = check_keep(j->limits, &saw);
    x->lacks_memory = !x->explanation->saw;
}

/* What it could have seen. The first are those of the order that is told, so there are some
 * whatever the search for more says. */
static void keep_possible(struct explaining *x) {
    struct check_explanation *e = x->explanation;
    find_possible(x);
    for (size_t i = 0; i < x->story.possible_count; i++)
        e->possible[e->possible_count++] = text_of_state(x, x->story.possible[i]);
}

/* False: a limit was reached. */
static bool explain_prefix(struct explaining *x, uint32_t key, size_t last) {
    struct linear_judge *j = x->judge;
    struct attempt order;
    x->explanation = must_calloc(1, sizeof *x->explanation);
    x->explanation->stuck = x->part.completed[last];
    x->explanation->line = story_operation(j, x->explanation->stuck)->ended_line;
    x->story = (struct story){.part = &x->part, .explanation = x->explanation, .order = &order};
    x->part.line_max = x->explanation->line - 1;
    take_stuck(x);
    attempt(&order, j, &x->part, x->steps_max);
    bool found = order.answer == SEARCH_FOUND && !x->lacks_memory;
    if (found) {
        keep_order(x, &order);
        if (x->story.has_op) keep_possible(x);
        found = !x->lacks_memory;
    }
    if (found)
        add_anomaly(x, key);
    else
        check_explanation_free(x->explanation, j->limits);
    attempt_free(&order);
    return found;
}

void explain(struct linear_judge *j, uint32_t key, uint64_t steps, uint32_t stuck_line) {
    struct explaining x = {.judge = j, .part = judge_part(j, key)};
    if (!check_shows_more(j->result)) {
        add_plain(j, key, false);
        return;
    }
    x.steps_max = steps * STEPS_TIMES > STEPS_LEAST ? steps * STEPS_TIMES : STEPS_LEAST;
    const size_t last = shortest_prefix(&x, stuck_line);
    if (last == SIZE_MAX || !explain_prefix(&x, key, last)) add_plain(j, key, true);
}
