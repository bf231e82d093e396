/*
 * The judge of sessions against a dumb one: small random histories, and every order of their writes
 * tried (without versions), every pair of operations compared (with them). What is found is also
 * checked as a witness: the operations that an anomaly names must break its guarantees by
 * themselves. A failure names its seed. ORRERY_SEEDS says how many (20000 of each kind).
 */
#include "check_test.h"

#include "base/random.h"

enum { RYW, MR, MW, WFR, GUARANTEES, ALL_RULES = (1 << GUARANTEES) - 1 };
enum { KEYS = 2, CLIENTS = 3, PROCESSES = 4, OPERATIONS = 12, WRITES_MAX = 5, NOBODYS = 90 };
enum { INITIAL = 0, NOTHING = -1 };

struct op {                       /* values are 1, 2, ...; INITIAL is null */
    int key, session, process, f; /* f: 'r', 'w', 'm' */
    int invoked, ended;           /* events; ended: INT_MAX while open */
    enum operation_end end;
    int asked, told, version; /* version 0: none */
};
struct game {
    struct random random;
    struct story story;
    struct op ops[OPERATIONS];
    int count, event, open[PROCESSES], process[PROCESSES], next_process;
    int store[KEYS], written[KEYS], version_of[WRITES_MAX * KEYS + 1];
    bool versions;
};

static int below(struct game *g, int bound) { return (int)draw_below(&g->random, bound); }

/* ---- a random history ---- */

static const char *name_of(int f) { return f == 'r' ? "read" : f == 'w' ? "write" : "rmw"; }

static void tell_op(struct game *g, const struct op *o, const char *type, int value) {
    char key[8], words[16], more[64] = "", *end = more;
    snprintf(key, sizeof key, "%d", o->key);
    snprintf(words, sizeof words, value == INITIAL ? "null" : "%d", value);
    if (o->session < CLIENTS) end += sprintf(end, ",\"client\":\"c%d\"", o->session);
    if (o->version && strcmp(type, "ok") == 0) sprintf(end, ",\"version\":%d", o->version);
    tell(&g->story, o->process, type, name_of(o->f), key, words, more);
    g->event++;
}

static int value_number(int key, int n) { return key * WRITES_MAX + n; } /* n from 1 */

static void invoke(struct game *g, int slot) {
    const int number = g->count++;
    struct op *o = &g->ops[number];
    *o = (struct op){.key = below(g, 4) == 0, .process = g->process[slot], .ended = INT32_MAX};
    /* One slot has no client: each of its processes is a session. */
    o->session = slot == PROCESSES - 1 ? CLIENTS + o->process : slot * CLIENTS / PROCESSES;
    const int kind = below(g, 10);
    o->f = g->written[o->key] == WRITES_MAX || kind < 5 ? 'r' : kind < 9 ? 'w' : 'm';
    if (o->f != 'r') o->asked = value_number(o->key, ++g->written[o->key]);
    o->invoked = g->event;
    g->open[slot] = number;
    tell_op(g, o, "invoke", o->asked);
}

static int any_value(struct game *g, const struct op *o) {
    if (below(g, 40) == 0) return NOBODYS;
    int n = below(g, g->written[o->key] + 2); /* the last may not be asked for yet */
    if (n > WRITES_MAX) n = WRITES_MAX;
    return n ? value_number(o->key, n) : INITIAL;
}

static void complete(struct game *g, int slot) {
    struct op *o = &g->ops[g->open[slot]];
    const int fate = below(g, 12);
    o->end = fate < 10 ? OPERATION_OK : fate == 10 ? OPERATION_FAIL : OPERATION_INFO;
    o->ended = g->event;
    o->told = o->asked;
    if (o->end == OPERATION_OK && o->f != 'w')
        o->told = below(g, 3) ? g->store[o->key] : any_value(g, o);
    if (o->f != 'r' && o->end != OPERATION_FAIL && below(g, 8)) g->store[o->key] = o->asked;
    if (g->versions && o->end == OPERATION_OK) {
        if (o->f != 'r') o->version = g->version_of[o->asked];
        if (o->f == 'r' && o->told != INITIAL) {
            o->version = o->told == NOBODYS ? 50 : g->version_of[o->told];
            if (below(g, 30) == 0) o->version += 1 + below(g, 2);
        }
    }
    g->open[slot] = NOTHING;
    if (o->end == OPERATION_INFO) g->process[slot] = g->next_process++;
    tell_op(g, o,
            o->end == OPERATION_OK     ? "ok"
            : o->end == OPERATION_FAIL ? "fail"
                                       : "info",
            o->told);
}

