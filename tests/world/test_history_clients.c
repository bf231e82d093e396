/* Clients that a node names: a process each, one operation at a time, and what their records say.
 */
#include <string.h>

#include "fixture.h"

/* ---- what a test has a node do: invoke for a client, return with a version ---- */

enum { PLAIN = -1 }; /* of a version: by sim_return */
struct operation {
    int64_t operation, client, version;
    enum sim_outcome outcome;
};
static struct operation operations[64];

static void invoke_for(struct fixture *f, const struct sim_event *e, struct sim_out *out,
                       int64_t i) {
    (void)f, (void)e;
    const struct operation *o = &operations[i];
    if (o->client == SIM_NONE)
        sim_invoke(out, o->operation, "write", (struct sim_bytes){0}, (struct sim_bytes){0});
    else
        sim_invoke_for(out, o->client, o->operation, "write", (struct sim_bytes){0},
                       (struct sim_bytes){0});
}
static void return_version(struct fixture *f, const struct sim_event *e, struct sim_out *out,
                           int64_t i) {
    (void)f, (void)e;
    const struct operation *o = &operations[i];
    if (o->version == PLAIN)
        sim_return(out, o->operation, o->outcome, (struct sim_bytes){0}, NULL);
    else
        sim_return_version(out, o->operation, o->outcome, (struct sim_bytes){0}, o->version, NULL);
}

/* ---- what its records say, by operation ---- */

struct told {
    int64_t process, invoked_client, returned_client, version;
    size_t values; /* of its return; 0: there was none */
};
struct telling {
    struct told of[64];
    struct trace_sink sink;
};
static void tell(void *context, const struct record *r) {
    struct telling *telling = context;
    if (r->kind != RECORD_INVOKE && r->kind != RECORD_RETURN) return;
    struct told *told = &telling->of[r->b];
    told->process = r->a;
    if (r->kind == RECORD_INVOKE) {
        told->invoked_client = r->count ? r->values[0] : SIM_NONE;
        return;
    }
    told->values = r->count;
    told->returned_client = r->count > 1 ? r->values[1] : SIM_NONE;
    told->version = r->count > 2 ? r->values[2] : 0;
}

static sim_node begin(struct fixture *f, struct telling *telling) {
    fixture_open(f, NULL);
    const sim_node a = fixture_node(f, "a", NULL);
    *telling = (struct telling){.sink = {.record = tell, .context = telling}};
    world_add_sink(f->w, &telling->sink);
    return a;
}
static void invoke_at(struct fixture *f, int64_t t, sim_node node, int64_t operation,
                      int64_t client) {
    operations[operation].operation = operation;
    operations[operation].client = client;
    fixture_do(f, t, node, invoke_for, operation);
}
static void return_at(struct fixture *f, int64_t t, sim_node node, int64_t operation,
                      enum sim_outcome outcome, int64_t version) {
    operations[operation].outcome = outcome;
    operations[operation].version = version;
    fixture_do(f, t, node, return_version, operation);
}

/* ---- the tests ---- */

static void a_client_keeps_its_process_whoever_asks_in_between(void **state) {
    (void)state;
    struct fixture f;
    struct telling t;
    const sim_node a = begin(&f, &t);
    static const int64_t clients[] = {3, SIM_NONE, -7, 3, SIM_NONE, -7};
    for (int i = 0; i < 6; i++) {
        invoke_at(&f, (i + 1) * SEC, a, i, clients[i]);
        return_at(&f, (i + 1) * SEC + MS, a, i, i == 0 ? SIM_FAILED : SIM_DONE, PLAIN);
    }
    assert_int_equal(world_run(f.w, 10 * SEC), WORLD_NOTHING_LEFT);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(t.of[i].process, t.of[i + 3].process);
        for (int k = 0; k < i; k++) assert_true(t.of[i].process != t.of[k].process);
    }
    fixture_close(&f);
}

static void a_client_goes_on_as_another_process_after_unknown_and_after_a_crash(void **state) {
    (void)state;
    struct fixture f;
    struct telling t;
    const sim_node a = begin(&f, &t);
    invoke_at(&f, 1 * SEC, a, 0, 5);
    return_at(&f, 2 * SEC, a, 0, SIM_UNKNOWN, SIM_NONE);
    invoke_at(&f, 3 * SEC, a, 1, 5);
    return_at(&f, 3 * SEC, a, 1, SIM_DONE, SIM_NONE); /* it is idle when the node dies, */
    invoke_at(&f, 3 * SEC, a, 2, 6);                  /* this one is not */
    fixture_fault_at(&f, 4 * SEC, FAULT_CRASH, a, SIM_NOBODY, 0, 0);
    fixture_fault_at(&f, 5 * SEC, FAULT_RESTART, a, SIM_NOBODY, 0, 0);
    invoke_at(&f, 6 * SEC, a, 3, 5);
    invoke_at(&f, 6 * SEC, a, 4, 6);
    assert_int_equal(world_run(f.w, 10 * SEC), WORLD_NOTHING_LEFT);
    for (int i = 0; i < 5; i++)
        for (int k = 0; k < i; k++) assert_true(t.of[i].process != t.of[k].process);
    assert_true(t.of[2].values > 0);
    assert_int_equal(t.of[2].returned_client, 6); /* told by the engine, at the crash */
    fixture_close(&f);
}

