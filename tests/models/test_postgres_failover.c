/* Stopping, starting, following another, timelines, pg_rewind: what failover is made of. */
#include "postgres_fixture.h"

#include "base/codec.h"
#include "parts/server_control.h"

static void order(struct fixture *f, sim_node node, const char *name,
                  const struct knob_setting *args, int64_t within_ms) {
    command(f, node, name, args);
    run_to(f, world_now(f->world) / MS + within_ms);
    if (!f->replied || !f->reply_ok)
        fail_msg("%s: %s", name, f->replied ? text_string(&f->reply) : "no answer");
}
#define TO(NODE) KNOBS(knob("upstream", NODE))
#define FROM(NODE) KNOBS(knob("source", NODE))

static int64_t timeline(struct fixture *f, sim_node node) {
    return cell(f, node, "recovery", 0, "timeline_id", NULL);
}
static void assert_caught_up(struct fixture *f, sim_node standby, sim_node primary) {
    const int64_t behind = inserted(f, primary) - probe(f, standby, "replay_lsn");
    if (behind < 0 || behind > 200000) fail_msg("%lld bytes behind", (long long)behind);
}

/* A primary with users, and two standbys. */
struct trio {
    struct fixture f;
    sim_node a, b, c, users;
};
static void trio_begin(struct trio *t, uint64_t seed, const struct knob_setting *knobs) {
    fixture_begin(&t->f, seed);
    t->a = add_primary(&t->f, knobs);
    t->b = add_standby(&t->f, "b", t->a);
    t->c = add_standby(&t->f, "c", t->a);
    t->users = add_users(&t->f, t->a);
    run_to(&t->f, 2000);
}

static void a_stopped_server_starts_again_with_all_it_had(void **state) {
    struct trio t;
    trio_begin(&t, 1, NULL);
    order(&t.f, t.a, "stop", NULL, 500);
    run_to(&t.f, 4000);
    order(&t.f, t.a, "start", TO(SIM_NONE), 2000);
    run_to(&t.f, 12000);
    assert_caught_up(&t.f, t.b, t.a);
    assert_true(law(&t.f, "Nothing Acknowledged Is Lost").held > 0);
    assert_true(law(&t.f, "Flushed Is Durable").held > 0);
    assert_int_equal(timeline(&t.f, t.a), 1);
    assert_lawful(&t.f);
    fixture_end(&t.f);
}

static void orders_that_make_no_sense_are_refused(void **state) {
    struct trio t;
    trio_begin(&t, 2, NULL);
    static const struct {
        const char *command, *words;
    } orders[] = {{"promote", "recovery is not in progress"},
                  {"start", "is running"},
                  {"rewind", "must be shut down cleanly"},
                  {"follow", "no standby"}};
    for (size_t i = 0; i < 4; i++) {
        const struct knob_setting one[] = {
            knob(strcmp(orders[i].command, "rewind") == 0 ? "source" : "upstream", t.b),
            {NULL, {0}}};
        command(&t.f, t.a, orders[i].command, i == 0 ? NULL : one);
        run_to(&t.f, 2010 + 10 * (int64_t)i);
        assert_true(t.f.replied && !t.f.reply_ok);
        if (!strstr(text_string(&t.f.reply), orders[i].words))
            fail_msg("%s: %s", orders[i].command, text_string(&t.f.reply));
    }
    fixture_end(&t.f);
}

static void a_standby_follows_the_promoted_one(void **state) {
    struct trio t;
    trio_begin(&t, 3, NULL);
    crash(&t.f, t.a);
    order(&t.f, t.b, "promote", NULL, 500);
    order(&t.f, t.c, "follow", TO(t.b), 500);
    order(&t.f, t.b, "transaction", KNOBS(knob("bytes", 1000000)), 3000);
    assert_caught_up(&t.f, t.c, t.b);
    assert_int_equal(timeline(&t.f, t.c), 2);
    crash(&t.f, t.c); /* and after a restart of its own */
    restart(&t.f, t.c);
    order(&t.f, t.b, "transaction", KNOBS(knob("bytes", 1000000)), 5000);
    assert_caught_up(&t.f, t.c, t.b);
    assert_lawful(&t.f);
    fixture_end(&t.f);
}

