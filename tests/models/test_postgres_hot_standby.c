/* Queries on a standby: what conflicts with replay, what feedback keeps, what the manual says. */
#include "postgres_fixture.h"

enum { READ_COMMITTED, REPEATABLE_READ };
enum { INSERTS, UPDATES, DELETES };

struct stage {
    struct fixture f;
    sim_node primary, standby;
    struct text answer; /* of the last query */
    bool answered, ok;
    int64_t at_ns;
};

static void stage_begin_quiet(struct stage *s, uint64_t seed, const struct knob_setting *extra) {
    fixture_begin(&s->f, seed);
    struct knob_setting knobs[12] = {knob("upstream", 0), words("application_name", "s1"),
                                     knob("wal_receiver_status_interval", 1000 * MS)};
    size_t count = 3;
    for (; extra && extra->name; extra++) knobs[count++] = *extra;
    s->primary = add_primary(&s->f, KNOBS(knob("autovacuum", 0)));
    s->standby = fixture_node(&s->f, "s1", "postgres", knobs);
    s->answer = (struct text){0};
    s->answered = false;
    run_to(&s->f, 500);
    command(&s->f, s->primary, "create_table",
            KNOBS(words("name", "orders"), knob("rows", 1200), knob("row_bytes", 100),
                  words("tablespace", "")));
    run_to(&s->f, 1000);
    assert_true(s->f.reply_ok);
}
/* And with users, so that the log goes on. */
static void stage_begin(struct stage *s, uint64_t seed, const struct knob_setting *extra) {
    stage_begin_quiet(s, seed, extra);
    add_users(&s->f, s->primary);
    run_to(&s->f, 1010);
}
static void stage_end(struct stage *s) {
    assert_lawful(&s->f);
    text_free(&s->answer);
    fixture_end(&s->f);
}

static void keep_answer(struct world *world, void *context, bool ok, struct sim_bytes bytes) {
    struct stage *s = context;
    s->answered = true;
    s->ok = ok;
    s->at_ns = world_now(world);
    text_clear(&s->answer);
    text_add_bytes(&s->answer, bytes.data, bytes.size);
}

/* The usual one: of table orders, for so long; then idle, with a cursor on that page. */
struct query {
    const char *then_table, *temp_tablespace;
    int64_t lasts, idle, isolation, cursor_page;
};
static void ask_on(struct stage *s, sim_node node, struct query q) {
    const struct knob_setting args[] = {
        words("table", "orders"),
        knob("lasts", q.lasts * MS),
        knob("isolation", q.isolation),
        knob("idle", q.idle * MS),
        knob("cursor_page", q.idle > 0 ? q.cursor_page : -1),
        words("then_table", q.then_table),
        knob("then_lasts", 10 * MS),
        words("temp_tablespace", q.temp_tablespace),
    };
    const struct sim_model *model = world_node_model(s->f.world, node);
    size_t which = 0;
    while (strcmp(model->commands[which].name, "query") != 0) which++;
    struct text error = {0};
    s->answered = false;
    if (!world_command(s->f.world, node, which, args, 8, keep_answer, s, &error))
        fail_msg("%s", text_string(&error));
    text_free(&error);
}
static void ask(struct stage *s, struct query q) { ask_on(s, s->standby, q); }

static void replace_all(struct stage *s, const char *table) {
    command(&s->f, s->primary, "transaction",
            KNOBS(knob("bytes", 120000), knob("rows", 0), knob("synchronous_commit", 0),
                  words("table", table), knob("kind", UPDATES)));
}
static void vacuum(struct stage *s, const char *table) {
    command(&s->f, s->primary, "vacuum", KNOBS(words("table", table)));
}
static int64_t conflicts(struct stage *s, const char *column) {
    return cell(&s->f, s->standby, "pg_stat_database_conflicts", 0, column, NULL);
}
static void assert_answer(struct stage *s, const char *text) {
    assert_true(s->answered);
    if (!strstr(text_string(&s->answer), text))
        fail_msg("answered \"%s\", expected \"%s\"", text_string(&s->answer), text);
}

/* ---- the five kinds, in the words of postgres.c ---- */