/* Mostly as they are numbered, which is how they were asked for. */
static void draw_versions(struct game *g) {
    const int count = WRITES_MAX * KEYS;
    for (int i = 1; i <= count; i++) g->version_of[i] = 10 * i;
    for (int swaps = below(g, 4); swaps > 0; swaps--) {
        const int a = 1 + below(g, count), b = 1 + below(g, count), version = g->version_of[a];
        g->version_of[a] = g->version_of[b];
        g->version_of[b] = version;
    }
}

static void play(struct game *g, uint64_t seed, bool versions) {
    *g = (struct game){.random = {random_key(seed, versions), 0}, .versions = versions};
    const int most = 4 + below(g, OPERATIONS - 3);
    draw_versions(g);
    for (int i = 0; i < PROCESSES; i++) {
        g->open[i] = NOTHING;
        g->process[i] = g->next_process++;
    }
    for (int events = 0; events < 2 * most; events++) {
        const int slot = below(g, PROCESSES);
        if (g->open[slot] != NOTHING)
            complete(g, slot);
        else if (g->count < most)
            invoke(g, slot);
    }
}

/* ---- the dumb judge ---- */

static const struct op *writer_of(const struct game *g, int value) {
    for (int i = 0; i < g->count; i++)
        if (g->ops[i].f != 'r' && g->ops[i].asked == value) return &g->ops[i];
    return NULL;
}
static bool tells(const struct op *o) { return o->f != 'w' && o->end == OPERATION_OK; }
static bool is_sound(const struct game *g, const struct op *o) { /* could it read that? */
    const struct op *w = o->told == INITIAL ? NULL : writer_of(g, o->told);
    return o->told == INITIAL || (w && w->end != OPERATION_FAIL && w->invoked < o->ended);
}
static int read_by(const struct game *g, const struct op *o) {
    return tells(o) && is_sound(g, o) ? o->told : NOTHING;
}
static int written_by(const struct op *o) {
    return o->f != 'r' && o->end != OPERATION_FAIL ? o->asked : NOTHING;
}

/* Which guarantees this pair breaks when values stand at these places; -1: at none that is known.
 */
static int broken_by(int earlier_read, int earlier_write, int read, int write) {
    int rules = 0;
    if (read >= 0 && earlier_write > read) rules |= 1 << RYW;
    if (read >= 0 && earlier_read > read) rules |= 1 << MR;
    if (write >= 0 && earlier_write >= write) rules |= 1 << MW;
    if (write >= 0 && earlier_read >= write) rules |= 1 << WFR;
    return rules;
}

static int place_of(const int *place, int value) { return value == NOTHING ? -1 : place[value]; }

/* What the operations of a key (those of `among`, as bits) break, in this order of its writes. */
static int broken_in(const struct game *g, int key, const int *place, uint32_t among) {
    int rules = 0;
    for (int b = 0; b < g->count; b++) {
        const struct op *o = &g->ops[b];
        if (o->key != key || !(among >> b & 1)) continue;
        const int read = place_of(place, read_by(g, o)), write = place_of(place, written_by(o));
        if (read >= 0 && write >= 0 && read >= write) rules |= 1 << WFR;
        for (int a = 0; a < g->count; a++) {
            const struct op *e = &g->ops[a];
            if (e->key != key || e->session != o->session || e->end != OPERATION_OK ||
                e->ended > o->invoked || !(among >> a & 1))
                continue;
            rules |= broken_by(place_of(place, read_by(g, e)), place_of(place, written_by(e)), read,
                               write);
        }
    }
    return rules;
}

