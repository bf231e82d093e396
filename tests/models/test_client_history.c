/* Who asks, as the history tells it, and what a session's reads and writes amount to. */
#include "client_fixture.h"

/* ---- who asks, in the history ---- */

struct whose {
    int64_t clients[4096], processes[4096], count, anonymous, versions;
    bool another; /* a client that went on as another process */
};
static void note_whose(void *context, const struct record *r) {
    struct whose *w = context;
    if (r->kind == RECORD_RETURN && r->count > 2) w->versions += r->values[2] > 0;
    if (r->kind != RECORD_INVOKE) return;
    if (r->count == 0) {
        w->anonymous++;
        return;
    }
    int64_t i = 0;
    while (i < w->count && w->clients[i] != r->values[0]) i++;
    assert_true(i < 4096);
    if (i < w->count && w->processes[i] != r->a) w->another = true;
    if (i == w->count) w->count++;
    w->clients[i] = r->values[0];
    w->processes[i] = r->a;
}

static sim_node add_watched(struct fixture *f, struct whose *w, struct trace_sink *sink,
                            const struct knob_setting *knobs) {
    *w = (struct whose){.count = 0};
    *sink = (struct trace_sink){.record = note_whose, .context = w};
    stores_begin(f, 2);
    world_add_sink(f->world, sink);
    return fixture_node(f, "app", "client", knobs);
}

static void a_closed_loop_has_a_client_for_each_user_and_versions(void **state) {
    static struct whose w;
    struct trace_sink sink;
    struct fixture f;
    const sim_node app = add_watched(&f, &w, &sink, USERS(6, READ_FROM(one_replica)));
    run_to(&f, 2000);
    assert_int_equal(w.count, 6);
    assert_int_equal(w.anonymous, 0);
    assert_in_range(w.versions, f.outcomes[SIM_DONE] - 6, f.outcomes[SIM_DONE]);
    assert_false(w.another);
    for (int i = 0; i < 6; i++) assert_in_range(w.clients[i], 0, 5);
    fault(&f, FAULT_CRASH, app, SIM_NOBODY, 0);
    restart(&f, app);
    run_to(&f, 4000);
    assert_int_equal(w.count, 6); /* the same users, in other processes */
    assert_true(w.another);
    fixture_end(&f);
}

static void an_open_loop_has_no_sessions_unless_it_has_users(void **state) {
    static struct whose w;
    struct trace_sink sink;
    struct fixture f;
    add_watched(&f, &w, &sink, KNOBS(knob("target", 0), knob("clients", 4), knob("rate", 500000)));
    run_to(&f, 2000);
    assert_int_equal(w.count, 0);
    assert_true(w.anonymous > 800);
    fixture_end(&f);
    const sim_node app =
        add_watched(&f, &w, &sink,
                    KNOBS(knob("target", 0), knob("clients", 4), knob("rate", 500000),
                          knob("users", 40), READ_FROM(one_replica), knob("read_choice", STICKY)));
    run_to(&f, 2000);
    assert_int_equal(w.count, 40);
    assert_in_range(w.anonymous, 0, 5); /* all forty were waiting */
    fault(&f, FAULT_PAUSE, 0, SIM_NOBODY, 0);
    run_to(&f, 2900); /* now all do, and who comes is nobody */
    assert_true(probe(&f, app, "queued") > 100);
    assert_true(w.anonymous > 100);
    heal(&f);
    const int64_t anonymous = w.anonymous;
    run_to(&f, 5000);
    assert_int_equal(w.count, 40);
    assert_true(w.anonymous - anonymous < 100);
    assert_false(w.another);
    fixture_end(&f);
}

static void remedies_without_a_session_are_refused_by_name(void **state) {
    static const char *const remedies[] = {"read_choice", "read_primary_after_write",
                                           "wait_for_version"};
    for (int i = 0; i < 3; i++)
        for (int users = 0; users < 2; users++) {
            struct fixture f;
            stores_begin(&f, 2);
            const struct knob_setting knobs[] = {knob("target", 0), knob("rate", 1000),
                                                 READ_FROM(one_replica), knob(remedies[i], 1),
                                                 knob("users", users)};
            struct text error = {0};
            struct host_options host = f.host;
            const struct node_options options = {.name = "app",
                                                 .model = model_find("client"),
                                                 .host = world_add_host(f.world, &host),
                                                 .knobs = knobs,
                                                 .knob_count = 5};
            const sim_node app = world_add_node(f.world, &options, &error);
            assert_int_equal(app == SIM_NOBODY, users == 0);
            if (!users) assert_non_null(strstr(text_string(&error), "users"));
            text_free(&error);
            fixture_end(&f);
        }
}

