/* Users as sessions: reads from replicas, what goes wrong with them, and the remedies. */
#include "client_fixture.h"

/* ---- where reads go ---- */

static void reads_go_to_the_replicas_and_writes_to_the_target(void **state) {
    struct fixture f;
    stores_begin(&f, 3);
    const sim_node app =
        fixture_node(&f, "app", "client",
                     KNOBS(knob("target", 0), knob("clients", 8), knob("think", 5 * MS),
                           READ_FROM(two_replicas), knob("read", 300000), knob("update", 300000),
                           knob("scan", 200000), knob("read_modify_write", 200000)));
    run_to(&f, 5000);
    assert_int_equal(stores[0].reads, 0);
    assert_int_equal(stores[1].writes + stores[2].writes, 0);
    assert_true(stores[0].writes > 1000);
    const int64_t read = stores[1].reads + stores[2].reads;
    assert_true(read > 1000);
    assert_in_range(stores[1].reads * 100 / read, 45, 55); /* by chance */
    assert_in_range(probe(&f, app, "reads_from_replicas"), read - 8, read);
    assert_int_equal(probe(&f, app, "reads_from_primary"), 0);
    assert_int_equal(probe(&f, app, "replicas_up"), 2);
    assert_int_equal(f.outcomes[SIM_DONE], outcomes(&f));
    fixture_end(&f);
}

static void without_replicas_the_target_serves_all(void **state) {
    struct fixture f;
    stores_begin(&f, 2);
    const sim_node app = fixture_node(&f, "app", "client", USERS(8, knob("wait_for_version", 1)));
    run_to(&f, 2000);
    assert_int_equal(stores[1].reads + stores[1].writes, 0);
    assert_true(stores[0].reads > 300);
    assert_in_range(probe(&f, app, "reads_from_primary"), stores[0].reads - 8, stores[0].reads);
    for (size_t i = 0; i < asked_count; i++) assert_int_equal(asked[i].after, 0);
    fixture_end(&f);
}

static void by_turns_each_replica_has_as_many_reads_as_the_others(void **state) {
    struct fixture f;
    stores_begin(&f, 4);
    fixture_node(&f, "app", "client",
                 USERS(8, READ_FROM(three_replicas), knob("read_choice", ROUND_ROBIN)));
    run_to(&f, 3000);
    assert_true(stores[1].reads > 300);
    assert_in_range(stores[2].reads, stores[1].reads - 2, stores[1].reads + 2);
    assert_in_range(stores[3].reads, stores[1].reads - 2, stores[1].reads + 2);
    fault(&f, FAULT_CRASH, 2, SIM_NOBODY, 0); /* its turn is the next one's */
    run_to(&f, 3100);
    const int64_t before[] = {stores[1].reads, stores[3].reads};
    run_to(&f, 5000);
    assert_true(stores[1].reads > before[0] + 100 && stores[3].reads > before[1] + 100);
    assert_int_equal(stores[0].reads, 0);
    assert_int_equal(f.outcomes[SIM_DONE], outcomes(&f));
    fixture_end(&f);
}

/* The servers that a session read from, as bits. */
static unsigned read_by(int64_t session, size_t from) {
    unsigned servers = 0;
    for (size_t i = from; i < asked_count; i++)
        if (!asked[i].writes && asked[i].session == session) servers |= 1u << asked[i].store;
    return servers;
}
static bool is_one(unsigned bits) { return bits != 0 && (bits & (bits - 1)) == 0; }

