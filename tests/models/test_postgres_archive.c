/* WAL archiving, and archive recovery as a standby's second source of WAL. */
#include "postgres_fixture.h"

#include "base/random.h"
#include "postgres/postgres.h"

#define SMALL_WAL knob("max_wal_size", 64 << 20), knob("checkpoint_timeout", 2000 * MS)

static sim_node add_archive(struct fixture *f) {
    return fixture_node(f, "archive", "wal_archive", NULL);
}
static sim_node add_archived_standby(struct fixture *f, sim_node upstream, sim_node archive) {
    return fixture_node(f, "s1", "postgres",
                        KNOBS(knob("upstream", upstream), words("application_name", "s1"),
                              knob("archive", archive)));
}
/* A transaction, and a checkpoint that lets old segments go. */
static void burn(struct fixture *f, sim_node primary, int64_t *now_ms, int times) {
    for (int i = 0; i < times; i++) {
        command(f, primary, "transaction", KNOBS(knob("bytes", 50000000)));
        run_to(f, *now_ms += 2000);
        command(f, primary, "checkpoint", NULL);
        run_to(f, *now_ms += 1000);
        assert_true(f->replied);
    }
}
static int64_t segment_of(int64_t lsn) { return lsn / SEGMENT_BYTES; }
static int64_t complete(struct fixture *f, sim_node primary) { /* segments, of a log from 3 on */
    return segment_of(probe(f, primary, "wal_flush_lsn")) - 3;
}
static void assert_segment(struct fixture *f, sim_node archive, size_t row, const char *name) {
    char text[64];
    cell(f, archive, "segments", row, "name", text);
    assert_string_equal(text, name);
}

/* ---- the archiver ---- */

static void segments_are_archived_when_they_are_complete(void **state) {
    struct fixture f;
    char text[64];
    fixture_begin(&f, 1);
    const sim_node archive = add_archive(&f);
    const sim_node primary = add_primary(&f, KNOBS(knob("archive", archive)));
    run_to(&f, 500);
    command(&f, primary, "transaction", KNOBS(knob("bytes", 10000000)));
    run_to(&f, 3000);
    assert_int_equal(probe(&f, archive, "segments"), 0); /* 10 of 16 MB */
    command(&f, primary, "transaction", KNOBS(knob("bytes", 30000000)));
    run_to(&f, 6000);
    assert_int_equal(complete(&f, primary), 2);
    assert_int_equal(probe(&f, archive, "segments"), 2);
    assert_segment(&f, archive, 0, "000000010000000000000003");
    assert_segment(&f, archive, 1, "000000010000000000000004");
    assert_int_equal(probe(&f, primary, "ready_segments"), 0);
    assert_int_equal(cell(&f, primary, "pg_stat_archiver", 0, "archived_count", NULL), 2);
    cell(&f, primary, "pg_stat_archiver", 0, "last_archived_wal", text);
    assert_string_equal(text, "000000010000000000000004");
    cell(&f, archive, "archive", 0, "newest", text);
    assert_string_equal(text, "000000010000000000000004");
    fixture_end(&f);
}

/* Three attempts a second apart, then one a minute, or with the next segment. Nothing goes from
 * pg_wal before it is archived; all of it does, once the archive is back. */
static void an_archive_that_is_down_keeps_wal(void **state) {
    struct fixture f;
    char text[64];
    fixture_begin(&f, 1);
    const sim_node archive = add_archive(&f);
    const sim_node primary = add_primary(&f, KNOBS(SMALL_WAL, knob("archive", archive)));
    int64_t now = 1000;
    run_to(&f, now);
    fault(&f, FAULT_CRASH, archive, SIM_NOBODY, 0); /* refused at once */
    burn(&f, primary, &now, 5);
    const int64_t ready = complete(&f, primary);
    assert_true(ready >= 14);
    assert_int_equal(probe(&f, primary, "ready_segments"), ready);
    assert_true(probe(&f, primary, "wal_kept_bytes") >= ready * SEGMENT_BYTES);
    cell(&f, primary, "pg_stat_archiver", 0, "last_failed_wal", text);
    assert_string_equal(text, "000000010000000000000003"); /* the oldest first, always */
    run_to(&f, now += 10000);
    int64_t failed = cell(&f, primary, "pg_stat_archiver", 0, "failed_count", NULL);
    run_to(&f, now += 60000); /* no new segment: one round of three */
    const int64_t more = cell(&f, primary, "pg_stat_archiver", 0, "failed_count", NULL) - failed;
    assert_in_range(more, 3, 3);
    restart(&f, archive);
    run_to(&f, now += 70000);
    assert_int_equal(probe(&f, primary, "ready_segments"), 0);
    assert_int_equal(probe(&f, archive, "segments"), complete(&f, primary));
    burn(&f, primary, &now, 1);
    assert_true(probe(&f, primary, "wal_kept_bytes") < 100000000);
    assert_lawful(&f);
    fixture_end(&f);
}