static void vacuum_cancels_a_query_whose_snapshot_needs_the_rows(void **state) {
    struct stage s;
    stage_begin(&s, 3, KNOBS(knob("max_standby_streaming_delay", 3000 * MS)));
    ask(&s, (struct query){.lasts = 30000});
    run_to(&s.f, 2000);
    replace_all(&s, "orders");
    run_to(&s.f, 3000);
    vacuum(&s, "orders");
    run_to(&s.f, 5900);
    assert_false(s.answered);
    assert_true(probe(&s.f, s.standby, "replay_waits") > 2500 * MS);
    run_to(&s.f, 8000);
    assert_answer(&s, "ERROR: 40001: canceling statement due to conflict with recovery\nDETAIL: "
                      "User query might have needed to see row versions that must be removed.");
    /* WaitExceedsMaxStandbyDelay sleeps 1, 2, 4, ... ms, up to a second, and may be that late. */
    assert_true(s.at_ns >= 6000 * MS && s.at_ns <= 7100 * MS);
    assert_int_equal(conflicts(&s, "confl_snapshot"), 1);
    assert_int_equal(cell(&s.f, s.standby, "pg_stat_database", 0, "conflicts", NULL), 1);
    stage_end(&s);
}

static void a_query_that_began_later_is_not_cancelled(void **state) {
    struct stage s;
    stage_begin(&s, 3, KNOBS(knob("max_standby_streaming_delay", 0)));
    replace_all(&s, "orders");
    run_to(&s.f, 2000);
    ask(&s, (struct query){.lasts = 3000});
    run_to(&s.f, 3000);
    vacuum(&s, "orders");
    run_to(&s.f, 6000);
    assert_answer(&s, "1200 rows");
    assert_int_equal(conflicts(&s, "confl_snapshot"), 0);
    stage_end(&s);
}

static void an_exclusive_lock_cancels_who_reads_the_table(void **state) {
    struct stage s;
    stage_begin(&s, 4, KNOBS(knob("max_standby_streaming_delay", 3000 * MS)));
    ask(&s, (struct query){.lasts = 30000});
    run_to(&s.f, 2000);
    command(&s.f, s.primary, "alter_table", KNOBS(words("table", "orders"), knob("lasts", MS)));
    run_to(&s.f, 3000);
    assert_true(s.f.reply_ok); /* nobody reads it on the primary */
    run_to(&s.f, 6000);
    assert_answer(&s, "User was holding a relation lock for too long.");
    assert_in_range(s.at_ns / MS, 4900, 5300);
    assert_int_equal(conflicts(&s, "confl_lock"), 1);
    assert_int_equal(cell(&s.f, s.standby, "recovery", 0, "replay_lag_bytes", NULL) < 100000, 1);
    stage_end(&s);
}

static void a_dropped_tablespace_cancels_everybody(void **state) {
    struct stage s;
    stage_begin(&s, 5, KNOBS(knob("max_standby_streaming_delay", 1000 * MS)));
    command(&s.f, s.primary, "create_tablespace", KNOBS(words("name", "scratch")));
    run_to(&s.f, 1500);
    ask(&s, (struct query){.lasts = 30000, .temp_tablespace = "scratch"});
    ask(&s, (struct query){.lasts = 30000});
    run_to(&s.f, 2000);
    command(&s.f, s.primary, "drop_tablespace", KNOBS(words("name", "scratch")));
    run_to(&s.f, 6000);
    assert_answer(&s, "User was or might have been using tablespace that must be dropped.");
    assert_int_equal(conflicts(&s, "confl_tablespace"), 2);
    stage_end(&s);
}

static void an_unused_tablespace_goes_without_a_word(void **state) {
    struct stage s;
    stage_begin(&s, 5, KNOBS(knob("max_standby_streaming_delay", 0)));
    command(&s.f, s.primary, "create_tablespace", KNOBS(words("name", "scratch")));
    run_to(&s.f, 1500);
    ask(&s, (struct query){.lasts = 3000});
    run_to(&s.f, 2000);
    command(&s.f, s.primary, "drop_tablespace", KNOBS(words("name", "scratch")));
    run_to(&s.f, 6000);
    assert_answer(&s, "1200 rows");
    stage_end(&s);
}

