/*
 * Benchmarks of the checkers: histories of one copy that many clients ask at once, drawn from a
 * fixed seed, so that each has an order; in some one client is told something old, so that it has
 * none. What is measured is the judgement, not the reading; memory is all that was counted, history
 * and judgement.
 *
 * Sizes 1700 and 340, and 102 histories of 85 operations with many of unknown outcome, are those of
 * Porcupine's own tests.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/random.h"
#include "bench.h"
#include "bench_map.h"
#include "check/check.h"
#include "check/history_file.h"

enum kind { REGISTER, CAS_REGISTER, KV, MAP, ETCD, KINDS };
enum { CLIENTS_MAX = 64, KEYS_MAX = 16, SMALL_VALUES = 5, ETCD_HISTORIES = 102, ETCD_STALE = 3 };

struct kind_of_history {
    const char *spec;
    int keys, unknown_percent, values; /* values: so many different ones; 0: each is new */
    bool late;                         /* what is unknown may happen later */
};
static const struct kind_of_history kinds[KINDS] = {
    [REGISTER] = {"register", 1, 1, 0, true},
    [CAS_REGISTER] = {"cas-register", 10, 1, SMALL_VALUES, true},
    [KV] = {"kv", 10, 0, 0, false},
    [MAP] = {"kv", BENCH_MAP_KEYS, 0, 0, false}, /* as one object */
    [ETCD] = {"cas-register", 1, 25, SMALL_VALUES, true},
};

struct asked {
    char f; /* read, write, cas, get, put, append: by its first letter */
    int process, key;
    int64_t value, old;
    bool open, happened, found_other;
    char told[4096];
};
struct copy {
    const struct kind_of_history *kind;
    struct random random;
    struct asked clients[CLIENTS_MAX],
        late; /* late: one that is unknown, and has not happened yet */
    bool has_late;
    char state[KEYS_MAX][4096], before[KEYS_MAX][4096];
    int next_process, keys;
    int64_t next_value, events;
    struct reading *reading;
    struct text line, value;
};

static const char *name_of(char f) {
    switch (f) {
    case 'r': return "read";
    case 'w': return "write";
    case 'c': return "cas";
    case 'g': return "get";
    case 'p': return "put";
    default: return "append";
    }
}
static bool is_string(const struct copy *c) { return strcmp(c->kind->spec, "kv") == 0; }
static bool only_reads(char f) { return f == 'r' || f == 'g'; }

static void tell(struct copy *c, const struct asked *a, const char *type, const char *value) {
    text_clear(&c->line);
    text_add(&c->line,
             "{\"index\":%lld,\"time\":%lld,\"process\":%d,\"type\":\"%s\",\"f\":\"%s\",\"key\":%d,"
             "\"value\":%s%s}",
             (long long)c->events, (long long)c->events * 1000, a->process, type, name_of(a->f),
             a->key, value, strcmp(type, "fail") == 0 ? ",\"error\":\"mismatch\"" : "");
    c->events++;
    history_reading_line(c->reading, c->line.data, c->line.size);
}

static const char *asked_value(struct copy *c, const struct asked *a) {
    text_clear(&c->value);
    if (a->f == 'c')
        text_add(&c->value, "[%lld,%lld]", (long long)a->old, (long long)a->value);
    else if (only_reads(a->f))
        text_add(&c->value, "null");
    else if (is_string(c))
        text_add(&c->value, "\"x %lld y\"", (long long)a->value);
    else
        text_add(&c->value, "%lld", (long long)a->value);
    return text_string(&c->value);
}

static void ask(struct copy *c, struct asked *a) {
    const int64_t which = draw_below(&c->random, 10);
    const int process = a->process;
    *a = (struct asked){
        .process = process, .open = true, .key = (int)draw_below(&c->random, c->keys)};
    if (is_string(c))
        a->f = which < 4 ? 'g' : which < 5 ? 'p' : 'a';
    else if (strcmp(c->kind->spec, "register") == 0)
        a->f = which < 5 ? 'r' : 'w';
    else
        a->f = which < 3 ? 'r' : which < 6 ? 'w' : 'c';
    a->value = c->kind->values ? draw_below(&c->random, c->kind->values) : ++c->next_value;
    a->old = draw_below(&c->random, SMALL_VALUES);
    tell(c, a, "invoke", asked_value(c, a));
}

static void happen(struct copy *c, struct asked *a) {
    char *state = c->state[a->key], *before = c->before[a->key];
    enum { SIZE = sizeof c->state[0] };
    a->happened = true;
    snprintf(a->told, sizeof a->told, "%s", state);
    if (only_reads(a->f)) return;
    char old[24], part[40];
    snprintf(old, sizeof old, "%lld", (long long)a->old);
    if (a->f == 'c' && strcmp(old, state) != 0) {
        a->found_other = true;
        return;
    }
    snprintf(part, sizeof part, is_string(c) ? "x %lld y" : "%lld", (long long)a->value);
    memcpy(before, state, SIZE);
    const size_t size = a->f == 'a' ? strlen(state) : 0;
    snprintf(state + size, SIZE - size, "%s", part);
}

static void end(struct copy *c, struct asked *a) {
    a->open = false;
    if (!only_reads(a->f) && draw_below(&c->random, 100) < c->kind->unknown_percent) {
        tell(c, a, "info", asked_value(c, a));
        if (!a->happened && !c->has_late) {
            c->late = *a;
            c->has_late = true;
        }
        a->process = c->next_process++;
        return;
    }
    if (!a->happened) happen(c, a);
    text_clear(&c->value);
    if (only_reads(a->f) && is_string(c))
        text_add(&c->value, "\"%s\"", a->told);
    else if (only_reads(a->f))
        text_add(&c->value, "%s", a->told);
    else
        asked_value(c, a);
    tell(c, a, a->found_other ? "fail" : "ok", text_string(&c->value));
}