/* What was archived is known after a crash of the primary, whenever that comes. */
static void a_primary_that_crashes_leaves_no_gap(void **state) {
    for (uint64_t seed = 1; seed <= 12; seed++) {
        struct fixture f;
        struct random random = {random_key(7, seed), 0};
        fixture_begin(&f, seed);
        const sim_node archive = add_archive(&f);
        const sim_node primary = add_primary(&f, KNOBS(SMALL_WAL, knob("archive", archive)));
        int64_t now = 500;
        for (int round = 0; round < 8; round++) {
            run_to(&f, now);
            command(&f, primary, "transaction", KNOBS(knob("bytes", 40000000)));
            run_to(&f, now += 100 + draw_below(&random, 900));
            crash(&f, primary);
            run_to(&f, now += 10);
            restart(&f, primary);
            run_to(&f, now += 1000);
        }
        run_to(&f, now += 20000);
        const int64_t segments = probe(&f, archive, "segments");
        assert_int_equal(segments, complete(&f, primary));
        assert_true(segments > 8);
        /* At each crash one segment may be sent again, and no more. */
        assert_true(noted(&f, archive, "had_it") <= 8);
        assert_int_equal(noted(&f, archive, "refused"), 0);
        assert_int_equal(noted(&f, archive, "stored"), segments);
        assert_lawful(&f);
        fixture_end(&f);
    }
}

static void an_archive_that_crashes_has_what_it_confirmed(void **state) {
    int64_t judged = 0;
    for (uint64_t seed = 1; seed <= 12; seed++) {
        struct fixture f;
        struct random random = {random_key(8, seed), 0};
        fixture_begin(&f, seed);
        f.host.disk.crash = (enum disk_crash)draw_below(&random, 3);
        const sim_node archive = add_archive(&f);
        f.host.disk.crash = DISK_LOSES_ALL;
        const sim_node primary = add_primary(&f, KNOBS(SMALL_WAL, knob("archive", archive),
                                                       knob("archive_command_timeout", 2000 * MS)));
        int64_t now = 500;
        for (int round = 0; round < 8; round++) {
            run_to(&f, now);
            command(&f, primary, "transaction", KNOBS(knob("bytes", 40000000)));
            run_to(&f, now += 400 + draw_below(&random, 900));
            fault(&f, FAULT_CRASH, archive, SIM_NOBODY, draw_below(&random, 2));
            run_to(&f, now += 10);
            restart(&f, archive);
            run_to(&f, now += 1000);
        }
        run_to(&f, now += 90000);
        assert_int_equal(probe(&f, archive, "segments"), complete(&f, primary));
        assert_int_equal(noted(&f, archive, "refused"), 0);
        judged += law(&f, "Archived Is Durable").held;
        assert_lawful(&f);
        fixture_end(&f);
    }
    assert_true(judged > 40);
}

/* 26.3.1: an archive command should refuse to overwrite a file. Here another cluster's. */
static void a_file_with_other_contents_is_refused(void **state) {
    struct fixture f;
    fixture_begin(&f, 1);
    const sim_node archive = add_archive(&f);
    const sim_node first = add_primary(&f, KNOBS(knob("archive", archive)));
    const sim_node second = fixture_node(&f, "other", "postgres", KNOBS(knob("archive", archive)));
    run_to(&f, 500);
    command(&f, first, "transaction", KNOBS(knob("bytes", 40000000)));
    run_to(&f, 3000);
    command(&f, second, "transaction", KNOBS(knob("bytes", 40000000)));
    run_to(&f, 10000);
    assert_int_equal(probe(&f, archive, "segments"), 2);
    assert_int_equal(probe(&f, first, "ready_segments"), 0);
    assert_int_equal(probe(&f, second, "ready_segments"), 2);
    assert_true(noted(&f, archive, "refused") > 0);
    assert_true(noted(&f, second, "archive_gives_up") > 0);
    fixture_end(&f);
}