static void an_open_cursor_on_a_page_that_vacuum_cleans_ends_its_connection(void **state) {
    struct stage s;
    stage_begin(&s, 6, KNOBS(knob("max_standby_streaming_delay", 2000 * MS)));
    replace_all(&s, "orders");
    run_to(&s.f, 2000);
    ask(&s, (struct query){.lasts = 10, .idle = 30000, .cursor_page = 7});
    run_to(&s.f, 3000);
    vacuum(&s, "orders");
    run_to(&s.f, 6000);
    assert_answer(&s, "FATAL: 40001: terminating connection due to conflict with recovery\nDETAIL: "
                      "User was holding shared buffer pin for too long.");
    assert_int_equal(conflicts(&s, "confl_bufferpin"), 1);
    assert_int_equal(conflicts(&s, "confl_snapshot"), 0);
    stage_end(&s);
}

static void a_cursor_that_is_closed_in_time_is_left_alone(void **state) {
    struct stage s;
    stage_begin(&s, 6, KNOBS(knob("max_standby_streaming_delay", -1)));
    replace_all(&s, "orders");
    run_to(&s.f, 2000);
    ask(&s, (struct query){.lasts = 10, .idle = 5000, .cursor_page = 7});
    run_to(&s.f, 3000);
    vacuum(&s, "orders");
    run_to(&s.f, 6000);
    assert_true(probe(&s.f, s.standby, "replay_waits") > 2500 * MS);
    run_to(&s.f, 8000);
    assert_answer(&s, "1200 rows");
    assert_int_equal(probe(&s.f, s.standby, "replay_waits"), 0);
    assert_int_equal(probe(&s.f, s.standby, "conflicts"), 0);
    stage_end(&s);
}

static void replay_and_a_session_that_wait_for_each_other_are_parted(void **state) {
    struct stage s;
    stage_begin(&s, 7, KNOBS(knob("max_standby_streaming_delay", -1)));
    command(&s.f, s.primary, "create_table",
            KNOBS(words("name", "audit"), knob("rows", 10), knob("row_bytes", 100),
                  words("tablespace", "")));
    replace_all(&s, "orders");
    run_to(&s.f, 2000);
    ask(&s, (struct query){.lasts = 10, .idle = 2000, .cursor_page = 7, .then_table = "audit"});
    run_to(&s.f, 2500);
    command(&s.f, s.primary, "lock_table",
            KNOBS(words("table", "audit"), knob("lasts", 20000 * MS)));
    run_to(&s.f, 3000);
    vacuum(&s, "orders");
    run_to(&s.f, 8000);
    assert_answer(&s, "User transaction caused buffer deadlock with recovery.");
    assert_in_range(s.at_ns / MS, 4000, 6100); /* after it waits, within deadlock_timeout */
    assert_int_equal(conflicts(&s, "confl_deadlock"), 1);
    assert_int_equal(conflicts(&s, "confl_bufferpin"), 0);
    stage_end(&s);
}

static void a_deadlock_over_tables_is_found_by_the_session_itself(void **state) {
    struct stage s;
    stage_begin(&s, 8, KNOBS(knob("max_standby_streaming_delay", -1)));
    command(&s.f, s.primary, "create_table",
            KNOBS(words("name", "audit"), knob("rows", 10), knob("row_bytes", 100),
                  words("tablespace", "")));
    run_to(&s.f, 2000);
    command(&s.f, s.primary, "lock_table",
            KNOBS(words("table", "audit"), knob("lasts", 20000 * MS)));
    run_to(&s.f, 2500);
    ask(&s, (struct query){.lasts = 10, .idle = 200, .cursor_page = -1, .then_table = "audit"});
    run_to(&s.f, 3000);
    command(&s.f, s.primary, "alter_table", KNOBS(words("table", "orders"), knob("lasts", MS)));
    run_to(&s.f, 8000);
    assert_answer(&s, "ERROR: 40P01: deadlock detected");
    assert_int_equal(probe(&s.f, s.standby, "conflicts"), 0);
    assert_int_equal(cell(&s.f, s.standby, "pg_stat_database", 0, "deadlocks", NULL), 1);
    stage_end(&s);
}

/* ---- for how long replay waits ---- */

static int64_t cancelled_after_ms(int64_t delay_ns) {
    struct stage s;
    stage_begin(&s, 9, KNOBS(knob("max_standby_streaming_delay", delay_ns)));
    ask(&s, (struct query){.lasts = 20000});
    run_to(&s.f, 2000);
    command(&s.f, s.primary, "alter_table", KNOBS(words("table", "orders"), knob("lasts", MS)));
    run_to(&s.f, 40000);
    assert_true(s.answered);
    const int64_t after = s.ok ? -1 : s.at_ns / MS - 2000;
    stage_end(&s);
    return after;
}
static void the_delay_is_none_a_time_or_for_ever(void **state) {
    assert_in_range(cancelled_after_ms(0), 0, 300);
    assert_in_range(cancelled_after_ms(5000 * MS), 4900, 5300);
    assert_int_equal(cancelled_after_ms(-1), -1); /* it ends well */
}

