/* Crash recovery and promotion: what survives is what was promised. */
#include "postgres_fixture.h"

#include "base/codec.h"
#include "base/random.h"

static void a_primary_recovers_what_it_acknowledged(void **state) {
    struct fixture f;
    fixture_begin(&f, 5);
    const sim_node primary = add_primary(&f, NULL);
    add_users(&f, primary);
    run_to(&f, 2000);
    const int64_t flushed = probe(&f, primary, "wal_flush_lsn");
    crash(&f, primary);
    run_to(&f, 2500);
    restart(&f, primary);
    run_to(&f, 5000);
    assert_true(inserted(&f, primary) > flushed);
    assert_true(law(&f, "Nothing Acknowledged Is Lost").held > 0);
    assert_true(law(&f, "Flushed Is Durable").held > 0);
    assert_lawful(&f);
    fixture_end(&f);
}

/* What clients read after the crash is what they wrote before: the heap comes from its files. */
struct register_file {
    int64_t value[200], reads, key;
};

static int64_t integer_in(struct sim_bytes bytes) {
    return bytes.size == 9 ? (int64_t)load_u64(bytes.data + 1) : -1;
}
static void check_registers(void *context, const struct record *r) {
    struct register_file *file = context;
    if (r->kind == RECORD_INVOKE) file->key = integer_in(r->key); /* one operation at a time */
    if (r->kind != RECORD_RETURN || r->type != SIM_DONE) return;
    int64_t *expected = &file->value[file->key];
    if (strcmp(r->text, "write") == 0) {
        *expected = integer_in(r->bytes);
        return;
    }
    assert_int_equal(integer_in(r->bytes), *expected);
    file->reads++;
}

static void values_survive_checkpoints_and_crashes(void **state) {
    struct fixture f;
    struct register_file file = {.reads = 0};
    struct trace_sink sink = {.record = check_registers, .context = &file};
    fixture_begin(&f, 5);
    world_add_sink(f.world, &sink);
    const sim_node primary = add_primary(&f, NULL);
    fixture_node(&f, "writer", "client",
                 KNOBS(knob("target", primary), knob("keys", 200), knob("distribution", 3),
                       knob("read", 0), knob("update", 1000000), knob("stop", 1000 * MS)));
    run_to(&f, 1200);
    command(&f, primary, "checkpoint", NULL);
    run_to(&f, 1500);
    assert_true(f.replied);
    crash(&f, primary);
    run_to(&f, 1600);
    restart(&f, primary);
    run_to(&f, 3000);
    fixture_node(&f, "reader", "client",
                 KNOBS(knob("target", primary), knob("keys", 200), knob("distribution", 3),
                       knob("mix", MIX_C_)));
    run_to(&f, 4000);
    assert_true(file.reads > 200);
    assert_lawful(&f);
    fixture_end(&f);
}

/* Level off: the clients were answered, and some of it is gone. */
static void asynchronous_commits_can_be_lost(void **state) {
    struct fixture f;
    fixture_begin(&f, 5);
    const sim_node primary = add_primary(&f, KNOBS(knob("synchronous_commit", LEVEL_OFF_)));
    add_users(&f, primary);
    run_to(&f, 2100);
    const int64_t acknowledged = inserted(&f, primary),
                  flushed = probe(&f, primary, "wal_flush_lsn");
    assert_true(flushed < acknowledged);
    assert_true(probe(&f, primary, "commits_at_risk") > 0);
    crash(&f, primary);
    restart(&f, primary);
    run_to(&f, 2150);
    assert_true(probe(&f, primary, "wal_flush_lsn") < acknowledged);
    assert_lawful(&f);
    fixture_end(&f);
}