static void a_silent_archive_is_given_up(void **state) {
    struct fixture f;
    fixture_begin(&f, 1);
    const sim_node archive = add_archive(&f);
    const sim_node primary = add_primary(
        &f, KNOBS(knob("archive", archive), knob("archive_command_timeout", 5000 * MS)));
    run_to(&f, 500);
    fault(&f, FAULT_PAUSE, archive, SIM_NOBODY, 0);
    command(&f, primary, "transaction", KNOBS(knob("bytes", 20000000)));
    run_to(&f, 5000);
    assert_int_equal(noted(&f, primary, "archive_failed"), 0);
    run_to(&f, 7000);
    assert_int_equal(noted(&f, primary, "archive_failed"), 1);
    heal(&f);
    run_to(&f, 15000);
    assert_int_equal(probe(&f, archive, "segments"), 1);
    assert_lawful(&f);
    fixture_end(&f);
}

static void a_segment_out_of_the_cache_is_read_from_disk(void **state) {
    struct fixture f;
    fixture_begin(&f, 1);
    const sim_node archive = add_archive(&f);
    const sim_node primary =
        add_primary(&f, KNOBS(knob("archive", archive), knob("page_cache", 0)));
    run_to(&f, 500);
    fault(&f, FAULT_CRASH, archive, SIM_NOBODY, 0);
    command(&f, primary, "transaction", KNOBS(knob("bytes", 100000000)));
    run_to(&f, 10000);
    restart(&f, archive);
    command(&f, primary, "transaction", KNOBS(knob("bytes", 20000000)));
    run_to(&f, 20000);
    assert_int_equal(probe(&f, archive, "segments"), complete(&f, primary));
    fixture_end(&f);
}

/* 20.5.3: a segment is ended after archive_timeout, unless nothing was written. */
static void archive_timeout_ends_a_segment_that_is_not_full(void **state) {
    struct fixture f;
    fixture_begin(&f, 1);
    const sim_node archive = add_archive(&f);
    const sim_node primary =
        add_primary(&f, KNOBS(knob("archive", archive), knob("archive_timeout", 10000 * MS),
                              knob("autovacuum", 0)));
    const sim_node standby = add_standby(&f, "s1", primary);
    fixture_node(&f, "app", "client",
                 KNOBS(knob("target", primary), knob("clients", 2), knob("mix", MIX_A_),
                       knob("think", 100 * MS), knob("stop", 35000 * MS)));
    run_to(&f, 60000);
    assert_int_equal(probe(&f, archive, "segments"), 4); /* at 10, 20, 30 and 40 s */
    assert_int_equal(noted(&f, primary, "wal_switch"), 4);
    run_to(&f, 400000); /* idle, but for checkpoints */
    assert_int_equal(probe(&f, archive, "segments"), 4);
    assert_int_equal(probe(&f, standby, "replay_lsn"), inserted(&f, primary));
    assert_lawful(&f);
    fixture_end(&f);
}

static void pg_switch_wal_ends_a_segment_once(void **state) {
    struct fixture f;
    fixture_begin(&f, 1);
    const sim_node archive = add_archive(&f);
    const sim_node primary = add_primary(&f, KNOBS(knob("archive", archive)));
    run_to(&f, 500);
    for (int i = 0; i < 2; i++) {
        command(&f, primary, "switch_wal", NULL);
        run_to(&f, 2000 + 1000 * i);
        assert_true(f.replied && f.reply_ok);
    }
    assert_int_equal(inserted(&f, primary), 4 * SEGMENT_BYTES);
    assert_int_equal(probe(&f, archive, "segments"), 1);
    fixture_end(&f);
}

/* ---- a standby's second source ---- */