static void three_promotions_make_three_timelines_that_all_can_follow(void **state) {
    struct trio t;
    trio_begin(&t, 4, NULL);
    const sim_node late = add_standby(&t.f, "late", t.a); /* will follow at the very end */
    run_to(&t.f, 2500);
    crash(&t.f, late);
    run_to(&t.f, 3000);
    const sim_node order_of[] = {t.b, t.c, t.a, t.b};
    sim_node primary = t.a;
    for (size_t i = 0; i < 3; i++) {
        const sim_node next = order_of[i], third = order_of[(i + 1) % 3];
        order(&t.f, primary, "stop", NULL, 500);
        run_to(&t.f, world_now(t.f.world) / MS + 1000); /* so that all have it */
        order(&t.f, next, "promote", NULL, 500);
        if (third != primary) order(&t.f, third, "follow", TO(next), 500);
        order(&t.f, primary, "rewind", FROM(next), 3000);
        order(&t.f, primary, "start", TO(next), 1000);
        order(&t.f, next, "transaction", KNOBS(knob("bytes", 500000)), 6000);
        primary = next;
        assert_int_equal(timeline(&t.f, primary), 2 + (int64_t)i);
    }
    restart(&t.f, late);
    run_to(&t.f, world_now(t.f.world) / MS + 500);
    order(&t.f, late, "follow", TO(primary), 8000);
    for (sim_node n = t.a; n <= t.c; n++)
        if (n != primary) assert_caught_up(&t.f, n, primary);
    assert_caught_up(&t.f, late, primary);
    assert_int_equal(timeline(&t.f, late), 4);
    assert_lawful(&t.f);
    fixture_end(&t.f);
}

/* ---- an old primary that has gone on alone ---- */

/* No fencing: it goes on as a primary, while another has been promoted. The law ends the run. */
static void two_primaries_break_the_law_of_one_writer(void **state) {
    struct trio t;
    trio_begin(&t, 5, NULL);
    cut(&t.f, t.a, t.b);
    cut(&t.f, t.a, t.c);
    run_to(&t.f, 2500);
    assert_int_equal(law(&t.f, "One Writer").broken, 0);
    command(&t.f, t.b, "promote", NULL);
    run_to(&t.f, 5000);
    assert_int_equal(law(&t.f, "One Writer").broken, 1);
    fixture_end(&t.f);
}

/* A world that goes on: the users of the old primary write nothing that was not acknowledged
 * before. */
static void trio_alone(struct trio *t, uint64_t seed, int64_t wal_keep_size) {
    trio_begin(t, seed, KNOBS(knob("wal_keep_size", wal_keep_size)));
    cut(&t->f, t->a, t->b);
    cut(&t->f, t->a, t->c);
    cut(&t->f, t->a, t->users);
    /* Written here, and on no standby: a command's transaction that nobody is told of, as its
     * answer comes after the stop. */
    command(&t->f, t->a, "transaction", KNOBS(knob("bytes", 400000000)));
    run_to(&t->f, 3000);
    order(&t->f, t->a, "checkpoint", NULL, 1000);
    order(&t->f, t->a, "stop", NULL, 500);
    heal(&t->f);
    order(&t->f, t->b, "promote", NULL, 500);
    order(&t->f, t->c, "follow", TO(t->b), 500);
    order(&t->f, t->b, "transaction", KNOBS(knob("bytes", 3000000)), 2000);
}

static void rewind_makes_it_a_standby_again(void **state) {
    struct trio t;
    trio_alone(&t, 6, 1000000000);
    order(&t.f, t.a, "start", TO(t.b), 2000);
    const int64_t refused = noted(&t.f, t.b, "walsender_refuses");
    run_to(&t.f, world_now(t.f.world) / MS + 6000);
    assert_true(noted(&t.f, t.b, "walsender_refuses") > refused);
    assert_int_equal(cell(&t.f, t.b, "pg_stat_replication", 1, "pid", NULL),
                     SIM_NONE); /* c alone */
    order(&t.f, t.a, "stop", NULL, 500);
    order(&t.f, t.a, "rewind", FROM(t.b), 20000);
    assert_true(noted(&t.f, t.a, "rewind_forked") == 1);
    order(&t.f, t.a, "start", TO(t.b), 2000);
    run_to(&t.f, world_now(t.f.world) / MS + 10000);
    assert_caught_up(&t.f, t.a, t.b);
    assert_int_equal(timeline(&t.f, t.a), 2);
    crash(&t.f, t.a); /* what it is, it is after a restart too */
    restart(&t.f, t.a);
    run_to(&t.f, world_now(t.f.world) / MS + 10000);
    assert_caught_up(&t.f, t.a, t.b);
    assert_lawful(&t.f);
    fixture_end(&t.f);
}