/* The manual, 20.6.3: "the maximum total time allowed to apply WAL data once it was received". */
static void after_a_cancel_replay_is_patient_again_once_it_has_caught_up(void **state) {
    struct stage s;
    stage_begin(&s, 10, KNOBS(knob("max_standby_streaming_delay", 5000 * MS)));
    ask(&s, (struct query){.lasts = 60000});
    run_to(&s.f, 2000);
    command(&s.f, s.primary, "alter_table", KNOBS(words("table", "orders"), knob("lasts", MS)));
    run_to(&s.f, 3000);
    ask(&s, (struct query){.lasts = 10, .idle = 60000, .cursor_page = -1, .then_table = ""});
    s.answered = false;
    run_to(&s.f, 6800);
    command(&s.f, s.primary, "create_table",
            KNOBS(words("name", "other"), knob("rows", 10), knob("row_bytes", 100),
                  words("tablespace", "")));
    run_to(&s.f, 6900);
    assert_false(s.answered);
    run_to(&s.f, 7100); /* the first is cancelled; the second has what it waited for */
    assert_int_equal(conflicts(&s, "confl_lock"), 1);
    command(&s.f, s.primary, "alter_table", KNOBS(words("table", "orders"), knob("lasts", MS)));
    run_to(&s.f, 11900); /* caught up: full grace again */
    assert_int_equal(conflicts(&s, "confl_lock"), 1);
    run_to(&s.f, 12300);
    assert_int_equal(conflicts(&s, "confl_lock"), 2);
    stage_end(&s);
}

/* Two tables, locked one after the other: the second's WAL came 2 s after the first's. */
static void what_replay_has_waited_for_one_is_not_given_to_the_next(void **state) {
    struct stage s;
    stage_begin(&s, 10, KNOBS(knob("max_standby_streaming_delay", 5000 * MS)));
    command(&s.f, s.primary, "create_table",
            KNOBS(words("name", "other"), knob("rows", 10), knob("row_bytes", 100),
                  words("tablespace", "")));
    run_to(&s.f, 1500);
    ask(&s, (struct query){.lasts = 60000});
    command(&s.f, s.standby, "query",
            KNOBS(words("table", "other"), knob("lasts", 60000 * MS), knob("isolation", 0),
                  knob("idle", 0), knob("cursor_page", -1), words("then_table", ""),
                  knob("then_lasts", 0), words("temp_tablespace", "")));
    run_to(&s.f, 2000);
    command(&s.f, s.primary, "alter_table", KNOBS(words("table", "orders"), knob("lasts", MS)));
    run_to(&s.f, 4000);
    command(&s.f, s.primary, "alter_table", KNOBS(words("table", "other"), knob("lasts", MS)));
    run_to(&s.f, 6900);
    assert_int_equal(conflicts(&s, "confl_lock"), 0);
    run_to(&s.f, 7300); /* 5 s after the first's WAL came, 3 s after its own */
    assert_int_equal(conflicts(&s, "confl_lock"), 2);
    stage_end(&s);
}

/* XLogReceiptTime moves on when the startup process finds what it did not know of: not within what
 * came at once. */
static void what_came_at_once_has_one_patience(void **state) {
    struct stage s;
    stage_begin_quiet(&s, 10, KNOBS(knob("max_standby_streaming_delay", 5000 * MS)));
    command(&s.f, s.primary, "create_table",
            KNOBS(words("name", "other"), knob("rows", 10), knob("row_bytes", 100),
                  words("tablespace", "")));
    run_to(&s.f, 1500);
    ask(&s, (struct query){.lasts = 60000});
    command(&s.f, s.standby, "query",
            KNOBS(words("table", "other"), knob("lasts", 60000 * MS), knob("isolation", 0),
                  knob("idle", 0), knob("cursor_page", -1), words("then_table", ""),
                  knob("then_lasts", 0), words("temp_tablespace", "")));
    run_to(&s.f, 2000);
    command(&s.f, s.primary, "lock_table",
            KNOBS(words("table", "orders"), knob("lasts", 100 * MS)));
    command(&s.f, s.primary, "lock_table", KNOBS(words("table", "other"), knob("lasts", 100 * MS)));
    run_to(&s.f, 8000);
    assert_int_equal(conflicts(&s, "confl_lock"), 2);
    stage_end(&s);
}

