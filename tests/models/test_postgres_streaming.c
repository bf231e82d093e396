/* Streaming replication: a standby follows, falls behind for each of its reasons, and catches up.
 */
#include "postgres_fixture.h"

static void a_standby_follows_its_primary(void **state) {
    struct fixture f;
    char text[64];
    fixture_begin(&f, 1);
    const sim_node primary = add_primary(&f, NULL), standby = add_standby(&f, "s1", primary);
    fixture_node(&f, "app", "client",
                 KNOBS(knob("target", primary), knob("clients", 8), knob("mix", MIX_A_),
                       knob("think", 10 * MS), knob("stop", 2000 * MS)));
    run_to(&f, 3000);
    assert_int_equal(probe(&f, standby, "replay_lsn"), inserted(&f, primary));
    cell(&f, primary, "pg_stat_replication", 0, "state", text);
    assert_string_equal(text, "streaming");
    cell(&f, primary, "pg_stat_replication", 0, "application_name", text);
    assert_string_equal(text, "s1");
    cell(&f, primary, "pg_stat_replication", 0, "sync_state", text);
    assert_string_equal(text, "async");
    assert_int_equal(cell(&f, primary, "pg_stat_replication", 0, "replay_lag_bytes", NULL), 0);
    assert_int_equal(probe(&f, standby, "commits"), probe(&f, primary, "commits"));
    assert_true(law(&f, "Standby Is A Prefix").held > 500);
    assert_true(law(&f, "Replication Order").held > 1000);
    assert_int_equal(law(&f, "Standby Is A Prefix").forgotten, 0);
    assert_lawful(&f);
    fixture_end(&f);
}

/* Manual, 28.2.4: the lag columns are NULL for an idle system after a while; and the trap: on the
 * standby, now() - pg_last_xact_replay_timestamp() grows all the same. */
static void an_idle_primary_has_no_lag_and_its_standby_shows_one(void **state) {
    struct fixture f;
    fixture_begin(&f, 1);
    const sim_node primary = add_primary(&f, NULL), standby = add_standby(&f, "s1", primary);
    fixture_node(&f, "app", "client",
                 KNOBS(knob("target", primary), knob("clients", 8), knob("mix", MIX_A_),
                       knob("think", 10 * MS), knob("stop", 1000 * MS)));
    run_to(&f, 1000);
    assert_true(cell(&f, primary, "pg_stat_replication", 0, "replay_lag", NULL) > 0);
    run_to(&f, 25000);
    assert_int_equal(cell(&f, primary, "pg_stat_replication", 0, "write_lag", NULL), SIM_NONE);
    assert_int_equal(cell(&f, primary, "pg_stat_replication", 0, "replay_lag", NULL), SIM_NONE);
    const int64_t age = cell(&f, standby, "recovery", 0, "replay_lag", NULL);
    assert_in_range(age, 23800 * MS, 24200 * MS);
    fixture_end(&f);
}

/* ---- the causes of lag ---- */

static void a_large_transaction_is_streamed_before_it_commits(void **state) {
    struct fixture f;
    fixture_begin(&f, 1);
    const sim_node primary = add_primary(&f, NULL), standby = add_standby(&f, "s1", primary);
    run_to(&f, 1000);
    command(&f, primary, "transaction", KNOBS(knob("bytes", 200000000)));
    run_to(&f, 2000); /* at 100 MB/s it is half done */
    assert_false(f.replied);
    assert_true(probe(&f, standby, "receive_lsn") > 0x3000000 + 60000000);
    run_to(&f, 10000);
    assert_true(f.replied && f.reply_ok);
    assert_in_range(inserted(&f, primary) - 0x3000000, 200000000, 203000000);
    assert_int_equal(probe(&f, standby, "replay_lsn"), inserted(&f, primary));
    assert_lawful(&f);
    fixture_end(&f);
}