static void move(struct copy *c, int clients, bool may_ask) {
    struct asked *a = &c->clients[draw_below(&c->random, clients)];
    if (c->has_late && draw_below(&c->random, 20) == 0) {
        happen(c, &c->late);
        c->has_late = false;
    } else if (!a->open) {
        if (may_ask) ask(c, a);
    } else if (!a->happened && draw_below(&c->random, 4) > 0) {
        happen(c, a);
    } else {
        end(c, a);
    }
}

/* A read in the middle is told what had been there before. */
static void tell_something_old(struct copy *c, struct asked *a) {
    if (!a->open || !a->happened || !only_reads(a->f)) return;
    snprintf(a->told, sizeof a->told, "%s", c->before[a->key]);
}

static bool make(const struct kind_of_history *kind, uint64_t seed, int clients, int64_t operations,
                 bool stale, struct history *history, struct limits *limits) {
    struct copy *c = must_calloc(1, sizeof *c);
    struct text error = {0};
    c->kind = kind;
    c->random = (struct random){random_key_named(seed, "bench", kind->spec), 0};
    c->keys = kind->keys;
    c->next_process = clients;
    c->reading = history_reading_begin(history, limits);
    for (int i = 0; i < clients; i++) c->clients[i].process = i;
    for (int k = 0; k < KEYS_MAX; k++) {
        strcpy(c->state[k], is_string(c) ? "" : "null");
        strcpy(c->before[k], c->state[k]);
    }
    bool any = true;
    while (any) {
        any = false;
        const bool more = (int64_t)history->count < operations;
        move(c, clients, more);
        if (stale && (int64_t)history->count > operations / 2)
            for (int i = 0; i < clients; i++) tell_something_old(c, &c->clients[i]);
        for (int i = 0; i < clients && !any; i++) any = more || c->clients[i].open;
    }
    const enum history_read read = history_reading_end(c->reading, &error);
    text_free(&error);
    text_free(&c->line);
    text_free(&c->value);
    free(c);
    return read == HISTORY_READ;
}

/* a: the kind; b: clients; c: operations of a history. */
static bool run_check(const struct bench *bench, struct bench_result *result, struct text *error) {
    const struct kind_of_history *kind = &kinds[bench->a];
    const int histories = bench->a == ETCD ? ETCD_HISTORIES : 1;
    *result = (struct bench_result){0};
    for (int i = 0; i < histories && !error->size; i++) {
        struct history history;
        struct limits limits = {.memory_max = 0};
        struct check_result answer = {.anomalies_max = 0};
        const bool stale = bench->a == ETCD && i % (ETCD_STALE + 1) > 0;
        if (!make(kind, (uint64_t)i + 1, (int)bench->b, bench->c, stale, &history, &limits))
            text_add(error, "the history that was made cannot be read");
        if (bench->a == MAP) bench_map_join_keys(&history);
        const struct check_spec *spec = bench->a == MAP ? &bench_map_spec
                                                        : check_spec_named(kind->spec);
        const double start = bench_now();
        if (!error->size) check_run(spec, &history, &limits, &answer);
        result->seconds += bench_now() - start;
        result->work += (int64_t)answer.operations;
        if ((int64_t)limits.memory_peak > result->memory)
            result->memory = (int64_t)limits.memory_peak;
        if (!stale && answer.verdict != CHECK_VALID)
            text_add(error, "%s", text_string(&answer.why));
        check_result_free(&answer, &limits);
        history_free(&history, &limits);
    }
    return error->size == 0;
}

const struct bench bench_check[] = {
    {"check", "\"spec\":\"kv\",\"ops\":1000,\"clients\":50", "ops", run_check, KV, 50, 1000},
    {"check", "\"spec\":\"kv\",\"ops\":10000,\"clients\":50", "ops", run_check, KV, 50, 10000},
    {"check", "\"spec\":\"kv\",\"ops\":100000,\"clients\":50", "ops", run_check, KV, 50, 100000},
    {"check", "\"spec\":\"register\",\"ops\":1000,\"clients\":10", "ops", run_check, REGISTER, 10,
     1000},
    {"check", "\"spec\":\"register\",\"ops\":10000,\"clients\":10", "ops", run_check, REGISTER, 10,
     10000},
    {"check", "\"spec\":\"register\",\"ops\":100000,\"clients\":10", "ops", run_check, REGISTER, 10,
     100000},
    {"check", "\"spec\":\"cas\",\"ops\":1000,\"clients\":10", "ops", run_check, CAS_REGISTER, 10,
     1000},
    {"check", "\"spec\":\"cas\",\"ops\":10000,\"clients\":10", "ops", run_check, CAS_REGISTER, 10,
     10000},
    {"check", "\"spec\":\"cas\",\"ops\":100000,\"clients\":10", "ops", run_check, CAS_REGISTER, 10,
     100000},
    {"check-porcupine", "\"spec\":\"kv\",\"ops\":1700,\"clients\":50", "ops", run_check, KV, 50,
     1700},
    {"check-porcupine", "\"spec\":\"kv\",\"ops\":340,\"clients\":10", "ops", run_check, KV, 10,
     340},
    {"check-porcupine", "\"spec\":\"map\",\"ops\":340,\"clients\":10", "ops", run_check, MAP, 10,
     340},
    {"check-porcupine", "\"spec\":\"cas\",\"ops\":85,\"histories\":102", "ops", run_check, ETCD, 5,
     85},
    {0},
};