static void a_sticky_user_keeps_to_one_replica_until_it_is_down(void **state) {
    struct fixture f;
    stores_begin(&f, 4);
    const sim_node app = fixture_node(
        &f, "app", "client", USERS(12, READ_FROM(three_replicas), knob("read_choice", STICKY)));
    run_to(&f, 2000);
    unsigned first[12], all = 0, moved = 0;
    for (int u = 0; u < 12; u++) {
        all |= first[u] = read_by(u, 0);
        assert_true(is_one(first[u]));
        assert_int_equal(1u << cell(&f, app, "users", (size_t)u, "replica", NULL), first[u]);
        moved += first[u] == 1u << 2;
    }
    assert_int_equal(all, 1u << 1 | 1u << 2 | 1u << 3); /* not all keep to the same */
    fault(&f, FAULT_CRASH, 2, SIM_NOBODY, 0);
    run_to(&f, 2100);
    const size_t since = asked_count;
    run_to(&f, 4000);
    restart(&f, 2);
    run_to(&f, 8000);
    for (int u = 0; u < 12; u++) {
        assert_true(is_one(read_by(u, since))); /* nobody goes back */
        assert_true(first[u] == 1u << 2 ? read_by(u, since) != first[u]
                                        : read_by(u, since) == first[u]);
    }
    assert_true(moved > 0);
    assert_int_equal(noted(&f, app, "moved"), moved);
    assert_int_equal(probe(&f, app, "replicas_up"), 3);
    fixture_end(&f);
}

static void the_first_reads_wait_for_a_replica_and_do_not_go_to_the_target(void **state) {
    struct fixture f;
    stores_begin(&f, 2);
    fixture_node(&f, "app", "client",
                 KNOBS(knob("target", 0), knob("clients", 8), knob("mix", MIX_C_),
                       knob("think", MS), READ_FROM(one_replica)));
    fault(&f, FAULT_DELAY, 2, 1, 300 * MS);
    run_to(&f, 200);
    assert_int_equal(outcomes(&f), 0);
    run_to(&f, 2000);
    assert_true(stores[1].reads > 8);
    assert_int_equal(stores[0].reads, 0);
    fixture_end(&f);
}

static void reads_wait_for_a_replica_that_does_not_answer_no_longer_than_a_backoff(void **state) {
    struct fixture f;
    stores_begin(&f, 2);
    const sim_node app = fixture_node(&f, "app", "client", USERS(8, READ_FROM(one_replica)));
    cut(&f, app, 1);
    run_to(&f, 1900);
    assert_int_equal(stores[0].reads, 0);
    run_to(&f, 4000);
    assert_true(stores[0].reads > 200);
    assert_int_equal(stores[1].reads, 0);
    assert_int_equal(f.outcomes[SIM_DONE], outcomes(&f));
    fixture_end(&f);
}

/* ---- when replicas are away ---- */

static void a_read_whose_replica_dies_is_asked_elsewhere(void **state) {
    struct fixture f;
    stores_begin(&f, 3);
    stores[1].silent = true; /* it keeps its reads until it dies */
    const sim_node app =
        fixture_node(&f, "app", "client", USERS(8, READ_FROM(two_replicas), knob("mix", MIX_C_)));
    run_to(&f, 1000);
    assert_true(probe(&f, app, "in_flight") > 4);
    fault(&f, FAULT_CRASH, 1, SIM_NOBODY, 0);
    run_to(&f, 2000);
    assert_true(stores[2].reads > 500);
    assert_int_equal(stores[0].reads, 0);
    assert_int_equal(f.outcomes[SIM_DONE], outcomes(&f));
    assert_in_range(noted(&f, app, "replica_lost"), 1, 10);
    fixture_end(&f);
}

static void without_a_replica_the_target_serves_reads_until_one_is_back(void **state) {
    struct fixture f;
    stores_begin(&f, 3);
    const sim_node app = fixture_node(
        &f, "app", "client", USERS(8, READ_FROM(two_replicas), knob("read_choice", STICKY)));
    run_to(&f, 1000);
    assert_int_equal(stores[0].reads, 0);
    fault(&f, FAULT_CRASH, 1, SIM_NOBODY, 0);
    fault(&f, FAULT_CRASH, 2, SIM_NOBODY, 0);
    run_to(&f, 3000);
    assert_int_equal(probe(&f, app, "replicas_up"), 0);
    assert_in_range(probe(&f, app, "reads_from_primary"), 500, stores[0].reads);
    assert_int_equal(f.outcomes[SIM_DONE], outcomes(&f));
    restart(&f, 1);
    restart(&f, 2);
    run_to(&f, 6000);
    const int64_t before = stores[0].reads;
    assert_int_equal(probe(&f, app, "replicas_up"), 2);
    run_to(&f, 7000);
    assert_int_equal(stores[0].reads, before);
    fixture_end(&f);
}

