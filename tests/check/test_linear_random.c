/*
 * The search against a dumb one: small random histories, and every order of their operations tried
 * that real time allows. The dumb judge shares nothing with the clever one: it has the operations
 * as they were drawn, and its states are texts. Where a history has no order, what is said about it
 * is tried too: its shortest part that fails, the order of the rest, and what could have been seen.
 * A failure names its seed. ORRERY_SEEDS says how many (12000 of each specification).
 */
#include "check_test.h"

#include "base/random.h"

enum { OPS_MAX = 300, STATE_MAX = 1500, FOR_EVER = 1 << 30 };
enum kind { READ, WRITE, RMW, CAS, APPEND };
enum end { OPEN, OK, FAIL, INFO, MISMATCH };

struct op {
    enum kind kind;
    enum end end;
    int process, call, ret;                 /* lines; ret: FOR_EVER without a completion */
    char asked[8], old[8], told[STATE_MAX]; /* as text: "2", "null"; of kv without quotes */
    bool applied;
};
struct game {
    struct op ops[OPS_MAX];
    int count;
    bool kv, cas, unique; /* unique: no value twice */
    struct story story;
};

/* ---- what one copy would do ---- */

static const char *empty(const struct game *g) { return g->kv ? "" : "null"; }

/* False: this state does not allow it. `known`: its outcome is. */
static bool apply(const struct game *g, const struct op *o, bool known, char *state) {
    switch (o->kind) {
    case READ: return !known || strcmp(state, o->told) == 0;
    case APPEND: strcat(state, o->asked); return true;
    case CAS:
        if (known && o->end == MISMATCH) return strcmp(state, o->old) != 0;
        if (strcmp(state, o->old) != 0) return false;
        break;
    case RMW:
        if (known && strcmp(state, o->told) != 0) return false;
        break;
    case WRITE: break;
    }
    (void)g;
    strcpy(state, o->asked);
    return true;
}

/* ---- a history, by a copy that is asked by several at once, and now and then a lie ---- */

struct process {
    int doing, number;
};

static void draw_value(const struct game *g, struct random *r, char *to) {
    if (g->unique)
        sprintf(to, g->kv ? "%d." : "%d", g->count);
    else if (g->kv)
        sprintf(to, "%c", (int)('a' + draw_below(r, 3)));
    else
        sprintf(to, "%d", (int)draw_below(r, 3));
}

static void begin_op(struct game *g, struct random *r, struct process *p, int line) {
    struct op *o = &g->ops[g->count];
    *o = (struct op){.process = p->number, .call = line, .ret = FOR_EVER};
    const int64_t which = draw_below(r, 10);
    if (g->kv)
        o->kind = which < 4 ? READ : which < 6 ? WRITE : APPEND;
    else if (g->cas)
        o->kind = which < 3 ? READ : which < 5 ? WRITE : which < 9 ? CAS : RMW;
    else
        o->kind = which < 5 ? READ : which < 9 ? WRITE : RMW;
    draw_value(g, r, o->asked);
    draw_value(g, r, o->old);
    p->doing = g->count++;
}

static void happen(const struct game *g, struct op *o, char *state) {
    o->applied = true;
    strcpy(o->told, state);
    if (o->kind == READ) return;
    if (o->kind == CAS && strcmp(state, o->old) != 0)
        o->end = MISMATCH;
    else
        apply(g, o, false, state);
}

static void finish(struct random *r, struct process *p, struct op *o, int line, int *next_process) {
    const bool vanishes = draw_below(r, 8) == 0;
    if (o->applied && !vanishes) {
        if (o->end != MISMATCH) o->end = OK;
    } else if (draw_below(r, 2) == 0 && !o->applied) {
        o->end = FAIL;
    } else {
        o->end = INFO;
        p->number = (*next_process)++;
    }
    o->ret = line;
    p->doing = -1;
}