/* ---- PostgreSQL: what users see of a standby that lags ---- */

enum { KEYS = 20, CLIENTS = 8 };
struct judge { /* read your writes, monotonic reads: by client and key, versions */
    int64_t key_of[CLIENTS], wrote[CLIENTS][KEYS], read[CLIENTS][KEYS];
    bool writes[CLIENTS];
    int64_t unread_writes, backward_reads, reads;
};
static void judge_record(void *context, const struct record *r) {
    struct judge *j = context;
    struct reader key = reader_over(r->key.data, r->key.size);
    if (r->kind == RECORD_INVOKE) {
        get_u8(&key); /* its tag */
        const int64_t client = r->values[0];
        j->key_of[client] = get_i64(&key);
        j->writes[client] = strcmp(r->text, "write") == 0;
        assert_in_range(j->key_of[client], 0, KEYS - 1);
    }
    if (r->kind != RECORD_RETURN || r->type != SIM_DONE) return;
    const int64_t client = r->values[1], version = r->values[2], k = j->key_of[client];
    if (j->writes[client]) {
        j->wrote[client][k] = version;
        return;
    }
    j->reads++;
    j->unread_writes += version < j->wrote[client][k];
    j->backward_reads += version < j->read[client][k];
    if (version > j->read[client][k]) j->read[client][k] = version;
}

static struct judge users_of_lagging_standbys(const char *remedy, int64_t how) {
    struct fixture f;
    struct judge j = {.reads = 0};
    struct trace_sink sink = {.record = judge_record, .context = &j};
    fixture_begin(&f, 3);
    world_add_sink(f.world, &sink);
    const sim_node primary = add_primary(&f, NULL);
    const sim_node standbys[] = {
        add_standby(&f, "near", primary),
        fixture_node(&f, "far", "postgres",
                     KNOBS(knob("upstream", primary), words("application_name", "far"),
                           knob("recovery_min_apply_delay", 200 * MS)))};
    run_to(&f, 1000); /* they serve reads */
    fixture_node(&f, "app", "client",
                 KNOBS(knob("target", primary), nodes("read_from", standbys, 2),
                       knob("clients", CLIENTS), knob("mix", MIX_A_), knob("keys", KEYS),
                       knob("distribution", 1), knob("think", 10 * MS), knob(remedy, how)));
    run_to(&f, 6000);
    assert_true(j.reads > 150);
    assert_lawful(&f);
    fixture_end(&f);
    return j;
}

static void lagging_standbys_break_session_guarantees_and_the_remedies_mend_them(void **state) {
    struct judge j = users_of_lagging_standbys("read_choice", SPREAD);
    assert_true(j.unread_writes > 20);
    assert_true(j.backward_reads > 20);
    j = users_of_lagging_standbys("read_choice", STICKY);
    assert_true(j.unread_writes > 20);     /* one's own replica lags too, */
    assert_int_equal(j.backward_reads, 0); /* and never goes back */
    j = users_of_lagging_standbys("read_primary_after_write", 1000 * MS);
    assert_int_equal(j.unread_writes, 0);
    j = users_of_lagging_standbys("wait_for_version", 1);
    assert_int_equal(j.unread_writes, 0);
    assert_int_equal(j.backward_reads, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_closed_loop_has_a_client_for_each_user_and_versions),
        cmocka_unit_test(an_open_loop_has_no_sessions_unless_it_has_users),
        cmocka_unit_test(remedies_without_a_session_are_refused_by_name),
        cmocka_unit_test(lagging_standbys_break_session_guarantees_and_the_remedies_mend_them),
    };
    return cmocka_run_group_tests_name("client history", tests, NULL, NULL);
}