static void without_the_target_reads_go_on_and_writes_fail_unsent(void **state) {
    struct fixture f;
    stores_begin(&f, 2);
    const sim_node app = fixture_node(&f, "app", "client",
                                      USERS(8, READ_FROM(one_replica), knob("timeout", 200 * MS)));
    run_to(&f, 1000);
    fault(&f, FAULT_CRASH, 0, SIM_NOBODY, 0);
    run_to(&f, 1500);
    const int64_t reads = stores[1].reads, failed = f.outcomes[SIM_FAILED];
    run_to(&f, 4000);
    assert_int_equal(probe(&f, app, "connected"), 0);
    assert_true(stores[1].reads > reads + 20);
    assert_true(f.outcomes[SIM_FAILED] > failed + 20);
    assert_in_range(f.outcomes[SIM_UNKNOWN], 0, 8); /* what was under way as it died */
    fixture_end(&f);
}

static void a_replica_that_cannot_serve_a_read_sends_it_to_the_target_in_the_same_time(
    void **state) {
    struct fixture f;
    stores_begin(&f, 4);
    stores[1].status = CLIENT_REDIRECT;
    stores[1].redirect_to = 3; /* wherever it says */
    const sim_node app = fixture_node(&f, "app", "client", USERS(4, READ_FROM(one_replica)));
    run_to(&f, 2000);
    assert_true(stores[1].reads > 300);
    assert_in_range(stores[0].reads, stores[1].reads - 4, stores[1].reads);
    assert_int_equal(stores[3].reads, 0);
    assert_int_equal(noted(&f, app, "redirected"), 0); /* the target is the target still */
    assert_int_equal(f.outcomes[SIM_DONE], outcomes(&f));

    stores[0].silent = true;
    run_to(&f, 2500);
    f.latency_max_ns = 0;
    run_to(&f, 11900);
    assert_int_equal(f.outcomes[SIM_UNKNOWN], 0);
    run_to(&f, 12100); /* 10 s from its beginning, the redirect included */
    assert_int_equal(f.outcomes[SIM_UNKNOWN], 4);
    fixture_end(&f);
}

static void a_replica_may_be_the_target_too(void **state) {
    static const sim_node both[] = {0, 1};
    struct fixture f;
    stores_begin(&f, 2);
    const sim_node app = fixture_node(&f, "app", "client", USERS(8, READ_FROM(both)));
    run_to(&f, 2000);
    assert_true(stores[0].reads > 200 && stores[1].reads > 200);
    fault(&f, FAULT_CRASH, 0, SIM_NOBODY, 0);
    run_to(&f, 3000);
    restart(&f, 0);
    run_to(&f, 6000);
    const int64_t before[] = {stores[0].reads, stores[0].writes};
    assert_int_equal(probe(&f, app, "connected"), 1);
    assert_int_equal(probe(&f, app, "replicas_up"), 2);
    run_to(&f, 7000);
    assert_true(stores[0].reads > before[0] + 100 && stores[0].writes > before[1] + 100);
    fixture_end(&f);
}

/* ---- remedies ---- */

/* Of a single user: reads that a replica had within so long after the last write. */
static int64_t reads_soon_after_a_write(int64_t within_ns) {
    int64_t wrote_ns = -within_ns, soon = 0;
    for (size_t i = 0; i < asked_count; i++) {
        if (asked[i].writes) wrote_ns = asked[i].at_ns;
        if (asked[i].store != 0 && asked[i].at_ns - wrote_ns < within_ns) soon++;
    }
    return soon;
}