static void play(struct game *g, struct random *r, int operations, int processes) {
    struct process p[16];
    char state[STATE_MAX];
    int line = 1, next_process = processes;
    strcpy(state, empty(g));
    g->count = 0;
    for (int i = 0; i < processes; i++) p[i] = (struct process){-1, i};
    while (g->count < operations || draw_below(r, 6) > 0) {
        const int64_t late = g->count ? draw_below(r, g->count) : 0;
        struct process *who = &p[draw_below(r, processes)];
        struct op *o = who->doing < 0 ? NULL : &g->ops[who->doing];
        if (g->count && g->ops[late].end == INFO && !g->ops[late].applied &&
            draw_below(r, 4) == 0) {
            const enum end end = g->ops[late].end;
            happen(g, &g->ops[late], state);
            g->ops[late].end = end;
        } else if (!o && g->count < operations) {
            begin_op(g, r, who, line++);
        } else if (o && !o->applied && draw_below(r, 4) > 0) {
            happen(g, o, state);
        } else if (o) {
            finish(r, who, o, line++, &next_process);
        }
    }
    for (int i = 0; i < g->count;
         i++) /* a cas without an end has told nobody that it found another value */
        if (g->ops[i].ret == FOR_EVER) g->ops[i].end = OPEN;
}

/* One operation is told something else, or fails though it had happened. */
static void lie(struct game *g, struct random *r) {
    struct op *o = &g->ops[draw_below(r, g->count)];
    if (o->end == OK && o->kind == CAS && draw_below(r, 2)) {
        draw_value(g, r, o->old);
    } else if (o->end == OK && (o->kind == READ || o->kind == RMW)) {
        const struct op other = g->ops[draw_below(r, g->count)];
        strcpy(o->told,
               draw_below(r, 2) ? other.told[0] || g->kv ? other.told : empty(g) : other.asked);
    } else if (o->end == OK && draw_below(r, 3) == 0) {
        o->end = FAIL;
    } else if (o->end == FAIL && o->kind == CAS) {
        o->end = MISMATCH;
    }
}

/* ---- the dumb judge ---- */

enum { VISITED = 1 << 19 };
struct visit {
    uint64_t game, mask;
    char state[40];
};
static struct visit *visited;
static uint64_t game_number;

struct question { /* about a part of the game */
    const struct game *g;
    int line_max, peek; /* peek: this operation saw `seen` */
    const char *seen;
};

static bool is_in(const struct question *q, const struct op *o) {
    return o->call <= q->line_max && !(o->ret <= q->line_max && o->end == FAIL);
}
static bool is_certain(const struct question *q, const struct op *o) {
    return o->ret <= q->line_max && (o->end == OK || o->end == MISMATCH);
}

static bool was_here(uint64_t mask, const char *state) {
    uint64_t hash = mask;
    for (const char *c = state; *c; c++) hash = random_at(hash, (uint64_t)*c);
    for (uint64_t at = hash % VISITED;; at = (at + 1) % VISITED) {
        struct visit *v = &visited[at];
        if (v->game != game_number) {
            *v = (struct visit){.game = game_number, .mask = mask};
            strcpy(v->state, state);
            return false;
        }
        if (v->mask == mask && strcmp(v->state, state) == 0) return true;
    }
}

static bool some_order(const struct question *q, uint64_t mask, const char *state) {
    const struct game *g = q->g;
    int first_end = FOR_EVER;
    bool done = true;
    for (int i = 0; i < g->count; i++) {
        if (mask >> i & 1 || !is_certain(q, &g->ops[i])) continue;
        done = false;
        if (g->ops[i].ret < first_end) first_end = g->ops[i].ret;
    }
    if (done) return true;
    if (was_here(mask, state)) return false;
    for (int i = 0; i < g->count; i++) {
        const struct op *o = &g->ops[i];
        char next[STATE_MAX];
        if (mask >> i & 1 || !is_in(q, o) || o->call > first_end) continue;
        strcpy(next, state);
        if (i == q->peek) {
            if (strcmp(state, q->seen) != 0) continue;
            if (o->kind == RMW || (o->kind == CAS && o->end == OK)) strcpy(next, o->asked);
        } else if (!apply(g, o, is_certain(q, o), next)) {
            continue;
        }
        if (some_order(q, mask | UINT64_C(1) << i, next)) return true;
    }
    return false;
}

static bool has_order(const struct question *q) {
    game_number++;
    return some_order(q, 0, empty(q->g));
}

/* ---- the same game as lines ---- */

static void add_text(const struct game *g, struct text *t, const char *value) {
    text_add(t, g->kv ? "\"%s\"" : "%s", value);
}