static void a_standby_too_far_behind_is_saved(void **state) {
    struct fixture f;
    char text[64];
    fixture_begin(&f, 1);
    const sim_node archive = add_archive(&f);
    const sim_node primary = add_primary(&f, KNOBS(SMALL_WAL, knob("archive", archive)));
    const sim_node standby = add_archived_standby(&f, primary, archive);
    int64_t now = 1000;
    run_to(&f, now);
    crash(&f, standby);
    burn(&f, primary, &now, 3);
    assert_true(noted(&f, primary, "segments_removed") > 0);
    const int64_t judged = law(&f, "Standby Is A Prefix").held, whole = complete(&f, primary);
    restart(&f, standby);
    const int64_t give_up = now + 5000;
    while (noted(&f, standby, "restored") < whole && now < give_up) run_to(&f, ++now);
    assert_int_equal(probe(&f, primary, "standbys"), 0);
    assert_true(law(&f, "Standby Is A Prefix").held > judged); /* of restored commits, too */
    run_to(&f, now += 6000);
    assert_int_equal(probe(&f, standby, "restored_segments"), whole);
    assert_int_equal(noted(&f, standby, "restored"), whole);
    assert_int_equal(noted(&f, standby, "segment_removed_already"), 0);
    cell(&f, primary, "pg_stat_replication", 0, "state", text);
    assert_string_equal(text, "streaming");
    assert_int_equal(probe(&f, standby, "replay_lsn"), inserted(&f, primary));
    assert_lawful(&f);
    fixture_end(&f);
}

/* Streaming first, then "requested WAL segment has already been removed", and the archive. */
static void a_refused_standby_goes_back_to_the_archive(void **state) {
    struct fixture f;
    fixture_begin(&f, 1);
    const sim_node archive = add_archive(&f);
    const sim_node primary = add_primary(&f, KNOBS(SMALL_WAL, knob("archive", archive)));
    const sim_node standby = add_archived_standby(&f, primary, archive);
    int64_t now = 1000;
    run_to(&f, now);
    crash(&f, standby);
    burn(&f, primary, &now, 3);
    fault(&f, FAULT_CRASH, archive, SIM_NOBODY, 0);
    restart(&f, standby);
    run_to(&f, now += 21000);
    assert_true(noted(&f, standby, "segment_removed_already") >= 2);
    assert_true(noted(&f, standby, "not_restored") >= 2);
    restart(&f, archive);
    run_to(&f, now += 16000);
    assert_true(noted(&f, standby, "restored") >= 8);
    assert_int_equal(probe(&f, standby, "replay_lsn"), inserted(&f, primary));
    assert_lawful(&f);
    fixture_end(&f);
}

/* The first failure of streaming leads to the archive at once; the next, after
 * wal_retrieve_retry_interval. */
static void retries_come_at_the_retry_interval(void **state) {
    struct fixture f;
    fixture_begin(&f, 1);
    const sim_node archive = add_archive(&f), primary = add_primary(&f, NULL);
    const sim_node standby = add_archived_standby(&f, primary, archive);
    run_to(&f, 20000);
    const int64_t before = noted(&f, standby, "not_restored");
    fault(&f, FAULT_CRASH, primary, SIM_NOBODY, 0);
    run_to(&f, 21000);
    assert_int_equal(noted(&f, standby, "not_restored"), before + 1);
    run_to(&f, 40500); /* at 20, 25, 30, 35, 40 s */
    assert_int_equal(noted(&f, standby, "not_restored"), before + 5);
    fixture_end(&f);
}

/* With the archive alone, replay advances in whole segments. */
static void the_archive_alone_lags_by_up_to_a_segment(void **state) {
    struct fixture f;
    fixture_begin(&f, 1);
    const sim_node archive = add_archive(&f);
    const sim_node primary = add_primary(&f, KNOBS(knob("archive", archive)));
    const sim_node standby = fixture_node(&f, "s1", "postgres",
                                          KNOBS(knob("upstream", primary), knob("archive", archive),
                                                knob("wal_receiver_timeout", 1000 * MS)));
    run_to(&f, 1000);
    cut(&f, primary, standby);
    for (int64_t now = 30000; now <= 150000; now += 30000) {
        command(&f, primary, "transaction", KNOBS(knob("bytes", 6000000)));
        run_to(&f, now);
        const int64_t there = probe(&f, primary, "wal_flush_lsn"),
                      here = probe(&f, standby, "replay_lsn");
        /* A record that begins in a segment comes with it whole. */
        assert_int_equal(segment_of(here), segment_of(there));
        if (segment_of(there) > 3) assert_true(here % SEGMENT_BYTES < 10000);
    }
    assert_true(noted(&f, standby, "restored") >= 1);
    assert_lawful(&f);
    fixture_end(&f);
}