static void after_a_write_a_user_reads_from_the_primary_for_a_while(void **state) {
    for (int remedy = 0; remedy < 2; remedy++) {
        struct fixture f;
        stores_begin(&f, 2);
        fixture_node(&f, "app", "client",
                     KNOBS(knob("target", 0), knob("think", 5 * MS), READ_FROM(one_replica),
                           knob("read", 950000), knob("update", 50000),
                           knob("read_primary_after_write", remedy * 30 * MS)));
        run_to(&f, 5000);
        assert_true(stores[1].reads > 200);
        if (remedy) {
            assert_int_equal(reads_soon_after_a_write(30 * MS), 0);
            assert_true(reads_soon_after_a_write(40 * MS) > 10); /* and no longer than that */
            assert_true(stores[0].reads > 50);
        } else {
            assert_true(reads_soon_after_a_write(30 * MS) > 50);
            assert_int_equal(stores[0].reads, 0);
        }
        fixture_end(&f);
    }
}

static void a_write_of_unknown_outcome_counts_as_a_write(void **state) {
    struct fixture f;
    stores_begin(&f, 2);
    stores[0].silent_writes = true;
    fixture_node(&f, "app", "client",
                 USERS(1, READ_FROM(one_replica), knob("timeout", 50 * MS), knob("backoff", MS),
                       knob("backoff_max", MS),
                       knob("read_primary_after_write", 3600 * INT64_C(1000000000))));
    run_to(&f, 5000);
    size_t i = 0;
    while (i < asked_count && !asked[i].writes) i++;
    assert_true(i + 10 < asked_count);
    for (; i < asked_count; i++) assert_int_equal(asked[i].store, 0);
    fixture_end(&f);
}

static void a_read_waits_for_what_its_user_has_written_or_read(void **state) {
    for (int remedy = 0; remedy < 2; remedy++) {
        struct fixture f;
        stores_begin(&f, 3);
        stores[1].version = 1000000; /* ahead, by the writes of others */
        const sim_node app =
            fixture_node(&f, "app", "client",
                         USERS(1, READ_FROM(two_replicas), knob("wait_for_version", remedy)));
        int64_t seen = 0, with = 0;
        run_to(&f, 3000);
        for (size_t i = 0; i < asked_count; i++) { /* one user: an answer, then the next question */
            assert_int_equal(asked[i].after, remedy && asked[i].store != 0 ? seen : 0);
            with += asked[i].after > 0;
            if (asked[i].writes && seen < 1000000) seen++;
            if (asked[i].store == 1) seen = 1000000;
        }
        assert_true(remedy ? with > 100 : with == 0);
        assert_int_equal(cell(&f, app, "users", 0, "version", NULL), 1000000);
        fixture_end(&f);
    }
}

/* ---- what users are told ---- */

struct errors {
    const char *error;
    int64_t count;
};
static void count_errors(void *context, const struct record *r) {
    struct errors *errors = context;
    if (r->kind == RECORD_RETURN && r->type == SIM_FAILED && r->error &&
        strcmp(r->error, errors->error) == 0)
        errors->count++;
}
static void a_conflict_is_a_failure_that_may_be_asked_again(void **state) {
    struct fixture f;
    struct errors errors = {"serialization failure", 0};
    struct trace_sink sink = {.record = count_errors, .context = &errors};
    stores_begin(&f, 2);
    world_add_sink(f.world, &sink);
    stores[0].write_status = stores[1].read_status = CLIENT_RETRY;
    const sim_node app = fixture_node(&f, "app", "client", USERS(4, READ_FROM(one_replica)));
    run_to(&f, 5000);
    assert_true(errors.count > 10);
    assert_int_equal(errors.count, outcomes(&f));
    assert_int_equal(errors.count, noted(&f, app, "conflict"));
    fixture_end(&f);
}