/* Its checkpoints have removed the log back to the fork: only a new base backup helps. */
static void a_rewind_needs_the_log_back_to_the_fork(void **state) {
    struct trio t;
    trio_alone(&t, 6, 0);
    command(&t.f, t.a, "rewind", FROM(t.b));
    run_to(&t.f, world_now(t.f.world) / MS + 20000);
    assert_true(t.f.replied && !t.f.reply_ok);
    assert_string_equal(text_string(&t.f.reply), "could not find previous WAL record");
    fixture_end(&t.f);
}

static void nothing_is_undone_where_nothing_differs(void **state) {
    struct trio t;
    trio_begin(&t, 7, NULL);
    order(&t.f, t.b, "stop", NULL, 500);
    order(&t.f, t.b, "rewind", FROM(t.a), 3000);
    assert_string_equal(text_string(&t.f.reply), "no rewind required");
    order(&t.f, t.b, "start", TO(t.a), 1000);
    run_to(&t.f, world_now(t.f.world) / MS + 6000);
    assert_caught_up(&t.f, t.b, t.a);
    assert_lawful(&t.f);
    fixture_end(&t.f);
}

static void a_rewind_without_its_source_or_from_another_cluster_fails(void **state) {
    struct trio t;
    trio_begin(&t, 8, NULL);
    const sim_node stranger = fixture_node(&t.f, "stranger", "postgres", NULL);
    order(&t.f, t.b, "stop", NULL, 500);
    for (int i = 0; i < 2; i++) {
        if (i) crash(&t.f, stranger);
        command(&t.f, t.b, "rewind", FROM(stranger));
        run_to(&t.f, world_now(t.f.world) / MS + 15000);
        assert_true(t.f.replied && !t.f.reply_ok);
        assert_non_null(strstr(text_string(&t.f.reply), i ? "connect" : "not compatible"));
    }
    order(&t.f, t.b, "start", TO(t.a), 1000); /* as it was */
    run_to(&t.f, world_now(t.f.world) / MS + 6000);
    assert_caught_up(&t.f, t.b, t.a);
    assert_lawful(&t.f);
    fixture_end(&t.f);
}

/* What a client reads of each key, one after the other, on either server. */
enum { KEYS = 200 };
struct read_values {
    sim_node readers[2];
    int64_t of[2][KEYS], key[2];
    size_t count[2];
};
static int64_t integer_in(struct sim_bytes bytes) {
    return bytes.size == 9 ? (int64_t)load_u64(bytes.data + 1) : -1;
}
static void keep_value(void *context, const struct record *r) {
    struct read_values *v = context;
    for (int i = 0; i < 2; i++) {
        if (r->node != v->readers[i]) continue;
        if (r->kind == RECORD_INVOKE) v->key[i] = integer_in(r->key);
        if (r->kind != RECORD_RETURN || r->type != SIM_DONE) continue;
        v->of[i][v->key[i]] = integer_in(r->bytes);
        v->count[i]++;
    }
}
static void assert_same_values(struct trio *t, uint64_t seed) {
    struct read_values v = {.readers = {SIM_NOBODY, SIM_NOBODY}};
    struct trace_sink sink = {.record = keep_value, .context = &v};
    world_add_sink(t->f.world, &sink);
    for (int i = 0; i < 2; i++)
        v.readers[i] = fixture_node(&t->f, i ? "reader_b" : "reader_a", "client",
                                    KNOBS(knob("target", i ? t->b : t->a), knob("keys", KEYS),
                                          knob("distribution", 3), knob("mix", MIX_C_)));
    run_to(&t->f, world_now(t->f.world) / MS + 1000);
    assert_lawful(&t->f);
    if (v.count[0] <= KEYS || v.count[1] <= KEYS)
        fail_msg("seed %d: %d, %d reads", (int)seed, (int)v.count[0], (int)v.count[1]);
    for (int64_t key = 0; key < KEYS; key++)
        if (v.of[0][key] != v.of[1][key])
            fail_msg("seed %llu, key %lld: %lld on a, %lld on b", (unsigned long long)seed,
                     (long long)key, (long long)v.of[0][key], (long long)v.of[1][key]);
}