struct orders {      /* over all orders of a key's writes */
    int never_alone; /* guarantees that each order breaks */
    bool never_all;  /* each order breaks some */
};

static void try_orders(const struct game *g, int key, int *place, int left, int used,
                       uint32_t among, struct orders *result) {
    if (left == 0) {
        const int rules = broken_in(g, key, place, among);
        result->never_alone &= rules;
        result->never_all = result->never_all && rules;
        return;
    }
    for (int n = 1; n <= g->written[key]; n++) {
        if (used >> n & 1) continue;
        place[value_number(key, n)] = left;
        try_orders(g, key, place, left - 1, used | 1 << n, among, result);
    }
}

static struct orders all_orders(const struct game *g, int key, uint32_t among) {
    struct orders result = {ALL_RULES, true};
    int place[NOBODYS + 1] = {0};
    try_orders(g, key, place, g->written[key], 0, among, &result);
    return result;
}

static int unsound_reads(const struct game *g) {
    int count = 0;
    for (int i = 0; i < g->count; i++) count += tells(&g->ops[i]) && !is_sound(g, &g->ops[i]);
    return count;
}

/* ---- one against the other ---- */

static void disagree(const struct game *g, uint64_t seed, const char *what, long found,
                     long expected) {
    print_message("%s%s\n", text_string(&g->story.lines), text_string(&g->story.result.why));
    fail_msg("seed %llu: %s: found %ld, expected %ld", (unsigned long long)seed, what, found,
             expected);
}

static uint32_t named_in(const struct anomaly *a) {
    uint32_t among = 0;
    for (size_t i = 0; i < a->count; i++) among |= 1U << a->operations[i];
    return among;
}

static int key_number(const struct game *g, const struct anomaly *a) {
    return atoi(names_string(&g->story.history.keys, a->key));
}

static void check_witnesses(const struct game *g, uint64_t seed) {
    for (size_t i = 0; i < g->story.result.anomaly_count; i++) {
        const struct anomaly *a = &g->story.result.anomalies[i];
        if (!a->rules) continue;
        const struct orders o = all_orders(g, key_number(g, a), named_in(a));
        const bool is_one = (a->rules & (a->rules - 1)) == 0;
        if (is_one ? !(o.never_alone & (int)a->rules) : !o.never_all)
            disagree(g, seed, a->name, 1, 0);
    }
}

static bool compare_orders(struct game *g, uint64_t seed) {
    const struct check_result *r = &g->story.result;
    int alone = 0;
    bool none = unsound_reads(g) > 0;
    for (int key = 0; key < KEYS; key++) {
        const struct orders o = all_orders(g, key, UINT32_MAX);
        alone |= o.never_alone;
        none = none || o.never_all;
    }
    for (int i = 0; i < GUARANTEES; i++)
        if ((r->rules[i].violated > 0) != (alone >> i & 1))
            disagree(g, seed, r->rules[i].name, (long)r->rules[i].violated, alone >> i & 1);
    if ((r->verdict == CHECK_INVALID) != none) disagree(g, seed, "invalid", !none, none);
    check_witnesses(g, seed);
    return none;
}

/* With versions a place is known; of a pair's later one it counts once, however many are before it.
 */
struct tally {
    int judged[GUARANTEES], broken[GUARANTEES], contradictions;
};

/* Of an info it is known when somebody read it. */
static int version_written(const struct game *g, const struct op *o) {
    if (written_by(o) == NOTHING) return -1;
    if (o->end == OPERATION_OK) return o->version;
    for (int i = 0; i < g->count; i++)
        if (g->ops[i].f == 'r' && read_by(g, &g->ops[i]) == o->asked)
            return g->version_of[o->asked];
    return -1;
}

static int version_read(const struct game *g, const struct op *o) {
    if (read_by(g, o) == NOTHING) return -1;
    if (o->told == INITIAL) return 0;
    return o->f == 'r' ? o->version : version_written(g, writer_of(g, o->told));
}