/* ---- redirects among servers whose streams are open ---- */

static void a_redirect_back_to_an_open_stream_is_followed_at_once(void **state) {
    struct fixture f;
    stores_begin(&f, 2);
    stores[0].status = CLIENT_REDIRECT;
    stores[0].redirect_to = 1;
    const sim_node app = fixture_node(&f, "app", "client", USERS(4, knob("mix", MIX_C_)));
    run_to(&f, 1000);
    assert_true(stores[1].reads > 100);
    stores[0].status = CLIENT_OK;
    stores[1].status = CLIENT_REDIRECT;
    stores[1].redirect_to = 0;
    const int64_t before = stores[0].reads;
    run_to(&f, 2000);
    assert_true(stores[0].reads > before + 100);
    assert_int_equal(probe(&f, app, "connected"), 1);
    assert_int_equal(f.outcomes[SIM_DONE], outcomes(&f));
    fixture_end(&f);
}

static void a_server_that_knows_no_other_is_asked_again_later(void **state) {
    struct fixture f;
    stores_begin(&f, 1);
    stores[0].status = CLIENT_REDIRECT;
    stores[0].redirect_to = SIM_NONE;
    fixture_node(&f, "app", "client", USERS(4, knob("mix", MIX_C_)));
    run_to(&f, 1000);
    assert_in_range(stores[0].reads, 4, 60);
    stores[0].status = CLIENT_OK;
    run_to(&f, 3000);
    assert_true(f.outcomes[SIM_DONE] > 200);
    fixture_end(&f);
}

static void servers_that_redirect_to_each_other_are_asked_with_pauses(void **state) {
    struct fixture f;
    stores_begin(&f, 2);
    for (int i = 0; i < 2; i++) {
        stores[i].status = CLIENT_REDIRECT;
        stores[i].redirect_to = 1 - i;
    }
    fixture_node(&f, "app", "client", USERS(1, knob("mix", MIX_C_)));
    run_to(&f, 10000);
    assert_in_range(stores[0].reads + stores[1].reads, 100, 600); /* five, then 100 ms or more */
    fixture_end(&f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_go_to_the_replicas_and_writes_to_the_target),
        cmocka_unit_test(without_replicas_the_target_serves_all),
        cmocka_unit_test(by_turns_each_replica_has_as_many_reads_as_the_others),
        cmocka_unit_test(a_sticky_user_keeps_to_one_replica_until_it_is_down),
        cmocka_unit_test(the_first_reads_wait_for_a_replica_and_do_not_go_to_the_target),
        cmocka_unit_test(reads_wait_for_a_replica_that_does_not_answer_no_longer_than_a_backoff),
        cmocka_unit_test(a_read_whose_replica_dies_is_asked_elsewhere),
        cmocka_unit_test(without_a_replica_the_target_serves_reads_until_one_is_back),
        cmocka_unit_test(without_the_target_reads_go_on_and_writes_fail_unsent),
        cmocka_unit_test(
            a_replica_that_cannot_serve_a_read_sends_it_to_the_target_in_the_same_time),
        cmocka_unit_test(a_replica_may_be_the_target_too),
        cmocka_unit_test(after_a_write_a_user_reads_from_the_primary_for_a_while),
        cmocka_unit_test(a_write_of_unknown_outcome_counts_as_a_write),
        cmocka_unit_test(a_read_waits_for_what_its_user_has_written_or_read),
        cmocka_unit_test(a_conflict_is_a_failure_that_may_be_asked_again),
        cmocka_unit_test(a_redirect_back_to_an_open_stream_is_followed_at_once),
        cmocka_unit_test(a_server_that_knows_no_other_is_asked_again_later),
        cmocka_unit_test(servers_that_redirect_to_each_other_are_asked_with_pauses),
    };
    return cmocka_run_group_tests_name("client sessions", tests, NULL, NULL);
}