static void write_game(struct game *g) {
    static const char *const names[2][5] = {{"read", "write", "rmw", "cas", ""},
                                            {"get", "put", "", "", "append"}};
    static const char *const types[] = {
        [OK] = "ok", [FAIL] = "fail", [INFO] = "info", [MISMATCH] = "fail"};
    int last = 0;
    for (int i = 0; i < g->count; i++) {
        if (g->ops[i].call > last) last = g->ops[i].call;
        if (g->ops[i].ret != FOR_EVER && g->ops[i].ret > last) last = g->ops[i].ret;
    }
    for (int line = 1; line <= last; line++)
        for (int i = 0; i < g->count; i++) {
            const struct op *o = &g->ops[i];
            const bool is_call = o->call == line;
            struct text value = {0};
            if (!is_call && o->ret != line) continue;
            if (o->kind == CAS)
                text_add(&value, "[%s,%s]", o->old, o->asked);
            else if (o->kind == READ && (is_call || o->end != OK))
                text_add(&value, "null");
            else
                add_text(g, &value,
                         o->kind == READ || (o->kind == RMW && !is_call && o->end == OK)
                             ? o->told
                             : o->asked);
            tell(&g->story, o->process, is_call ? "invoke" : types[o->end], names[g->kv][o->kind],
                 "\"x\"", text_string(&value),
                 !is_call && o->end == MISMATCH ? ",\"error\":\"mismatch\"" : "");
            text_free(&value);
        }
}

/* ---- one against the other ---- */

static void disagree(const struct game *g, uint64_t seed, const char *what) {
    print_message("%s\n", text_string(&g->story.result.why));
    fputs(text_string(&g->story.lines), stderr); /* more than print_message takes */
    fail_msg("seed %llu: %s", (unsigned long long)seed, what);
}

/* Operations of the history stand in the order of their invokes, as those of the game. */
static bool is_possible(const struct game *g, const struct check_explanation *e, const char *seen) {
    return has_order(&(struct question){g, (int)e->line, (int)e->stuck, seen});
}

static void check_told(const struct game *g, const struct check_explanation *e, uint64_t seed) {
    for (size_t i = 0; i < e->possible_count; i++) {
        char seen[STATE_MAX];
        const size_t quotes = g->kv ? 1 : 0, size = strlen(e->possible[i]) - 2 * quotes;
        memcpy(seen, e->possible[i] + quotes, size);
        seen[size] = '\0';
        if (!is_possible(g, e, seen)) disagree(g, seed, "something told is not possible");
        for (size_t k = 0; k < i; k++)
            if (strcmp(e->possible[k], e->possible[i]) == 0)
                disagree(g, seed, "something possible is told twice");
    }
}

static void check_possible(const struct game *g, const struct check_explanation *e, uint64_t seed) {
    static const char *const values[] = {"null", "0", "1", "2"};
    if (!e->saw) return;
    if (e->possible_count == 0 && e->possible_more) disagree(g, seed, "nothing possible is told");
    check_told(g, e, seed);
    if (g->kv || g->unique || e->possible_more) return;
    for (size_t v = 0; v < 4; v++) {
        bool told = false;
        for (size_t i = 0; i < e->possible_count; i++)
            told = told || strcmp(e->possible[i], values[v]) == 0;
        if (!told && is_possible(g, e, values[v]))
            disagree(g, seed, "something possible is not told");
    }
}

static void check_steps(const struct game *g, const struct check_explanation *e, uint64_t seed) {
    const struct question before = {g, (int)e->line - 1, -1, NULL};
    char state[STATE_MAX];
    uint64_t mask = 0;
    if (e->steps_before) return;
    strcpy(state, empty(g));
    for (size_t i = 0; i < e->step_count; i++) {
        const struct op *o = &g->ops[e->steps[i].operation];
        for (int k = 0; k < g->count; k++)
            if (!(mask >> k & 1) && is_certain(&before, &g->ops[k]) && g->ops[k].ret < o->call)
                disagree(g, seed, "the order breaks real time");
        if (!apply(g, o, is_certain(&before, o), state))
            disagree(g, seed, "the order is not one of a single copy");
        mask |= UINT64_C(1) << e->steps[i].operation;
        char shown[STATE_MAX + 2];
        sprintf(shown, g->kv ? "\"%s\"" : "%s", state);
        if (strcmp(shown, e->steps[i].state) != 0)
            disagree(g, seed, "a state of the order is another");
    }
    for (int k = 0; k < g->count; k++)
        if (!(mask >> k & 1) && is_certain(&before, &g->ops[k]))
            disagree(g, seed, "the order leaves one out");
}