/* Nothing is replayed while restore_command runs: it is the startup process that runs it. */
static void the_startup_process_waits_in_restore_command(void **state) {
    struct fixture f;
    char text[64];
    fixture_begin(&f, 1);
    const sim_node archive = add_archive(&f);
    const sim_node primary = add_primary(&f, KNOBS(knob("archive", archive)));
    const sim_node standby = fixture_node(&f, "s1", "postgres",
                                          KNOBS(knob("upstream", primary), knob("archive", archive),
                                                knob("restore_command_latency", 1000 * MS)));
    run_to(&f, 10000);
    crash(&f, standby);
    command(&f, primary, "transaction", KNOBS(knob("bytes", 80000000)));
    run_to(&f, 20000);
    restart(&f, standby);
    run_to(&f, 22500); /* a history at 21 s, segments at 22 s, 23 s, ... */
    cell(&f, standby, "pg_stat_activity", 0, "wait_event", text);
    assert_string_equal(text, "RestoreCommand");
    cell(&f, standby, "pg_stat_activity", 0, "wait_event_type", text);
    assert_string_equal(text, "IPC");
    const int64_t one = probe(&f, standby, "restored_segments");
    run_to(&f, 24900);
    assert_int_equal(probe(&f, standby, "restored_segments"), one + 2);
    run_to(&f, 40000);
    assert_int_equal(probe(&f, standby, "replay_lsn"), inserted(&f, primary));
    assert_lawful(&f);
    fixture_end(&f);
}

/* What has been received is replayed before another source is asked. */
static void replay_comes_first_and_then_the_archive(void **state) {
    struct fixture f;
    fixture_begin(&f, 1);
    const sim_node archive = add_archive(&f), primary = add_primary(&f, NULL);
    const sim_node standby = fixture_node(
        &f, "s1", "postgres",
        KNOBS(knob("upstream", primary), knob("archive", archive), knob("replay_rate", 1000000)));
    run_to(&f, 10000);
    const int64_t before = noted(&f, archive, "missing");
    command(&f, primary, "transaction", KNOBS(knob("bytes", 20000000)));
    run_to(&f, 12000);
    fault(&f, FAULT_CRASH, primary, SIM_NOBODY, 0);
    run_to(&f, 25000);
    assert_true(probe(&f, standby, "received_not_replayed_bytes") > 1000000);
    assert_int_equal(noted(&f, archive, "missing"), before);
    run_to(&f, 35000);
    assert_true(noted(&f, archive, "missing") > before);
    fixture_end(&f);
}

static void a_standby_that_crashes_while_it_restores_goes_on(void **state) {
    for (uint64_t seed = 1; seed <= 12; seed++) {
        struct fixture f;
        struct random random = {random_key(9, seed), 0};
        fixture_begin(&f, seed);
        f.host.disk.tears = true;
        f.host.disk.crash = (enum disk_crash)draw_below(&random, 3);
        const sim_node archive = add_archive(&f);
        const sim_node primary = add_primary(&f, KNOBS(SMALL_WAL, knob("archive", archive)));
        const sim_node standby = add_archived_standby(&f, primary, archive);
        int64_t now = 1000;
        run_to(&f, now);
        crash(&f, standby);
        burn(&f, primary, &now, 5);
        for (int i = 0; i < 6; i++) {
            restart(&f, standby);
            run_to(&f, now += 100 + draw_below(&random, 400));
            crash(&f, standby);
        }
        restart(&f, standby);
        run_to(&f, now += 20000);
        assert_int_equal(probe(&f, standby, "replay_lsn"), inserted(&f, primary));
        assert_lawful(&f);
        fixture_end(&f);
    }
}

/* A standby that is new when its upstream has no longer the beginning. */
static void a_new_standby_begins_with_the_archive(void **state) {
    struct fixture f;
    fixture_begin(&f, 1);
    const sim_node archive = add_archive(&f);
    const sim_node primary = add_primary(&f, KNOBS(SMALL_WAL, knob("archive", archive)));
    int64_t now = 1000;
    run_to(&f, now);
    burn(&f, primary, &now, 3);
    const sim_node standby = add_archived_standby(&f, primary, archive);
    run_to(&f, now += 15000);
    assert_int_equal(probe(&f, standby, "replay_lsn"), inserted(&f, primary));
    assert_lawful(&f);
    fixture_end(&f);
}