static void a_slow_replay_lags_behind_what_is_received(void **state) {
    struct fixture f;
    fixture_begin(&f, 1);
    const sim_node primary = add_primary(&f, NULL);
    const sim_node standby = fixture_node(
        &f, "s1", "postgres", KNOBS(knob("upstream", primary), knob("replay_rate", 20000000)));
    run_to(&f, 1000);
    command(&f, primary, "transaction", KNOBS(knob("bytes", 100000000)));
    run_to(&f, 3000);
    assert_true(f.replied);
    assert_int_equal(probe(&f, standby, "receive_lsn"), inserted(&f, primary));
    assert_true(probe(&f, standby, "received_not_replayed_bytes") > 40000000);
    assert_true(cell(&f, primary, "pg_stat_replication", 0, "replay_lag_bytes", NULL) > 40000000);
    assert_int_equal(cell(&f, primary, "pg_stat_replication", 0, "send_lag_bytes", NULL), 0);
    run_to(&f, 8000);
    assert_int_equal(probe(&f, standby, "received_not_replayed_bytes"), 0);
    assert_lawful(&f);
    fixture_end(&f);
}

/* What waits for a slow network is not sent: it shows between pg_current_wal_lsn and sent_lsn, and
 * no more than a socket's buffers are between sent_lsn and the standby. */
static void a_slow_network_makes_send_lag(void **state) {
    struct fixture f;
    fixture_begin(&f, 1);
    const sim_node primary = add_primary(&f, NULL), standby = add_standby(&f, "s1", primary);
    struct link_settings slow = link_settings_default();
    slow.bandwidth = 10000000;
    world_link(f.world, primary, standby, &slow);
    run_to(&f, 1000);
    command(&f, primary, "transaction", KNOBS(knob("bytes", 60000000)));
    run_to(&f, 2500);
    const int64_t sent = cell(&f, primary, "pg_stat_replication", 0, "sent_lsn", NULL);
    assert_true(cell(&f, primary, "pg_stat_replication", 0, "send_lag_bytes", NULL) > 30000000);
    assert_in_range(sent - probe(&f, standby, "receive_lsn"), 1000000, 2621440 + 2 * 131072);
    assert_true(noted(&f, primary, "walsender_blocked") > 0);
    run_to(&f, 9000);
    assert_int_equal(probe(&f, standby, "replay_lsn"), inserted(&f, primary));
    assert_lawful(&f);
    fixture_end(&f);
}

/* The walreceiver reads nothing while it syncs: a slow disk shows as flush lag. */
static void a_slow_standby_disk_makes_flush_lag(void **state) {
    struct fixture f;
    fixture_begin(&f, 1);
    const sim_node primary = add_primary(&f, NULL);
    f.host.disk.sync = distribution_constant(40 * MS);
    const sim_node standby = add_standby(&f, "s1", primary);
    f.host = host_options_default();
    add_users(&f, primary);
    run_to(&f, 3000);
    assert_in_range(probe(&f, standby, "lag_flush"), 39 * MS, 45 * MS);
    assert_true(cell(&f, primary, "pg_stat_replication", 0, "flush_lag", NULL) > 39 * MS);
    assert_true(probe(&f, standby, "lag_network") < 5 * MS);
    assert_lawful(&f);
    fixture_end(&f);
}

/* ---- away and back ---- */

static void a_standby_that_was_away_catches_up(void **state) {
    struct fixture f;
    char text[64];
    fixture_begin(&f, 1);
    const sim_node primary = add_primary(&f, NULL), standby = add_standby(&f, "s1", primary);
    add_users(&f, primary);
    run_to(&f, 1000);
    fault(&f, FAULT_CRASH, standby, SIM_NOBODY, 0); /* the process alone: its kernel says goodbye */
    command(&f, primary, "transaction", KNOBS(knob("bytes", 100000000)));
    run_to(&f, 4000);
    assert_int_equal(probe(&f, primary, "standbys"), 0);
    restart(&f, standby);
    run_to(&f, 4050);
    run_to(&f, 12000);
    cell(&f, primary, "pg_stat_replication", 0, "state", text);
    assert_string_equal(text, "streaming");
    assert_true(probe(&f, standby, "behind_upstream_bytes") < 100000);
    assert_true(law(&f, "Flushed Is Durable").held > 0);
    assert_lawful(&f);
    fixture_end(&f);
}