static void a_promoted_synchronous_standby_has_all(void **state) {
    struct fixture f;
    fixture_begin(&f, 5);
    const sim_node primary = add_primary(&f, KNOBS(words("synchronous_standby_names", "s1")));
    const sim_node standby = add_standby(&f, "s1", primary), end = add_standby(&f, "end", standby);
    fixture_node(&f, "app", "client",
                 KNOBS(knob("target", primary),
                       (struct knob_setting){"others", {.nodes = &standby, .count = 1}},
                       knob("clients", 8), knob("mix", MIX_A_), knob("think", 10 * MS),
                       knob("timeout", 500 * MS)));
    run_to(&f, 2000);
    crash(&f, primary);
    run_to(&f, 2500);
    command(&f, standby, "promote", NULL);
    run_to(&f, 2600);
    assert_true(f.replied && f.reply_ok);
    const int64_t at = inserted(&f, standby);
    run_to(&f, 60000);
    assert_int_equal(cell(&f, standby, "recovery", 0, "timeline_id", NULL), 2);
    assert_true(inserted(&f, standby) > at + 100000); /* the users have found it */
    assert_true(probe(&f, end, "replay_lsn") > at);   /* and its own standby follows */
    assert_int_equal(cell(&f, end, "recovery", 0, "timeline_id", NULL), 2);
    assert_true(law(&f, "Nothing Acknowledged Is Lost").held > 0);
    assert_lawful(&f);
    fixture_end(&f);
}

/* A power failure leaves any subset of what was not synced: of the removals of old segments, too,
 * and of the newest segments' contents. The log goes on where it ended, in one piece. */
static void the_log_goes_on_in_one_piece(void **state) {
    for (uint64_t seed = 1; seed <= 60; seed++) {
        struct fixture f;
        struct random random = {random_key(97, seed), 0};
        fixture_begin(&f, seed);
        f.host.disk.crash = DISK_KEEPS_ANY;
        f.host.disk.sync = distribution_constant(30 * MS);
        const sim_node primary =
            add_primary(&f, KNOBS(knob("max_wal_size", 64 << 20), knob("wal_keep_size", 64 << 20)));
        const sim_node standby = add_standby(&f, "s1", primary);
        int64_t now = 500;
        for (int round = 0; round < 4; round++) {
            run_to(&f, now);
            command(&f, primary, "transaction", KNOBS(knob("bytes", 60000000)));
            run_to(&f, now += 3000);
            command(&f, primary, "checkpoint", NULL);
            for (int i = 0; !f.replied && i < 5000; i++) run_to(&f, ++now);
            assert_true(f.replied); /* and some segments are removed */
            if (round % 2 == 0) {
                command(&f, primary, "transaction", KNOBS(knob("bytes", 40000000)));
                run_to(&f, now += 20 + draw_below(&random, 400));
            }
            crash(&f, primary);
            restart(&f, primary);
            run_to(&f, now += 20000);
            assert_true(world_node_up(f.world, primary));
            assert_int_equal(probe(&f, primary, "wal_flush_lsn"), inserted(&f, primary));
            assert_int_equal(probe(&f, standby, "replay_lsn"), inserted(&f, primary));
        }
        assert_int_equal(noted(&f, standby, "diverged"), 0);
        assert_lawful(&f);
        fixture_end(&f);
    }
}

/* PostgreSQL's own hole ("fsyncgate", 2018): after a failed fsync, Linux has the pages in its
 * cache, clean. The recovery after the PANIC reads them back, syncs them in vain, and a power
 * failure then takes what was called flushed twice. */
static void recovery_after_a_failed_fsync_trusts_the_page_cache(void **state) {
    for (int keeps_dirty = 0; keeps_dirty < 2; keeps_dirty++) {
        struct fixture f;
        fixture_begin(&f, 5);
        f.host.disk.keeps_dirty = keeps_dirty == 1;
        const sim_node primary = add_primary(&f, NULL);
        add_users(&f, primary);
        run_to(&f, 1000);
        fault(&f, FAULT_SYNC_FAILS, primary, SIM_NOBODY, 1);
        run_to(&f, 1200);
        assert_false(world_node_up(f.world, primary)); /* PANIC */
        restart(&f, primary);
        run_to(&f, 1300);
        assert_true(world_node_up(f.world, primary));
        crash(&f, primary);
        restart(&f, primary);
        run_to(&f, 1400);
        assert_int_equal(world_node_up(f.world, primary), keeps_dirty);
        assert_lawful(&f);
        fixture_end(&f);
    }
}

/* Crashes and restarts at any moment, disks that keep any subset of what was not synced, torn
 * writes, failed fsyncs, cuts, pauses: no law is ever broken, and in the end all is well again. */