/* A file of another cluster is no WAL for this one. */
static void wal_of_another_cluster_is_not_taken(void **state) {
    struct fixture f;
    fixture_begin(&f, 1);
    const sim_node archive = add_archive(&f), primary = add_primary(&f, NULL);
    const sim_node other = fixture_node(&f, "other", "postgres", KNOBS(knob("archive", archive)));
    const sim_node standby = add_archived_standby(&f, primary, archive);
    run_to(&f, 10000);
    crash(&f, primary);
    command(&f, other, "transaction", KNOBS(knob("bytes", 40000000)));
    run_to(&f, 30000);
    assert_int_equal(probe(&f, archive, "segments"), 2);
    assert_true(noted(&f, standby, "restore_invalid") > 0);
    assert_int_equal(noted(&f, standby, "restored"), 0);
    assert_lawful(&f);
    fixture_end(&f);
}

/* GetStandbyLimitTime: WAL from the archive has max_standby_archive_delay, from when its segment
 * was opened; streamed WAL has the other. */
static void restored_wal_has_the_archives_patience(void **state) {
    for (int archived = 0; archived < 2; archived++) {
        struct fixture f;
        fixture_begin(&f, 1);
        const sim_node archive = add_archive(&f);
        const sim_node primary = add_primary(&f, KNOBS(knob("archive", archive)));
        const sim_node standby =
            fixture_node(&f, "s1", "postgres",
                         KNOBS(knob("upstream", primary), knob("archive", archive),
                               knob("max_standby_streaming_delay", -1),
                               knob("max_standby_archive_delay", 3000 * MS),
                               knob("wal_receiver_timeout", 1000 * MS)));
        run_to(&f, 3000);
        if (archived) cut(&f, primary, standby);
        run_to(&f, 20000);
        command(&f, standby, "query", KNOBS(knob("lasts", 100000 * MS)));
        run_to(&f, 20100);
        command(&f, primary, "alter_table", NULL);
        run_to(&f, 20200);
        command(&f, primary, "switch_wal", NULL);
        run_to(&f, 40000);
        assert_int_equal(noted(&f, standby, "cancels"), archived);
        if (archived) { /* restored at the next retry, within 5 s; cancelled 3 s after that */
            int64_t restored_ns = 0, cancelled_ns = 0;
            for (size_t i = 0; i < f.note_count; i++) {
                if (strcmp(f.notes[i].name, "restored") == 0) restored_ns = f.notes[i].first_ns;
                if (strcmp(f.notes[i].name, "cancels") == 0) cancelled_ns = f.notes[i].first_ns;
            }
            assert_in_range(cancelled_ns - restored_ns, 3000 * MS, 3200 * MS);
        }
        assert_lawful(&f);
        fixture_end(&f);
    }
}

/* ---- promotion ---- */

/* It looks into the archive once more, and takes what it finds there; its own segments are of the
 * new timeline, from that of the switch on, behind its history. */
static void a_promoted_standby_has_all_of_the_archive_and_goes_on(void **state) {
    struct fixture f;
    char text[64];
    fixture_begin(&f, 1);
    const sim_node archive = add_archive(&f);
    const sim_node primary = add_primary(&f, KNOBS(knob("archive", archive)));
    const sim_node standby = fixture_node(&f, "s1", "postgres",
                                          KNOBS(knob("upstream", primary), knob("archive", archive),
                                                knob("wal_retrieve_retry_interval", 100000 * MS),
                                                knob("wal_receiver_timeout", 0)));
    run_to(&f, 3000);
    cut(&f, primary, standby);
    command(&f, primary, "transaction", KNOBS(knob("bytes", 40000000)));
    run_to(&f, 8000);
    assert_int_equal(probe(&f, archive, "segments"), 2);
    crash(&f, primary);
    assert_true(probe(&f, standby, "replay_lsn") < 4 * SEGMENT_BYTES);
    command(&f, standby, "promote", NULL);
    run_to(&f, 12000);
    assert_true(f.replied && f.reply_ok);
    assert_int_equal(segment_of(inserted(&f, standby)), 5);
    command(&f, standby, "transaction", KNOBS(knob("bytes", 40000000)));
    run_to(&f, 20000);
    assert_int_equal(cell(&f, standby, "recovery", 0, "timeline_id", NULL), 2);
    assert_segment(&f, archive, 2, "00000002.history");
    assert_segment(&f, archive, 3, "000000020000000000000005");
    assert_segment(&f, archive, 4, "000000020000000000000006");
    cell(&f, archive, "segments", 5, "name", text);
    assert_string_equal(text, "");
    crash(&f, standby); /* and after a crash it knows what is done */
    restart(&f, standby);
    command(&f, standby, "transaction", KNOBS(knob("bytes", 20000000)));
    run_to(&f, 30000);
    assert_int_equal(noted(&f, archive, "had_it"), 0);
    assert_lawful(&f);
    fixture_end(&f);
}