/* Old segments leave the page cache; the walsender reads them from the disk. */
static void catching_up_reads_old_segments_from_disk(void **state) {
    struct fixture f;
    fixture_begin(&f, 1);
    const sim_node primary = add_primary(&f, KNOBS(knob("page_cache", 0)));
    const sim_node standby = add_standby(&f, "s1", primary);
    run_to(&f, 1000);
    crash(&f, standby);
    command(&f, primary, "transaction", KNOBS(knob("bytes", 100000000)));
    run_to(&f, 4000);
    restart(&f, standby);
    run_to(&f, 12000);
    assert_int_equal(probe(&f, standby, "replay_lsn"), inserted(&f, primary));
    assert_lawful(&f);
    fixture_end(&f);
}

static void a_cut_ends_in_a_timeout_and_heals(void **state) {
    struct fixture f;
    fixture_begin(&f, 1);
    const sim_node primary = add_primary(&f, NULL), standby = add_standby(&f, "s1", primary);
    add_users(&f, primary);
    run_to(&f, 1000);
    cut(&f, primary, standby);
    run_to(&f, 70000);
    assert_int_equal(probe(&f, primary, "standbys"), 0);
    heal(&f);
    run_to(&f, 90000);
    assert_int_equal(probe(&f, primary, "standbys"), 1);
    assert_true(probe(&f, standby, "behind_upstream_bytes") < 100000);
    assert_lawful(&f);
    fixture_end(&f);
}

/* ---- WAL that is kept, and WAL that is not ---- */

#define SMALL_WAL knob("max_wal_size", 64 << 20), knob("checkpoint_timeout", 2000 * MS)

static void burn(struct fixture *f, sim_node primary, int64_t *now_ms, int times) {
    for (int i = 0; i < times; i++) {
        command(f, primary, "transaction", KNOBS(knob("bytes", 50000000)));
        run_to(f, *now_ms += 2000);
        command(f, primary, "checkpoint", NULL);
        run_to(f, *now_ms += 1000);
        assert_true(f->replied);
    }
}

static void a_standby_too_far_behind_is_lost(void **state) {
    struct fixture f;
    fixture_begin(&f, 1);
    const sim_node primary = add_primary(&f, KNOBS(SMALL_WAL)),
                   standby = add_standby(&f, "s1", primary);
    int64_t now = 1000;
    run_to(&f, now);
    crash(&f, standby);
    burn(&f, primary, &now, 3);
    assert_true(noted(&f, primary, "segments_removed") > 0);
    restart(&f, standby);
    run_to(&f, now += 11000);
    assert_int_equal(noted(&f, standby, "segment_removed_already"), 3); /* every 5 s */
    assert_int_equal(probe(&f, primary, "standbys"), 0);
    fixture_end(&f);
}

static void wal_keep_size_keeps_it_long_enough(void **state) {
    struct fixture f;
    fixture_begin(&f, 1);
    const sim_node primary = add_primary(&f, KNOBS(SMALL_WAL, knob("wal_keep_size", 512 << 20)));
    const sim_node standby = add_standby(&f, "s1", primary);
    int64_t now = 1000;
    run_to(&f, now);
    crash(&f, standby);
    burn(&f, primary, &now, 3);
    restart(&f, standby);
    run_to(&f, now += 11000);
    assert_int_equal(noted(&f, standby, "segment_removed_already"), 0);
    assert_int_equal(probe(&f, standby, "replay_lsn"), inserted(&f, primary));
    assert_lawful(&f);
    fixture_end(&f);
}