static void a_client_of_one_node_is_not_that_of_another(void **state) {
    (void)state;
    struct fixture f;
    struct telling t;
    const sim_node a = begin(&f, &t), b = fixture_node(&f, "b", NULL);
    invoke_at(&f, SEC, a, 0, 1);
    invoke_at(&f, SEC, b, 1, 1);
    assert_int_equal(world_run(f.w, 2 * SEC), WORLD_NOTHING_LEFT);
    assert_true(t.of[0].process != t.of[1].process);
    fixture_close(&f);
}

static void a_client_with_two_operations_open_is_the_authors_mistake(void **state) {
    (void)state;
    for (int other = 0; other < 2; other++) {
        struct fixture f;
        struct telling t;
        const sim_node a = begin(&f, &t);
        invoke_at(&f, SEC, a, 1, 8);
        invoke_at(&f, SEC, a, 2, 8 + other);
        assert_int_equal(world_run(f.w, 2 * SEC), other ? WORLD_NOTHING_LEFT : WORLD_MODEL_ERROR);
        if (!other) {
            assert_non_null(strstr(world_why(f.w), "operation 2"));
            assert_non_null(strstr(world_why(f.w), "client 8"));
        }
        fixture_close(&f);
    }
}

static void records_name_the_client_at_both_ends_and_the_version_of_what_is_done(void **state) {
    (void)state;
    struct fixture f;
    struct telling t;
    const sim_node a = begin(&f, &t);
    static const struct operation cases[] = {
        {.client = 9, .outcome = SIM_DONE, .version = 1 << 20},
        {.client = 9, .outcome = SIM_FAILED, .version = 77},
        {.client = 9, .outcome = SIM_UNKNOWN, .version = 78},
        {.client = SIM_NONE, .outcome = SIM_DONE, .version = 79},
        {.client = 0, .outcome = SIM_DONE, .version = SIM_NONE},
        {.client = SIM_NONE, .outcome = SIM_DONE, .version = SIM_NONE},
        {.client = SIM_NONE, .outcome = SIM_DONE, .version = PLAIN}};
    static const int64_t versions[] = {1 << 20, 0, 0, 79, 0, 0, 0};
    static const size_t values[] = {3, 3, 3, 3, 3, 1, 1}; /* 1: as before there were clients */
    for (int i = 0; i < 7; i++) {
        invoke_at(&f, (i + 1) * SEC, a, i, cases[i].client);
        return_at(&f, (i + 1) * SEC + MS, a, i, cases[i].outcome, cases[i].version);
    }
    assert_int_equal(world_run(f.w, 10 * SEC), WORLD_NOTHING_LEFT);
    for (int i = 0; i < 7; i++) {
        assert_int_equal(t.of[i].values, values[i]);
        assert_int_equal(t.of[i].invoked_client, cases[i].client);
        assert_int_equal(t.of[i].returned_client, cases[i].client);
        assert_int_equal(t.of[i].version, versions[i]);
    }
    fixture_close(&f);
}

static uint64_t digest_with(int64_t client, int64_t version) {
    struct fixture f;
    struct telling t;
    const sim_node a = begin(&f, &t);
    invoke_at(&f, SEC, a, 0, client);
    return_at(&f, SEC, a, 0, SIM_DONE, version);
    world_run(f.w, 2 * SEC);
    const uint64_t digest = world_digest(f.w);
    fixture_close(&f);
    return digest;
}
static void the_digest_covers_clients_and_versions_and_nothing_where_there_are_none(void **state) {
    (void)state;
    const uint64_t with[] = {digest_with(SIM_NONE, PLAIN),
                             digest_with(1, PLAIN),
                             digest_with(2, PLAIN),
                             digest_with(1, 5),
                             digest_with(1, 6),
                             digest_with(SIM_NONE, 5)};
    for (int i = 0; i < 6; i++)
        for (int k = 0; k < i; k++) assert_true(with[i] != with[k]);
    assert_true(digest_with(SIM_NONE, 0) == with[0]);
    assert_true(digest_with(SIM_NONE, SIM_NONE) == with[0]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_client_keeps_its_process_whoever_asks_in_between),
        cmocka_unit_test(a_client_goes_on_as_another_process_after_unknown_and_after_a_crash),
        cmocka_unit_test(a_client_of_one_node_is_not_that_of_another),
        cmocka_unit_test(a_client_with_two_operations_open_is_the_authors_mistake),
        cmocka_unit_test(records_name_the_client_at_both_ends_and_the_version_of_what_is_done),
        cmocka_unit_test(the_digest_covers_clients_and_versions_and_nothing_where_there_are_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