/* With nobody else about, the rows are replaced by the very transaction that its snapshot waits
 * for: latestRemovedXid = xmin, and that is in the way (GetConflictingVirtualXIDs). */
static void the_youngest_transaction_that_conflicts_is_the_snapshots_own_xmin(void **state) {
    struct stage s;
    stage_begin_quiet(&s, 10, KNOBS(knob("max_standby_streaming_delay", 0)));
    ask(&s, (struct query){.lasts = 30000});
    run_to(&s.f, 2000);
    replace_all(&s, "orders");
    run_to(&s.f, 3000);
    vacuum(&s, "orders");
    run_to(&s.f, 4000);
    assert_int_equal(conflicts(&s, "confl_snapshot"), 1);
    stage_end(&s);
}

static void vacuum_leaves_a_page_that_a_cursor_has_pinned(void **state) {
    struct stage s;
    stage_begin_quiet(&s, 10, NULL);
    replace_all(&s, "orders");
    run_to(&s.f, 2000);
    ask_on(&s, s.primary, (struct query){.lasts = 10, .idle = 5000, .cursor_page = 3});
    run_to(&s.f, 3000);
    vacuum(&s, "orders");
    run_to(&s.f, 4000);
    assert_int_equal(cell(&s.f, s.primary, "pg_stat_user_tables", 1, "n_dead_tup", NULL), 60);
    run_to(&s.f, 8000);
    vacuum(&s, "orders");
    run_to(&s.f, 9000);
    assert_int_equal(cell(&s.f, s.primary, "pg_stat_user_tables", 1, "n_dead_tup", NULL), 0);
    stage_end(&s);
}

static void without_hot_standby_there_are_no_queries_and_no_conflicts(void **state) {
    struct stage s;
    stage_begin(&s, 11, KNOBS(knob("hot_standby", 0)));
    ask(&s, (struct query){.lasts = 30000});
    run_to(&s.f, 2000);
    assert_answer(&s, "FATAL");
    replace_all(&s, "orders");
    run_to(&s.f, 3000);
    vacuum(&s, "orders");
    run_to(&s.f, 4000);
    assert_int_equal(noted(&s.f, s.standby, "conflict_waits"), 0);
    assert_true(probe(&s.f, s.standby, "behind_upstream_bytes") < 100000);
    stage_end(&s);
}

/* ---- hot_standby_feedback ---- */

static void feedback_keeps_rows_and_queries(void **state) {
    struct stage s;
    stage_begin(&s, 12,
                KNOBS(knob("max_standby_streaming_delay", 0), knob("hot_standby_feedback", 1)));
    ask(&s, (struct query){.lasts = 10000});
    run_to(&s.f, 3000);
    replace_all(&s, "orders");
    run_to(&s.f, 4000);
    vacuum(&s, "orders");
    run_to(&s.f, 5000);
    assert_true(strstr(text_string(&s.f.reply), "1200 are dead but not yet removable") != NULL);
    assert_true(cell(&s.f, s.primary, "pg_stat_replication", 0, "backend_xmin", NULL) > 0);
    run_to(&s.f, 15000);
    assert_answer(&s, "1200 rows");
    vacuum(&s, "orders");
    run_to(&s.f, 16000);
    assert_true(strstr(text_string(&s.f.reply), "1200 removed") != NULL);
    assert_true(law(&s.f, "Feedback Is Honoured").held > 0);
    stage_end(&s);
}

static void feedback_passes_through_a_cascade(void **state) {
    struct stage s;
    stage_begin(&s, 13, KNOBS(knob("hot_standby_feedback", 1)));
    const sim_node end = fixture_node(
        &s.f, "end", "postgres",
        KNOBS(knob("upstream", s.standby), words("application_name", "end"),
              knob("hot_standby_feedback", 1), knob("wal_receiver_status_interval", 1000 * MS),
              knob("max_standby_streaming_delay", 0)));
    run_to(&s.f, 3000);
    ask_on(&s, end, (struct query){.lasts = 10000});
    run_to(&s.f, 6000);
    replace_all(&s, "orders");
    run_to(&s.f, 7000);
    vacuum(&s, "orders");
    run_to(&s.f, 8000);
    assert_true(strstr(text_string(&s.f.reply), "1200 are dead but not yet removable") != NULL);
    run_to(&s.f, 15000);
    assert_answer(&s, "1200 rows");
    stage_end(&s);
}