static void crash_or_restart(struct fixture *f, struct random *random, sim_node victim) {
    if (!world_node_up(f->world, victim)) {
        restart(f, victim);
        return;
    }
    fault(f, FAULT_CRASH, victim, SIM_NOBODY, draw_below(random, 2));
    if (draw_below(random, 2) == 0) restart(f, victim);
}

static void random_fault(struct fixture *f, struct random *random, const sim_node nodes[3]) {
    const sim_node victim = nodes[draw_below(random, 3)];
    const sim_node other = nodes[draw_below(random, 3)];
    switch (draw_below(random, 8)) {
    case 0:
        if (victim != other) cut(f, victim, other);
        return;
    case 1: fault(f, FAULT_PAUSE, victim, SIM_NOBODY, 0); return;
    case 2: fault(f, FAULT_SYNC_FAILS, victim, SIM_NOBODY, 1); return;
    case 3: heal(f); return;
    default: crash_or_restart(f, random, victim); return;
    }
}

static void chaos(uint64_t seed) {
    struct fixture f;
    struct random random = {random_key(99, seed), 0};
    fixture_begin(&f, seed);
    const int64_t kind = draw_below(&random, 3), names = draw_below(&random, 3);
    f.host.disk.crash = (enum disk_crash)kind;
    f.host.disk.tears = draw_below(&random, 2) == 0;
    f.host.disk.keeps_dirty = true; /* else see the test before this one */
    static const char *const settings[] = {"", "FIRST 1 (s1, s2)", "ANY 1 (s1, s2)"};
    const int64_t level = draw_below(&random, 5);
    const sim_node primary = add_primary(
        &f, KNOBS(words("synchronous_standby_names", settings[names]),
                  knob("synchronous_commit", level), knob("checkpoint_timeout", 1500 * MS),
                  knob("max_wal_size", 64 << 20), knob("wal_keep_size", 1 << 30)));
    const sim_node one = add_standby(&f, "s1", primary);
    const int64_t cascade = draw_below(&random, 2);
    const sim_node two = add_standby(&f, "s2", cascade ? one : primary);
    const sim_node nodes[] = {primary, one, two};
    fixture_node(&f, "app", "client",
                 KNOBS(knob("target", primary), knob("clients", 8), knob("mix", MIX_A_),
                       knob("think", 5 * MS), knob("timeout", 1000 * MS),
                       knob("stop", 20000 * MS)));
    int64_t now = 0;
    while (now < 20000) {
        run_to(&f, now += 1 + draw_below(&random, 1500));
        random_fault(&f, &random, nodes);
        if (draw_below(&random, 8) == 0 && world_node_up(f.world, primary))
            command(&f, primary, "transaction", KNOBS(knob("bytes", 5000000)));
    }
    heal(&f);
    for (int round = 0; round < 3; round++) { /* a failing fsync may be left over: a PANIC more */
        for (size_t i = 0; i < 3; i++)
            if (!world_node_up(f.world, nodes[i])) restart(&f, nodes[i]);
        run_to(&f, now += 30000);
    }
    run_to(&f, now + 120000);
    assert_lawful(&f);
    if (probe(&f, one, "replay_lsn") != inserted(&f, primary) ||
        probe(&f, two, "replay_lsn") != inserted(&f, primary))
        fail_msg("seed %llu: a standby did not catch up", (unsigned long long)seed);
    fixture_end(&f);
}

static void nothing_breaks_under_crashes(void **state) {
    for (uint64_t seed = 1; seed <= 25; seed++) chaos(seed);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_primary_recovers_what_it_acknowledged),
        cmocka_unit_test(values_survive_checkpoints_and_crashes),
        cmocka_unit_test(asynchronous_commits_can_be_lost),
        cmocka_unit_test(a_promoted_synchronous_standby_has_all),
        cmocka_unit_test(the_log_goes_on_in_one_piece),
        cmocka_unit_test(recovery_after_a_failed_fsync_trusts_the_page_cache),
        cmocka_unit_test(nothing_breaks_under_crashes),
    };
    return cmocka_run_group_tests_name("models postgres recovery", tests, NULL, NULL);
}