/* Row by row: after a rewind and a promotion back, users read what the source had. */
static void rows_after_a_rewind_are_the_sources(void **state) {
    for (uint64_t seed = 1; seed <= 8; seed++) {
        struct trio t;
        fixture_begin(&t.f, seed);
        t.a = add_primary(&t.f, KNOBS(knob("autovacuum_naptime", 1000 * MS)));
        t.b = add_standby(&t.f, "b", t.a);
        t.users = fixture_node(&t.f, "app", "client",
                               KNOBS(knob("target", t.a), knob("clients", 8), knob("mix", MIX_A_),
                                     knob("keys", 200), knob("think", 5 * MS)));
        run_to(&t.f, 2000 + (int64_t)seed * 100);
        order(&t.f, t.a, "checkpoint", NULL, 500);
        cut(&t.f, t.a, t.b);
        run_to(&t.f, 4000); /* what they are told of now will be lost: it was asynchronous */
        crash(&t.f, t.users);
        run_to(&t.f, 5000);
        order(&t.f, t.a, "stop", NULL, 500);
        heal(&t.f);
        order(&t.f, t.b, "promote", NULL, 500);
        fixture_node(&t.f, "app2", "client",
                     KNOBS(knob("target", t.b), knob("clients", 4), knob("mix", MIX_A_),
                           knob("keys", 100), knob("think", 20 * MS), knob("stop", 3000 * MS)));
        run_to(&t.f, 9000);
        order(&t.f, t.a, "start", TO(t.b), 1000); /* as it is, it is refused */
        run_to(&t.f, 11000);
        assert_true(noted(&t.f, t.a, "receiver_error") > 0);
        assert_int_equal(noted(&t.f, t.a, "diverged"), 0);
        order(&t.f, t.a, "stop", NULL, 500);
        order(&t.f, t.a, "rewind", FROM(t.b), 3000);
        const int64_t consistent = noted(&t.f, t.a, "consistent"), end = inserted(&t.f, t.b);
        command(&t.f, t.a, "start", TO(t.b));
        for (int64_t ms = world_now(t.f.world) / MS;
             noted(&t.f, t.a, "consistent") == consistent && ms < 24000; ms++)
            run_to(&t.f, ms);
        assert_true(probe(&t.f, t.a, "replay_lsn") >= end); /* pages are as of then */
        run_to(&t.f, 25000);
        assert_int_equal(probe(&t.f, t.a, "replay_lsn"), probe(&t.f, t.b, "wal_flush_lsn"));
        static const char *const columns[] = {"n_live_tup", "n_dead_tup", "table_size"};
        for (size_t c = 0; c < 3; c++)
            assert_int_equal(cell(&t.f, t.a, "pg_stat_user_tables", 0, columns[c], NULL),
                             cell(&t.f, t.b, "pg_stat_user_tables", 0, columns[c], NULL));
        assert_same_values(&t, seed);
        assert_lawful(&t.f);
        fixture_end(&t.f);
    }
}

/* ---- an agent's orders, as messages ---- */

static void a_managed_server_waits_for_its_orders(void **state) {
    struct fixture f;
    fixture_begin(&f, 9);
    const sim_node a = fixture_node(&f, "a", "postgres", KNOBS(knob("managed", 1)));
    run_to(&f, 1000);
    assert_int_equal(probe(&f, a, "wal_flush_lsn"), 0);
    order(&f, a, "start", TO(SIM_NONE), 500);
    assert_int_equal(probe(&f, a, "in_recovery"), 0);
    crash(&f, a);
    restart(&f, a);
    run_to(&f, 3000);
    assert_int_equal(probe(&f, a, "wal_flush_lsn"), 0); /* stopped again, though it was a primary */
    order(&f, a, "start", TO(SIM_NONE), 1000);
    assert_true(probe(&f, a, "wal_flush_lsn") > 0);
    assert_lawful(&f);
    fixture_end(&f);
}

/* An agent's stop does not wait for what is being done: a start, a promotion. */
static void a_stop_ends_a_start_and_a_promotion(void **state) {
    struct trio t;
    trio_begin(&t, 10, NULL);
    for (int64_t later = 0; later < 4; later++) { /* in the middle of reading, of redo, and after */
        order(&t.f, t.b, "stop", NULL, 500);
        command(&t.f, t.b, "start", TO(t.a));
        run_to(&t.f, world_now(t.f.world) / MS + later);
        order(&t.f, t.b, "stop", NULL, 1000);
        order(&t.f, t.b, "start", TO(t.a), 1000);
    }
    run_to(&t.f, world_now(t.f.world) / MS + 6000);
    assert_caught_up(&t.f, t.b, t.a);
    crash(&t.f, t.a);
    command(&t.f, t.b, "promote", NULL);
    order(&t.f, t.b, "stop", NULL, 1000);
    order(&t.f, t.b, "start", TO(SIM_NONE), 2000); /* as it was when the stop came */
    if (probe(&t.f, t.b, "in_recovery")) order(&t.f, t.b, "promote", NULL, 500);
    assert_int_equal(probe(&t.f, t.b, "in_recovery"), 0);
    assert_lawful(&t.f);
    fixture_end(&t.f);
}