static int64_t kept_while_away(const char *slot) {
    struct stage s;
    stage_begin(&s, 14,
                KNOBS(knob("hot_standby_feedback", 1), words("primary_slot_name", slot),
                      knob("wal_retrieve_retry_interval", 200 * MS)));
    command(&s.f, s.primary, "create_slot",
            KNOBS(words("name", "s1"), knob("immediately_reserve", 0)));
    run_to(&s.f, 3000);
    ask(&s, (struct query){.lasts = 100000});
    run_to(&s.f, 5000);
    crash(&s.f, s.standby);
    run_to(&s.f, 6000);
    replace_all(&s, "orders");
    command(&s.f, s.primary, "checkpoint", NULL); /* which saves the slot */
    run_to(&s.f, 7000);
    crash(&s.f, s.primary);
    run_to(&s.f, 7500);
    restart(&s.f, s.primary);
    run_to(&s.f, 9000);
    vacuum(&s, "orders");
    run_to(&s.f, 10000);
    const int64_t kept = cell(&s.f, s.primary, "pg_stat_user_tables", 1, "n_dead_tup", NULL);
    stage_end(&s);
    return kept;
}
static void a_slot_keeps_what_a_standby_needs_that_is_away(void **state) {
    assert_int_equal(kept_while_away(""), 0);
    assert_int_equal(kept_while_away("s1"), 1200);
}

/* ---- locks live as long as their transaction ---- */

static void a_restarted_standby_knows_who_has_locked_what(void **state) {
    struct stage s;
    stage_begin(&s, 15, NULL);
    command(&s.f, s.primary, "lock_table",
            KNOBS(words("table", "orders"), knob("lasts", 10000 * MS)));
    run_to(&s.f, 2000);
    command(&s.f, s.primary, "checkpoint", NULL); /* its redo point is behind the lock's record */
    run_to(&s.f, 3000);
    command(&s.f, s.standby, "checkpoint", NULL);
    run_to(&s.f, 4000);
    crash(&s.f, s.standby);
    restart(&s.f, s.standby);
    run_to(&s.f, 6000);
    ask(&s, (struct query){.lasts = 10});
    run_to(&s.f, 9000);
    assert_false(s.answered);
    run_to(&s.f, 12000); /* LOCK TABLE's transaction has ended */
    assert_answer(&s, "1200 rows");
    stage_end(&s);
}

static void a_crash_of_the_primary_frees_what_it_had_locked(void **state) {
    struct stage s;
    stage_begin(&s, 16, KNOBS(knob("wal_retrieve_retry_interval", 200 * MS)));
    command(&s.f, s.primary, "lock_table",
            KNOBS(words("table", "orders"), knob("lasts", 100000 * MS)));
    run_to(&s.f, 2000);
    ask(&s, (struct query){.lasts = 10});
    run_to(&s.f, 3000);
    assert_false(s.answered);
    crash(&s.f, s.primary);
    run_to(&s.f, 3500);
    restart(&s.f, s.primary);
    run_to(&s.f, 6000);
    assert_answer(&s, "1200 rows");
    stage_end(&s);
}

static void a_promotion_frees_it_too_and_leaves_queries_alone(void **state) {
    struct stage s;
    stage_begin(&s, 17, NULL);
    ask(&s, (struct query){.lasts = 6000});
    run_to(&s.f, 1500);
    command(&s.f, s.primary, "lock_table",
            KNOBS(words("table", "usertable"), knob("lasts", 100000 * MS)));
    run_to(&s.f, 2000);
    crash(&s.f, s.primary);
    run_to(&s.f, 2500);
    command(&s.f, s.standby, "promote", NULL);
    run_to(&s.f, 3000);
    assert_true(s.f.replied && s.f.reply_ok);
    command(&s.f, s.standby, "alter_table", KNOBS(words("table", "usertable"), knob("lasts", MS)));
    run_to(&s.f, 3500);
    assert_true(s.f.replied && s.f.reply_ok);
    run_to(&s.f, 8000);
    assert_answer(&s, "1200 rows");
    stage_end(&s);
}

