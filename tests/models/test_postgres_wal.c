/* Positions, the lag tracker and synchronous_standby_names, each on its own. */
#include "models_fixture.h"

#include "postgres/internal.h"

static struct wal_record placed(int64_t size, int64_t after) {
    struct wal_record r = {.type = WAL_HEAP, .size = size};
    wal_place(&r, after);
    return r;
}

/* As pg_waldump shows a log after a base backup: RUNNING_XACTS at 0/3000028, CHECKPOINT_ONLINE at
 * 0/3000060, the next record at 0/30000D8. */
static void positions_are_those_of_a_real_log(void **state) {
    const struct wal_record running = placed(SIZE_RUNNING_XACTS, 0x3000000);
    assert_int_equal(running.start, 0x3000028);
    const struct wal_record checkpoint = placed(SIZE_CHECKPOINT, running.end);
    assert_int_equal(checkpoint.start, 0x3000060);
    assert_int_equal(checkpoint.end, 0x30000D8);
    assert_int_equal(SIZE_COMMIT, 34);
}

static void records_run_over_page_headers(void **state) {
    const struct wal_record r = placed(64, 0x3001FE0); /* 32 bytes are left on the page */
    assert_int_equal(r.start, 0x3001FE0);
    assert_int_equal(r.end, 0x3002000 + 24 + 32);
    const struct wal_record fills = placed(32, 0x3001FE0);
    assert_int_equal(fills.end, 0x3002000);
    assert_int_equal(placed(8, fills.end).start, 0x3002018);
    const struct wal_record next = placed(64, 0x3FFFFE0); /* over a segment's end: 40 bytes */
    assert_int_equal(next.end, 0x4000000 + 40 + 32);
    assert_int_equal(placed(20000, 0x3000028).end, 0x3000028 + 20000 + 2 * 24);
}

/* 2048 pages, 40 + 2047 * 24 bytes of headers: what is left is UsableBytesInSegment. */
static void a_segment_holds_its_usable_bytes(void **state) {
    const int64_t usable = 16777216 - 40 - 2047 * 24;
    assert_int_equal(wal_end_of(0x3000028, usable), 0x4000000);
}

static void frames_come_back_as_they_were(void **state) {
    uint8_t log[4 * WAL_FRAME_BYTES];
    struct writer w = writer_over(log, sizeof log);
    int64_t end = 0x3000000;
    for (int i = 0; i < 4; i++) {
        struct wal_record r = {.type = WAL_COMMIT, .size = SIZE_COMMIT, .xid = 700 + i, .a = -5};
        wal_place(&r, end);
        end = r.end;
        wal_record_write(&w, &r);
    }
    size_t at = 0;
    struct wal_record r;
    for (int i = 0; i < 4; i++) {
        assert_int_equal(wal_record_read((struct sim_bytes){log, w.size}, at, &r, &at),
                         RECORD_WHOLE);
        assert_int_equal(r.xid, 700 + i);
        assert_int_equal(r.a, -5);
    }
    assert_int_equal(r.end, end);
}

/* ---- lag_tracker.c ---- */

static void lag_is_the_age_of_the_position_reached(void **state) {
    struct memory *memory = memory_create("test", 0);
    struct lag_tracker t = {0};
    lag_begin(&t, memory);
    lag_write(&t, 100, 1000);
    lag_write(&t, 200, 2000);
    assert_int_equal(lag_read(&t, LAG_FLUSH, 100, 5000), 4000);
    assert_int_equal(lag_read(&t, LAG_FLUSH, 150, 5000), 3500); /* between two samples */
    assert_int_equal(lag_read(&t, LAG_FLUSH, 200, 5000), 3000);
    assert_int_equal(lag_read(&t, LAG_FLUSH, 200, 9000), SIM_NONE); /* nothing new */
    assert_int_equal(lag_read(&t, LAG_APPLY, 200, 9000), 7000);     /* each head by itself */
    memory_destroy(memory);
}