/* A stop in the middle of a checkpoint: whichever heap file is in place by then, it is read whole.
 */
static void a_stop_may_come_at_any_moment_of_a_checkpoint(void **state) {
    struct fixture f;
    fixture_begin(&f, 12);
    const sim_node a = add_primary(&f, NULL);
    run_to(&f, 500);
    for (int64_t later = 0; later < 24; later++) {
        order(&f, a, "create_table", /* so that each heap file is larger than the last */
              KNOBS(words("name", (char[]){'t', (char)('a' + later), '\0'}), knob("rows", 600),
                    knob("row_bytes", 100), words("tablespace", "")),
              200);
        command(&f, a, "checkpoint", NULL);
        run_to(&f, world_now(f.world) / MS + later);
        order(&f, a, "stop", NULL, 500);
        order(&f, a, "start", TO(SIM_NONE), 2000);
        assert_true(world_node_up(f.world, a));
    }
    assert_int_equal(cell(&f, a, "pg_stat_user_tables", 24, "n_live_tup", NULL), 600);
    assert_lawful(&f);
    fixture_end(&f);
}

static void a_standby_may_wait_to_be_told_whom_to_follow(void **state) {
    struct fixture f;
    fixture_begin(&f, 11);
    const sim_node a = fixture_node(&f, "a", "postgres", KNOBS(knob("managed", 1)));
    const sim_node b = fixture_node(&f, "b", "postgres", KNOBS(knob("managed", 1)));
    run_to(&f, 500);
    order(&f, a, "start", TO(SIM_NONE), 500);
    order(&f, b, "start", TO(a), 2000);
    order(&f, b, "stop", NULL, 500);
    order(&f, a, "stop", NULL, 500);
    order(&f, a, "start", TO(b), 500); /* each a standby of the other: nobody leads */
    order(&f, b, "start", TO(a), 500);
    run_to(&f, 6000);
    assert_int_equal(probe(&f, a, "in_recovery"), 1);
    order(&f, b, "promote", NULL, 500);
    run_to(&f, 16000);
    assert_int_equal(timeline(&f, a), 2);
    assert_lawful(&f);
    fixture_end(&f);
}

static void control_messages_survive_the_wire(void **state) {
    uint8_t body[64];
    struct control_order o = {7, CONTROL_REWIND, 3}, o2;
    assert_true(control_order_read(control_order_write(&o, body), &o2));
    assert_int_equal(o2.order, 7);
    assert_int_equal(o2.what, CONTROL_REWIND);
    assert_int_equal(o2.upstream, 3);
    struct control_answer a = {.order = 9,
                               .ok = true,
                               .state = CONTROL_PRIMARY,
                               .timeline = 4,
                               .received_lsn = 77,
                               .upstream = SIM_NONE,
                               .streaming = true,
                               .diverged = true},
                          a2;
    const struct sim_bytes bytes = control_answer_write(&a, body);
    assert_true(bytes.size <= CONTROL_ANSWER_BYTES);
    assert_true(control_answer_read(bytes, &a2));
    assert_true(a2.ok && a2.streaming && a2.diverged);
    assert_int_equal(a2.state, CONTROL_PRIMARY);
    assert_int_equal(a2.received_lsn, 77);
    assert_false(control_answer_read((struct sim_bytes){body, 10}, &a2));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stopped_server_starts_again_with_all_it_had),
        cmocka_unit_test(orders_that_make_no_sense_are_refused),
        cmocka_unit_test(a_standby_follows_the_promoted_one),
        cmocka_unit_test(three_promotions_make_three_timelines_that_all_can_follow),
        cmocka_unit_test(two_primaries_break_the_law_of_one_writer),
        cmocka_unit_test(rewind_makes_it_a_standby_again),
        cmocka_unit_test(a_rewind_needs_the_log_back_to_the_fork),
        cmocka_unit_test(nothing_is_undone_where_nothing_differs),
        cmocka_unit_test(a_rewind_without_its_source_or_from_another_cluster_fails),
        cmocka_unit_test(rows_after_a_rewind_are_the_sources),
        cmocka_unit_test(a_managed_server_waits_for_its_orders),
        cmocka_unit_test(a_stop_ends_a_start_and_a_promotion),
        cmocka_unit_test(a_stop_may_come_at_any_moment_of_a_checkpoint),
        cmocka_unit_test(a_standby_may_wait_to_be_told_whom_to_follow),
        cmocka_unit_test(control_messages_survive_the_wire),
    };
    return cmocka_run_group_tests_name("models postgres failover", tests, NULL, NULL);
}