/* A standby whose upstream is dead follows the new timeline by the archive. Records of the old
 * timeline past the switch are none of its. */
static void the_archive_leads_to_the_new_timeline(void **state) {
    struct fixture f;
    fixture_begin(&f, 1);
    const sim_node archive = add_archive(&f);
    const sim_node primary = add_primary(&f, KNOBS(knob("archive", archive)));
    const sim_node one = add_archived_standby(&f, primary, archive);
    const sim_node two = fixture_node(&f, "s2", "postgres",
                                      KNOBS(knob("upstream", primary), knob("archive", archive),
                                            knob("wal_receiver_timeout", 1000 * MS)));
    law_may_break(&f, "One Writer");
    add_users(&f, primary);
    run_to(&f, 3000);
    cut(&f, primary, two);
    run_to(&f, 3500);
    cut(&f, primary, one); /* it is promoted, and the primary goes on, alone */
    run_to(&f, 5000);
    command(&f, one, "promote", NULL);
    run_to(&f, 8000);
    assert_true(f.replied && f.reply_ok);
    command(&f, primary, "transaction", KNOBS(knob("bytes", 40000000)));
    run_to(&f, 20000); /* the archive has the old timeline's segment, and not yet the new one's */
    assert_segment(&f, archive, 0, "000000010000000000000003");
    assert_true(noted(&f, two, "new_target") > 0);
    command(&f, one, "transaction", KNOBS(knob("bytes", 40000000)));
    run_to(&f, 40000);
    assert_int_equal(cell(&f, two, "recovery", 0, "timeline_id", NULL), 2);
    assert_int_equal(segment_of(probe(&f, two, "replay_lsn")), segment_of(inserted(&f, one)));
    assert_lawful(&f);
    fixture_end(&f);
}

/* findNewestTimeLine: a timeline that the archive knows is not begun a second time. */
static void two_promotions_take_two_timelines(void **state) {
    struct fixture f;
    fixture_begin(&f, 1);
    const sim_node archive = add_archive(&f);
    const sim_node primary = add_primary(&f, KNOBS(knob("archive", archive)));
    const sim_node one = add_archived_standby(&f, primary, archive);
    const sim_node two = fixture_node(&f, "s2", "postgres",
                                      KNOBS(knob("upstream", primary), knob("archive", archive)));
    law_may_break(&f, "One Writer");
    add_users(&f, primary);
    run_to(&f, 3000);
    cut(&f, primary, one);
    run_to(&f, 4000); /* so that `two` is past the point where timeline 2 begins */
    command(&f, one, "promote", NULL);
    run_to(&f, 6000);
    command(&f, two, "promote", NULL);
    run_to(&f, 8000);
    assert_int_equal(cell(&f, one, "recovery", 0, "timeline_id", NULL), 2);
    assert_int_equal(cell(&f, two, "recovery", 0, "timeline_id", NULL), 3);
    assert_int_equal(noted(&f, two, "forked_before"), 1);
    fixture_end(&f);
}

/* ---- all at once ---- */

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
    default:
        if (!world_node_up(f->world, victim)) {
            restart(f, victim);
            return;
        }
        fault(f, FAULT_CRASH, victim, SIM_NOBODY, draw_below(random, 2));
        if (draw_below(random, 2) == 0) restart(f, victim);
    }
}