static void check_explanation(const struct game *g, uint64_t seed) {
    const struct check_explanation *e = g->story.result.anomalies[0].explanation;
    if (!e) disagree(g, seed, "no shortest part was found");
    const struct question fails = {g, (int)e->line, -1, NULL};
    if (has_order(&fails)) disagree(g, seed, "the part that is said to fail has an order");
    const struct question holds = {g, (int)e->line - 1, -1, NULL};
    if (!has_order(&holds)) disagree(g, seed, "a shorter part fails");
    check_steps(g, e, seed);
    check_possible(g, e, seed);
}

static uint64_t seeds(void) {
    const char *asked = getenv("ORRERY_SEEDS");
    return asked ? strtoull(asked, NULL, 10) : 12000;
}

static void compare(const char *spec, bool kv, bool cas) {
    struct game *g = calloc(1, sizeof *g);
    uint64_t valid = 0, invalid = 0, unknown = 0;
    visited = calloc(VISITED, sizeof *visited);
    g->kv = kv;
    g->cas = cas;
    for (uint64_t seed = 1; seed <= seeds(); seed++) {
        struct random r = {random_key_named(seed, "linear", spec), 0};
        const int operations = 4 + (int)draw_below(&r, kv ? 9 : 13);
        const int processes = 2 + (int)draw_below(&r, kv ? 3 : 5);
        g->unique = seed % 4 == 0;
        play(g, &r, operations, processes);
        if (seed % 3 > 0)
            for (int lies = 0; lies < 12; lies++) lie(g, &r);
        write_game(g);
        judge_story(&g->story, spec);
        const enum check_verdict found = g->story.result.verdict;
        const struct question whole = {g, FOR_EVER - 1, -1, NULL};
        const bool order = has_order(&whole);
        if (found == CHECK_VALID && !order) disagree(g, seed, "valid, and there is no order");
        if (found == CHECK_INVALID && order) disagree(g, seed, "not valid, and there is an order");
        if (found == CHECK_INVALID) check_explanation(g, seed);
        valid += found == CHECK_VALID;
        invalid += found == CHECK_INVALID;
        unknown += found == CHECK_UNKNOWN;
        end_story(&g->story);
    }
    print_message("# %s: %llu valid, %llu not, %llu with nothing to judge\n", spec,
                  (unsigned long long)valid, (unsigned long long)invalid,
                  (unsigned long long)unknown);
    assert_true(valid * 4 > seeds() && invalid * 4 > seeds()); /* often of either kind */
    free(visited);
    free(g);
}

static void a_register_has_an_order_just_when_the_dumb_judge_finds_one(void **state) {
    compare("register", false, false);
}
static void so_has_one_with_cas(void **state) { compare("cas-register", false, true); }
static void so_has_a_string(void **state) { compare("kv", true, false); }

/* What one copy answered is linearizable, however long it is and however many were never answered.
 */
static void long_histories_of_one_copy_are_valid(void **state) {
    static const struct {
        const char *spec;
        bool kv, cas;
    } specs[] = {{"register", false, false}, {"cas-register", false, true}, {"kv", true, false}};
    struct game *g = calloc(1, sizeof *g);
    for (size_t s = 0; s < 3; s++)
        for (uint64_t seed = 1; seed <= seeds() / 60; seed++) {
            struct random r = {random_key_named(seed, "long", specs[s].spec), 0};
            g->kv = specs[s].kv;
            g->cas = specs[s].cas;
            g->unique = g->kv; /* of three letters many strings are equal, and nothing tells who
                                  wrote what */
            const int operations = 50 + (int)draw_below(&r, OPS_MAX - 50),
                      processes = 2 + (int)draw_below(&r, 10);
            play(g, &r, operations, processes);
            write_game(g);
            g->story.limits.ticks_max = 20000000;
            judge_story(&g->story, specs[s].spec);
            if (g->story.result.verdict != CHECK_VALID)
                print_message("%s %s %llu\n", specs[s].spec, text_string(&g->story.result.why),
                              (long long)g->story.limits.memory_peak);
            if (g->story.result.verdict != CHECK_VALID)
                disagree(g, seed, "not valid, and one copy gave it");
            end_story(&g->story);
        }
    free(g);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_register_has_an_order_just_when_the_dumb_judge_finds_one),
        cmocka_unit_test(so_has_one_with_cas),
        cmocka_unit_test(so_has_a_string),
        cmocka_unit_test(long_histories_of_one_copy_are_valid),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