static void a_slot_holds_wal_back(void **state) {
    struct fixture f;
    char text[64];
    fixture_begin(&f, 1);
    const sim_node primary = add_primary(&f, KNOBS(SMALL_WAL));
    const sim_node standby =
        fixture_node(&f, "s1", "postgres",
                     KNOBS(knob("upstream", primary), words("primary_slot_name", "slot1")));
    int64_t now = 1000;
    run_to(&f, now);
    assert_true(noted(&f, standby, "receiver_error") > 0); /* there is no such slot yet */
    command(&f, primary, "create_slot", KNOBS(words("name", "slot1")));
    run_to(&f, now += 6000);
    assert_int_equal(cell(&f, primary, "pg_replication_slots", 0, "active", NULL), 1);
    crash(&f, standby);
    burn(&f, primary, &now, 4);
    assert_int_equal(cell(&f, primary, "pg_replication_slots", 0, "active", NULL), 0);
    cell(&f, primary, "pg_replication_slots", 0, "wal_status", text);
    assert_string_equal(text, "extended");
    assert_true(probe(&f, primary, "wal_kept_bytes") > 200000000);
    restart(&f, standby);
    run_to(&f, now += 11000);
    assert_int_equal(probe(&f, standby, "replay_lsn"), inserted(&f, primary));
    burn(&f, primary, &now, 1);
    assert_true(probe(&f, primary, "wal_kept_bytes") < 100000000);
    cell(&f, primary, "pg_replication_slots", 0, "wal_status", text);
    assert_string_equal(text, "reserved");
    assert_lawful(&f);
    fixture_end(&f);
}

static void max_slot_wal_keep_size_loses_a_slot(void **state) {
    struct fixture f;
    char text[64];
    fixture_begin(&f, 1);
    const sim_node primary =
        add_primary(&f, KNOBS(SMALL_WAL, knob("max_slot_wal_keep_size", 64 << 20)));
    const sim_node standby =
        fixture_node(&f, "s1", "postgres",
                     KNOBS(knob("upstream", primary), words("primary_slot_name", "slot1")));
    int64_t now = 100;
    run_to(&f, now);
    command(&f, primary, "create_slot", KNOBS(words("name", "slot1")));
    run_to(&f, now = 7000);
    crash(&f, standby);
    burn(&f, primary, &now, 4);
    cell(&f, primary, "pg_replication_slots", 0, "wal_status", text);
    assert_string_equal(text, "lost");
    restart(&f, standby);
    run_to(&f, now += 3000);
    assert_true(noted(&f, standby, "receiver_error") > 0);
    fixture_end(&f);
}

/* A primary's slots are on its disk. */
static void slots_survive_a_crash(void **state) {
    struct fixture f;
    char text[64];
    fixture_begin(&f, 1);
    const sim_node primary = add_primary(&f, NULL);
    run_to(&f, 1000);
    command(&f, primary, "create_slot", KNOBS(words("name", "slot1")));
    run_to(&f, 1100);
    crash(&f, primary);
    run_to(&f, 1200);
    restart(&f, primary);
    run_to(&f, 2000);
    cell(&f, primary, "pg_replication_slots", 0, "slot_name", text);
    assert_string_equal(text, "slot1");
    command(&f, primary, "drop_slot", KNOBS(words("name", "slot1")));
    run_to(&f, 2100);
    cell(&f, primary, "pg_replication_slots", 0, "slot_name", text);
    assert_string_equal(text, "");
    fixture_end(&f);
}

/* ---- more of it ---- */

static void a_cascade_passes_on_what_it_has_flushed(void **state) {
    struct fixture f;
    fixture_begin(&f, 1);
    const sim_node primary = add_primary(&f, NULL), middle = add_standby(&f, "middle", primary);
    const sim_node end = add_standby(&f, "end", middle);
    fixture_node(&f, "app", "client",
                 KNOBS(knob("target", primary), knob("clients", 8), knob("mix", MIX_A_),
                       knob("stop", 8000 * MS)));
    run_to(&f, 10000);
    assert_int_equal(probe(&f, end, "replay_lsn"), inserted(&f, primary));
    assert_int_equal(probe(&f, primary, "standbys"), 1);
    assert_int_equal(probe(&f, middle, "standbys"), 1);
    assert_lawful(&f);
    fixture_end(&f);
}