static void a_stuck_standby_shows_a_growing_lag(void **state) {
    struct memory *memory = memory_create("test", 0);
    struct lag_tracker t = {0};
    lag_begin(&t, memory);
    lag_write(&t, 100, 1000);
    assert_int_equal(lag_read(&t, LAG_APPLY, 50, 3000), 2000);
    assert_int_equal(lag_read(&t, LAG_APPLY, 50, 4000), 3000);
    memory_destroy(memory);
}

static void a_full_tracker_lowers_its_rate(void **state) {
    struct memory *memory = memory_create("test", 0);
    struct lag_tracker t = {0};
    lag_begin(&t, memory);
    for (int64_t i = 1; i <= 3 * LAG_SAMPLES; i++) lag_write(&t, i, i * 10);
    assert_int_equal(lag_read(&t, LAG_WRITE, LAG_SAMPLES - 2, 1000000),
                     1000000 - (LAG_SAMPLES - 2) * 10);
    assert_int_equal(lag_read(&t, LAG_WRITE, 3 * LAG_SAMPLES, 1000000),
                     1000000 - 3 * LAG_SAMPLES * 10);
    memory_destroy(memory);
}

/* ---- sync_names.c: the manual's examples ---- */

static bool names(const char *text, struct memory *memory, struct sync_names *names) {
    struct text refusal = {0};
    const bool good = sync_names_read(
        memory, (struct sim_bytes){(const uint8_t *)text, strlen(text)}, names, &refusal);
    assert_int_equal(good, refusal.size == 0);
    text_free(&refusal);
    return good;
}

static void standby_names_are_read_as_the_manual_writes_them(void **state) {
    struct memory *memory = memory_create("test", 0);
    struct sync_names n;
    assert_true(names("FIRST 2 (s1, s2, s3)", memory, &n));
    assert_int_equal(n.method, SYNC_FIRST);
    assert_int_equal(n.wanted, 2);
    assert_int_equal(sync_priority(&n, "S3"), 3);
    assert_int_equal(sync_priority(&n, "s4"), 0);
    assert_true(names("ANY 2 (s1, s2, s3)", memory, &n));
    assert_int_equal(n.method, SYNC_ANY);
    assert_int_equal(sync_priority(&n, "s3"), 1);
    assert_true(names("2 (s1, s2)", memory, &n));
    assert_int_equal(n.wanted, 2);
    assert_true(names("s1, \"a b\"", memory, &n));
    assert_int_equal(n.wanted, 1);
    assert_int_equal(sync_priority(&n, "a b"), 2);
    assert_true(names("*", memory, &n));
    assert_int_equal(sync_priority(&n, "whoever"), 1);
    assert_true(names("first, any", memory, &n)); /* names, too */
    assert_int_equal(n.count, 2);
    assert_true(names("", memory, &n));
    assert_int_equal(n.count, 0);
    memory_destroy(memory);
}

static void wrong_standby_names_are_refused(void **state) {
    struct memory *memory = memory_create("test", 0);
    struct sync_names n;
    static const char *const wrong[] = {"ANY (a)", "FIRST 1 (a", "1 (a))", "a b",  "a,",        ",",
                                        "(a)",     "ANY 0 (a)",  "\"a",    "a; b", "FIRST 1 ()"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        if (names(wrong[i], memory, &n)) fail_msg("\"%s\" was taken", wrong[i]);
    memory_destroy(memory);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(positions_are_those_of_a_real_log),
        cmocka_unit_test(records_run_over_page_headers),
        cmocka_unit_test(a_segment_holds_its_usable_bytes),
        cmocka_unit_test(frames_come_back_as_they_were),
        cmocka_unit_test(lag_is_the_age_of_the_position_reached),
        cmocka_unit_test(a_stuck_standby_shows_a_growing_lag),
        cmocka_unit_test(a_full_tracker_lowers_its_rate),
        cmocka_unit_test(standby_names_are_read_as_the_manual_writes_them),
        cmocka_unit_test(wrong_standby_names_are_refused),
    };
    return cmocka_run_group_tests_name("models postgres wal", tests, NULL, NULL);
}