/* ---- what tables hold is the same on both, whatever crashes ---- */

static void assert_same_tables(struct stage *s, uint64_t seed) {
    static const char *const columns[] = {"n_live_tup", "n_dead_tup", "table_size"};
    for (size_t row = 0; row < 2; row++)
        for (size_t c = 0; c < 3; c++) {
            const int64_t here =
                cell(&s->f, s->primary, "pg_stat_user_tables", row, columns[c], NULL);
            const int64_t there =
                cell(&s->f, s->standby, "pg_stat_user_tables", row, columns[c], NULL);
            if (here != there)
                fail_msg("seed %llu, table %zu: %s is %lld on the primary, %lld on the standby",
                         (unsigned long long)seed, row, columns[c], (long long)here,
                         (long long)there);
        }
}

static void primary_and_standby_agree_on_rows_dead_and_alive(void **state) {
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct stage s;
        stage_begin(&s, seed, KNOBS(knob("wal_retrieve_retry_interval", 100 * MS)));
        for (int64_t round = 0; round < 6; round++) {
            const int64_t now = 1000 + 1000 * round;
            replace_all(&s, "orders");
            run_to(&s.f, now + 300);
            vacuum(&s, (round + (int64_t)seed) % 2 ? "orders" : "usertable");
            run_to(&s.f, now + 400);
            if (round % 3 == 1) command(&s.f, s.primary, "checkpoint", NULL);
            if (round % 3 == 2) command(&s.f, s.standby, "checkpoint", NULL);
            run_to(&s.f, now + 500 + (int64_t)seed * 7);
            const sim_node who = (round + (int64_t)seed) % 3 ? s.standby : s.primary;
            if (round % 2) {
                crash(&s.f, who);
                restart(&s.f, who);
            }
            run_to(&s.f, now + 1000);
        }
        crash(&s.f, 2); /* the users */
        run_to(&s.f, 12000);
        assert_int_equal(probe(&s.f, s.standby, "replay_lsn"),
                         probe(&s.f, s.primary, "wal_flush_lsn"));
        assert_same_tables(&s, seed);
        stage_end(&s);
    }
}

static void truncate_and_drop_are_replayed(void **state) {
    struct stage s;
    stage_begin(&s, 19, NULL);
    command(&s.f, s.primary, "truncate", KNOBS(words("table", "usertable")));
    run_to(&s.f, 2000);
    assert_true(s.f.reply_ok);
    command(&s.f, s.primary, "drop_table", KNOBS(words("table", "orders")));
    run_to(&s.f, 3000);
    assert_true(s.f.reply_ok);
    ask(&s, (struct query){.lasts = 10});
    run_to(&s.f, 4000);
    assert_answer(&s, "relation \"orders\" does not exist");
    assert_int_equal(cell(&s.f, s.standby, "pg_stat_user_tables", 1, "n_live_tup", NULL), SIM_NONE);
    const int64_t rows = cell(&s.f, s.standby, "pg_stat_user_tables", 0, "n_live_tup", NULL);
    assert_true(rows > 0 && rows < 1000);
    stage_end(&s);
}

static void vacuum_makes_room_and_gives_none_back(void **state) {
    struct stage s;
    stage_begin(&s, 20, NULL);
    int64_t size = 0;
    for (int64_t round = 0; round < 5; round++) {
        replace_all(&s, "orders");
        run_to(&s.f, 2000 + 2000 * round);
        vacuum(&s, "orders");
        run_to(&s.f, 3000 + 2000 * round);
        const int64_t now = cell(&s.f, s.primary, "pg_stat_user_tables", 1, "table_size", NULL);
        if (round == 0) size = now;
        assert_int_equal(now, size); /* twice the rows, and no more */
        assert_int_equal(cell(&s.f, s.primary, "pg_stat_user_tables", 1, "n_dead_tup", NULL), 0);
    }
    assert_in_range(size, 2 * 1200 / 60 * 8192, 2 * 1200 / 60 * 8192 + 8192);
    stage_end(&s);
}

/* A checkpoint logs who holds exclusive locks; not one whose commit is in the log and waits for a
 * standby, which would hold the lock for ever (StandbyAcquireAccessExclusiveLock). */