static void tally_one(const struct game *g, const struct op *o, struct tally *t) {
    const int read = version_read(g, o), write = version_written(g, o);
    int judged = 0, broken = 0;
    if (read >= 0 && write >= 0) {
        judged |= 1 << WFR;
        if (read >= write) broken |= 1 << WFR;
    }
    for (int a = 0; a < g->count; a++) {
        const struct op *e = &g->ops[a];
        if (e->key != o->key || e->session != o->session || e->end != OPERATION_OK ||
            e->ended > o->invoked)
            continue;
        const int earlier_read = version_read(g, e), earlier_write = version_written(g, e);
        if (earlier_write >= 0) judged |= (read >= 0) << RYW | (write >= 0) << MW;
        if (earlier_read >= 0) judged |= (read >= 0) << MR | (write >= 0) << WFR;
        broken |= broken_by(earlier_read, earlier_write, read, write);
    }
    for (int i = 0; i < GUARANTEES; i++) {
        t->judged[i] += judged >> i & 1;
        t->broken[i] += broken >> i & 1;
    }
    if (o->f == 'r' && read > 0 && read != g->version_of[o->told]) t->contradictions++;
}

static bool compare_versions(struct game *g, uint64_t seed) {
    const struct check_result *r = &g->story.result;
    struct tally t = {0};
    for (int i = 0; i < g->count; i++) tally_one(g, &g->ops[i], &t);
    long found = t.contradictions + unsound_reads(g);
    for (int i = 0; i < GUARANTEES; i++) {
        found += t.broken[i];
        if ((long)r->rules[i].judged != t.judged[i])
            disagree(g, seed, "judged", (long)r->rules[i].judged, t.judged[i]);
        if ((long)r->rules[i].violated != t.broken[i])
            disagree(g, seed, r->rules[i].name, (long)r->rules[i].violated, t.broken[i]);
    }
    if ((long)r->anomalies_found != found)
        disagree(g, seed, "anomalies", (long)r->anomalies_found, found);
    return found > 0;
}

/* A contradiction about an info's value, or a key without any version: the dumb judge knows less.
 */
static bool is_comparable(const struct game *g) {
    bool has[KEYS] = {false}, ok[KEYS] = {false};
    for (int i = 0; i < g->count; i++) {
        const struct op *o = &g->ops[i], *w = o->told ? writer_of(g, o->told) : NULL;
        has[o->key] = has[o->key] || o->version;
        ok[o->key] = ok[o->key] || o->end == OPERATION_OK;
        if (tells(o) && o->f == 'r' && w && w->end != OPERATION_OK &&
            o->version != g->version_of[o->told])
            return false;
    }
    for (int key = 0; key < KEYS; key++)
        if (ok[key] && !has[key]) return false;
    return true;
}

static void compare_many(bool versions) {
    const char *asked = getenv("ORRERY_SEEDS");
    const uint64_t seeds = asked ? strtoull(asked, NULL, 10) : 20000;
    uint64_t compared = 0, invalid = 0, unknown = 0;
    struct game *g = malloc(sizeof *g);
    for (uint64_t seed = 1; seed <= seeds; seed++) {
        play(g, seed, versions);
        judge_story(&g->story, "session");
        if (g->story.result.malformed.size)
            disagree(g, seed, text_string(&g->story.result.malformed), 1, 0);
        if (!versions || is_comparable(g)) {
            compared++;
            invalid += versions ? compare_versions(g, seed) : compare_orders(g, seed);
            unknown += g->story.result.verdict == CHECK_UNKNOWN;
        }
        end_story(&g->story);
    }
    free(g);
    print_message("# %llu compared: %llu invalid, %llu unknown\n", (unsigned long long)compared,
                  (unsigned long long)invalid, (unsigned long long)unknown);
    assert_true(compared * 2 > seeds); /* and often of either kind */
    assert_true(invalid * 5 > compared && (compared - invalid - unknown) * 5 > compared);
}

static void without_versions_some_order_is_found_just_when_there_is_one(void **state) {
    compare_many(false);
}
static void with_versions_every_breach_is_counted(void **state) { compare_many(true); }

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_versions_some_order_is_found_just_when_there_is_one),
        cmocka_unit_test(with_versions_every_breach_is_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