static void a_delayed_standby_is_late_by_its_delay(void **state) {
    struct fixture f;
    fixture_begin(&f, 1);
    const sim_node primary = add_primary(&f, NULL);
    const sim_node standby =
        fixture_node(&f, "s1", "postgres",
                     KNOBS(knob("upstream", primary), knob("recovery_min_apply_delay", 2000 * MS)));
    add_users(&f, primary);
    run_to(&f, 5000);
    const int64_t age = probe(&f, standby, "xact_replay_age");
    assert_in_range(age, 1990 * MS, 2100 * MS);
    assert_lawful(&f);
    fixture_end(&f);
}

static void full_page_images_follow_a_checkpoint(void **state) {
    struct fixture f;
    fixture_begin(&f, 1);
    const sim_node primary = add_primary(&f, NULL);
    add_users(&f, primary);
    run_to(&f, 3000);
    const int64_t before = inserted(&f, primary);
    run_to(&f, 4000);
    const int64_t calm = inserted(&f, primary) - before;
    command(&f, primary, "checkpoint", NULL);
    run_to(&f, 4100);
    assert_true(f.replied && f.reply_ok);
    run_to(&f, 5000);
    const int64_t after = inserted(&f, primary) - before - calm;
    assert_true(after > calm + 10 * 7000); /* 1000 keys are 17 pages */
    fixture_end(&f);
}

static void a_standby_redirects_writes_and_serves_reads(void **state) {
    struct fixture f;
    fixture_begin(&f, 1);
    const sim_node primary = add_primary(&f, NULL), standby = add_standby(&f, "s1", primary);
    run_to(&f, 1000);
    const sim_node readers =
        fixture_node(&f, "readers", "client", KNOBS(knob("target", standby), knob("mix", MIX_C_)));
    const sim_node writers =
        fixture_node(&f, "writers", "client", KNOBS(knob("target", standby), knob("mix", MIX_A_)));
    run_to(&f, 2000);
    assert_int_equal(noted(&f, readers, "redirected"), 0);
    assert_int_equal(noted(&f, writers, "redirected"), 1);
    assert_true(probe(&f, readers, "done") > 100);
    assert_true(probe(&f, writers, "done") > 100);
    assert_int_equal(f.outcomes[SIM_FAILED], 0);
    fixture_end(&f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_standby_follows_its_primary),
        cmocka_unit_test(an_idle_primary_has_no_lag_and_its_standby_shows_one),
        cmocka_unit_test(a_large_transaction_is_streamed_before_it_commits),
        cmocka_unit_test(a_slow_replay_lags_behind_what_is_received),
        cmocka_unit_test(a_slow_network_makes_send_lag),
        cmocka_unit_test(a_slow_standby_disk_makes_flush_lag),
        cmocka_unit_test(a_standby_that_was_away_catches_up),
        cmocka_unit_test(catching_up_reads_old_segments_from_disk),
        cmocka_unit_test(a_cut_ends_in_a_timeout_and_heals),
        cmocka_unit_test(a_standby_too_far_behind_is_lost),
        cmocka_unit_test(wal_keep_size_keeps_it_long_enough),
        cmocka_unit_test(a_slot_holds_wal_back),
        cmocka_unit_test(max_slot_wal_keep_size_loses_a_slot),
        cmocka_unit_test(slots_survive_a_crash),
        cmocka_unit_test(a_cascade_passes_on_what_it_has_flushed),
        cmocka_unit_test(a_delayed_standby_is_late_by_its_delay),
        cmocka_unit_test(full_page_images_follow_a_checkpoint),
        cmocka_unit_test(a_standby_redirects_writes_and_serves_reads),
    };
    return cmocka_run_group_tests_name("models postgres streaming", tests, NULL, NULL);
}