static void a_lock_whose_commit_is_logged_is_not_logged_again(void **state) {
    struct fixture f;
    fixture_begin(&f, 1);
    const sim_node primary = add_primary(&f, KNOBS(words("synchronous_standby_names", "s1")));
    const sim_node standby = add_standby(&f, "s1", primary);
    run_to(&f, 1000);
    cut(&f, primary, standby);
    command(&f, primary, "alter_table", NULL);
    run_to(&f, 1500);
    command(&f, primary, "checkpoint", NULL);
    run_to(&f, 2000);
    heal(&f);
    run_to(&f, 5000);
    assert_int_equal(probe(&f, standby, "replay_lsn"), inserted(&f, primary));
    command(&f, standby, "query", KNOBS(knob("lasts", 100 * MS)));
    run_to(&f, 6000);
    assert_true(f.replied && f.reply_ok);
    assert_lawful(&f);
    fixture_end(&f);
}

static void a_table_never_vacuumed_says_so_after_a_crash_too(void **state) {
    struct stage s;
    stage_begin_quiet(&s, 17, NULL);
    command(&s.f, s.primary, "checkpoint", NULL); /* it is read from the heap's file, not redone */
    run_to(&s.f, 5000);
    fault(&s.f, FAULT_CRASH, s.primary, SIM_NOBODY, 0);
    fault(&s.f, FAULT_RESTART, s.primary, SIM_NOBODY, 0);
    run_to(&s.f, 8000);
    assert_int_equal(cell(&s.f, s.primary, "pg_stat_user_tables", 1, "relid", NULL), 1);
    assert_int_equal(cell(&s.f, s.primary, "pg_stat_user_tables", 1, "last_vacuum", NULL),
                     SIM_NONE);
    assert_int_equal(cell(&s.f, s.primary, "pg_stat_user_tables", 1, "last_autovacuum", NULL),
                     SIM_NONE);
    vacuum(&s, "orders");
    run_to(&s.f, 9000);
    assert_true(cell(&s.f, s.primary, "pg_stat_user_tables", 1, "last_vacuum", NULL) > 0);
    stage_end(&s);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vacuum_cancels_a_query_whose_snapshot_needs_the_rows),
        cmocka_unit_test(a_query_that_began_later_is_not_cancelled),
        cmocka_unit_test(an_exclusive_lock_cancels_who_reads_the_table),
        cmocka_unit_test(a_dropped_tablespace_cancels_everybody),
        cmocka_unit_test(an_unused_tablespace_goes_without_a_word),
        cmocka_unit_test(an_open_cursor_on_a_page_that_vacuum_cleans_ends_its_connection),
        cmocka_unit_test(a_cursor_that_is_closed_in_time_is_left_alone),
        cmocka_unit_test(replay_and_a_session_that_wait_for_each_other_are_parted),
        cmocka_unit_test(a_deadlock_over_tables_is_found_by_the_session_itself),
        cmocka_unit_test(the_delay_is_none_a_time_or_for_ever),
        cmocka_unit_test(after_a_cancel_replay_is_patient_again_once_it_has_caught_up),
        cmocka_unit_test(what_replay_has_waited_for_one_is_not_given_to_the_next),
        cmocka_unit_test(what_came_at_once_has_one_patience),
        cmocka_unit_test(the_youngest_transaction_that_conflicts_is_the_snapshots_own_xmin),
        cmocka_unit_test(vacuum_leaves_a_page_that_a_cursor_has_pinned),
        cmocka_unit_test(without_hot_standby_there_are_no_queries_and_no_conflicts),
        cmocka_unit_test(feedback_keeps_rows_and_queries),
        cmocka_unit_test(feedback_passes_through_a_cascade),
        cmocka_unit_test(a_slot_keeps_what_a_standby_needs_that_is_away),
        cmocka_unit_test(a_restarted_standby_knows_who_has_locked_what),
        cmocka_unit_test(a_crash_of_the_primary_frees_what_it_had_locked),
        cmocka_unit_test(a_promotion_frees_it_too_and_leaves_queries_alone),
        cmocka_unit_test(primary_and_standby_agree_on_rows_dead_and_alive),
        cmocka_unit_test(truncate_and_drop_are_replayed),
        cmocka_unit_test(vacuum_makes_room_and_gives_none_back),
        cmocka_unit_test(a_lock_whose_commit_is_logged_is_not_logged_again),
        cmocka_unit_test(a_table_never_vacuumed_says_so_after_a_crash_too),
    };
    return cmocka_run_group_tests_name("models postgres hot standby", tests, NULL, NULL);
}