static void chaos(uint64_t seed) {
    struct fixture f;
    struct random random = {random_key(98, seed), 0};
    fixture_begin(&f, seed);
    const int64_t kind = draw_below(&random, 3);
    f.host.disk.crash = (enum disk_crash)kind;
    f.host.disk.tears = draw_below(&random, 2) == 0;
    f.host.disk.keeps_dirty = true; /* else a failed fsync loses WAL: test_postgres_recovery.c */
    const sim_node archive = add_archive(&f);
    const sim_node primary = add_primary(&f, KNOBS(SMALL_WAL, knob("archive", archive),
                                                   words("synchronous_standby_names", "*"),
                                                   knob("archive_command_timeout", 3000 * MS)));
    const sim_node standby = fixture_node(&f, "s1", "postgres",
                                          KNOBS(knob("upstream", primary), knob("archive", archive),
                                                knob("archive_command_timeout", 3000 * MS),
                                                knob("wal_receiver_timeout", 3000 * MS)));
    const sim_node nodes[] = {primary, standby, archive};
    fixture_node(&f, "app", "client",
                 KNOBS(knob("target", primary), knob("clients", 8), knob("mix", MIX_A_),
                       knob("think", 5 * MS), knob("timeout", 1000 * MS),
                       knob("stop", 20000 * MS)));
    int64_t now = 0;
    while (now < 20000) {
        run_to(&f, now += 1 + draw_below(&random, 1000));
        random_fault(&f, &random, nodes);
        if (draw_below(&random, 2) == 0 && world_node_up(f.world, primary))
            command(&f, primary, "transaction", KNOBS(knob("bytes", 20000000)));
    }
    heal(&f);
    for (int round = 0; round < 3; round++) {
        for (size_t i = 0; i < 3; i++)
            if (!world_node_up(f.world, nodes[i])) restart(&f, nodes[i]);
        run_to(&f, now += 30000);
    }
    run_to(&f, now + 120000);
    assert_lawful(&f);
    assert_int_equal(noted(&f, archive, "refused"), 0);
    if (probe(&f, standby, "replay_lsn") != inserted(&f, primary))
        fail_msg("seed %llu: the standby did not catch up", (unsigned long long)seed);
    if (probe(&f, archive, "segments") != complete(&f, primary))
        fail_msg("seed %llu: not everything is archived", (unsigned long long)seed);
    fixture_end(&f);
}

static void nothing_breaks_under_crashes(void **state) {
    for (uint64_t seed = 1; seed <= 25; seed++) chaos(seed);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(segments_are_archived_when_they_are_complete),
        cmocka_unit_test(an_archive_that_is_down_keeps_wal),
        cmocka_unit_test(a_primary_that_crashes_leaves_no_gap),
        cmocka_unit_test(an_archive_that_crashes_has_what_it_confirmed),
        cmocka_unit_test(a_file_with_other_contents_is_refused),
        cmocka_unit_test(a_silent_archive_is_given_up),
        cmocka_unit_test(a_segment_out_of_the_cache_is_read_from_disk),
        cmocka_unit_test(archive_timeout_ends_a_segment_that_is_not_full),
        cmocka_unit_test(pg_switch_wal_ends_a_segment_once),
        cmocka_unit_test(a_standby_too_far_behind_is_saved),
        cmocka_unit_test(a_refused_standby_goes_back_to_the_archive),
        cmocka_unit_test(retries_come_at_the_retry_interval),
        cmocka_unit_test(the_archive_alone_lags_by_up_to_a_segment),
        cmocka_unit_test(the_startup_process_waits_in_restore_command),
        cmocka_unit_test(replay_comes_first_and_then_the_archive),
        cmocka_unit_test(a_standby_that_crashes_while_it_restores_goes_on),
        cmocka_unit_test(a_new_standby_begins_with_the_archive),
        cmocka_unit_test(wal_of_another_cluster_is_not_taken),
        cmocka_unit_test(restored_wal_has_the_archives_patience),
        cmocka_unit_test(a_promoted_standby_has_all_of_the_archive_and_goes_on),
        cmocka_unit_test(the_archive_leads_to_the_new_timeline),
        cmocka_unit_test(two_promotions_take_two_timelines),
        cmocka_unit_test(nothing_breaks_under_crashes),
    };
    return cmocka_run_group_tests_name("models postgres archive", tests, NULL, NULL);
}
