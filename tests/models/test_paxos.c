/* Multi-Paxos in a world: who leads, who is served what, and that nothing chosen is ever lost. */
#include "base/codec.h"
#include "base/random.h"
#include "models_fixture.h"

enum { MEMBERS = 5, OPERATIONS_MAX = 20000, ASKED_MAX = 1024 };

/* What users saw. Versions are instances, so they tell in which order operations took effect: one
 * that begins after another has ended must not come before it, and a write is not where anything
 * else is. */
struct operation {
    int64_t key, begins_ns, ends_ns, version;
    bool writes;
};
struct cluster {
    struct fixture f;
    int count;
    sim_node node[MEMBERS + 2], app;
    struct trace_sink sink;
    struct operation operations[OPERATIONS_MAX];
    size_t operation_count;
    int64_t asked[ASKED_MAX]; /* keys, by order of invocation */
};
static struct cluster c; /* large; each test begins it anew */

static void saw(void *context, const struct record *r) {
    if (r->kind == RECORD_INVOKE) {
        struct reader key = reader_over(r->key.data, r->key.size);
        get_u8(&key); /* a value's tag: an integer */
        c.asked[r->c % ASKED_MAX] = get_i64(&key);
    }
    if (r->kind != RECORD_RETURN || r->type != SIM_DONE || r->count < 3) return;
    if (c.operation_count == OPERATIONS_MAX) return;
    c.operations[c.operation_count++] = (struct operation){c.asked[r->c % ASKED_MAX],
                                                           r->t - r->values[0], r->t, r->values[2],
                                                           strcmp(r->text, "read") != 0};
}

/* Operations stand in order of their ends; `newest` is the highest version of that key so far. */
static void assert_linear(void) {
    static int64_t newest[OPERATIONS_MAX];
    for (size_t i = 0; i < c.operation_count; i++) {
        const struct operation *b = &c.operations[i];
        int64_t before = 0, ended = 0;
        bool last = true, known = false;
        for (size_t k = i; k-- > 0 && !known;) {
            if (c.operations[k].key != b->key) continue;
            if (last) before = newest[k];
            last = false;
            known = c.operations[k].ends_ns < b->begins_ns;
            if (known) ended = newest[k];
        }
        newest[i] = b->version > before ? b->version : before;
        if (b->version < ended || (b->writes && b->version == ended))
            fail_msg("seed %llu: key %lld: version %lld is seen at %lld ms, after %lld",
                     (unsigned long long)world_seed(c.f.world), (long long)b->key,
                     (long long)b->version, (long long)(b->begins_ns / MS), (long long)ended);
    }
}

/* A law that breaks ends the world, and the test. */
static void go_to(int64_t ms) {
    run_to(&c.f, ms);
    assert_lawful(&c.f);
}

struct setup {
    int count, spares;
    const char *reads;
    int64_t q1, q2, snapshot_entries, window, alpha, clients;
    bool once; /* users do not ask again */
};

static void begin(uint64_t seed, struct setup s) {
    static const char *const names[] = {"n1", "n2", "n3", "n4", "n5", "n6", "n7"};
    static const sim_node all[] = {0, 1, 2, 3, 4};
    memset(&c, 0, sizeof c);
    fixture_begin(&c.f, seed);
    c.sink = (struct trace_sink){.record = saw};
    world_add_sink(c.f.world, &c.sink);
    c.f.host.disk.crash = DISK_KEEPS_ANY;
    c.f.host.disk.tears = true;
    c.count = s.count ? s.count : 3;
    for (int i = 0; i < c.count + s.spares; i++)
        c.node[i] = fixture_node_with(
            &c.f, names[i], "paxos",
            KNOBS({"peers", {.nodes = all, .count = (size_t)c.count}},
                  knob("reads", !s.reads                        ? 0
                                : strcmp(s.reads, "lease") == 0 ? 1
                                                                : 2),
                  knob("q1", s.q1), knob("q2", s.q2), knob("snapshot_entries", s.snapshot_entries),
                  knob("snapshot_chunk", 512), knob("segment_bytes", 4096),
                  knob("window", s.window ? s.window : 16), knob("alpha", s.alpha ? s.alpha : 32)),
            NULL);
    if (!s.clients) return;
    c.app = fixture_node(&c.f, "app", "client",
                         KNOBS(knob("target", c.node[0]),
                               {"others", {.nodes = all + 1, .count = (size_t)c.count - 1}},
                               knob("clients", s.clients), knob("mix", 1), knob("keys", 20),
                               knob("timeout", s.once ? 60000 * MS : 3000 * MS),
                               knob("retry", s.once ? 0 : 300 * MS), knob("think", 5 * MS)));
}

static int leader(void) {
    int found = -1;
    for (int i = 0; i < MEMBERS + 2 && i < (int)(sizeof c.node / sizeof *c.node); i++) {
        if (i >= c.count || !world_node_up(c.f.world, c.node[i])) continue;
        if (probe(&c.f, c.node[i], "leader") != 1) continue;
        if (found < 0 || probe(&c.f, c.node[i], "ballot") > probe(&c.f, c.node[found], "ballot"))
            found = i;
    }
    return found;
}
static int64_t applied(int i) { return probe(&c.f, c.node[i], "applied"); }
static int64_t now_ms(void) { return world_now(c.f.world) / MS; }
static int64_t run_until_leader(int not_this, int64_t until_ms) {
    while (now_ms() < until_ms) {
        go_to(now_ms() + 5);
        if (leader() >= 0 && leader() != not_this) return now_ms();
    }
    fail_msg("no leader by %lld ms", (long long)until_ms);
    return 0;
}
/* Without users, all that are up come to the same state. */
static void assert_equal_states(void) {
    const int l = leader();
    crash(&c.f, c.app);
    go_to(now_ms() + 2000);
    for (int i = 0; i < c.count; i++) {
        assert_int_equal(applied(i), applied(l));
        if (cell(&c.f, c.node[i], "paxos", 0, "state", NULL) !=
            cell(&c.f, c.node[l], "paxos", 0, "state", NULL))
            fail_msg("seed %llu: n%d and n%d have applied the same, and differ",
                     (unsigned long long)world_seed(c.f.world), i + 1, l + 1);
    }
}
static void end(void) {
    assert_lawful(&c.f);
    fixture_end(&c.f);
}

static void one_leads_and_users_are_served(void **state) {
    begin(1, (struct setup){.clients = 4});
    go_to(5000);
    assert_true(leader() >= 0);
    assert_true(c.f.outcomes[SIM_DONE] > 500);
    assert_int_equal(c.f.outcomes[SIM_FAILED], 0);
    assert_int_equal(c.f.outcomes[SIM_UNKNOWN], 0);
    for (int i = 0; i < 3; i++) assert_true(applied(i) > 500);
    assert_linear();
    end();
}

static void a_leader_that_dies_is_replaced_within_two_election_timeouts(void **state) {
    for (uint64_t seed = 1; seed <= 20; seed++) {
        begin(seed, (struct setup){.count = 5, .clients = 4});
        go_to(3000);
        const int old = leader();
        if (old < 0) fail_msg("seed %llu: nobody leads", (unsigned long long)seed);
        const int64_t before = applied(old);
        crash(&c.f, c.node[old]);
        assert_true(run_until_leader(old, 5000) - 3000 < 2 * 300 + 50);
        go_to(5000);
        if (leader() < 0) fail_msg("seed %llu: nobody leads", (unsigned long long)seed);
        assert_true(applied(leader()) > before);
        restart(&c.f, c.node[old]);
        go_to(6000);
        if (leader() < 0) fail_msg("seed %llu: nobody leads", (unsigned long long)seed);
        assert_true(applied(leader()) - applied(old) < 20);
        assert_linear();
        end();
    }
}

static void a_stable_leader_prepares_no_more(void **state) {
    begin(2, (struct setup){.clients = 4});
    go_to(10000);
    int64_t campaigns = 0;
    for (int i = 0; i < 3; i++) campaigns += noted(&c.f, c.node[i], "campaigns");
    assert_int_equal(campaigns, 1);
    end();
}

static void a_leader_cut_off_from_all_steps_down_and_says_unknown(void **state) {
    begin(3, (struct setup){.clients = 4, .once = true});
    go_to(3000);
    const int old = leader();
    for (int i = 0; i < 3; i++)
        if (i != old) cut(&c.f, c.node[old], c.node[i]);
    run_until_leader(old, 6000);
    go_to(6000);
    assert_int_equal(probe(&c.f, c.node[old], "leader"), 0);
    assert_true(noted(&c.f, c.node[old], "open_unknown") > 0);
    assert_int_equal(c.f.outcomes[SIM_UNKNOWN], 4); /* long before their patience is over */
    assert_linear();
    end();
}

static void a_command_that_comes_twice_is_done_once(void **state) {
    int64_t repeated = 0;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        begin(seed, (struct setup){.clients = 8});
        for (int64_t ms = 2000; ms <= 8000; ms += 2000) {
            go_to(ms);
            const int old = leader();
            if (old < 0) continue;
            fault(&c.f, FAULT_CRASH, c.node[old], SIM_NOBODY, 0);
            go_to(ms + 500);
            restart(&c.f, c.node[old]);
        }
        go_to(10000);
        for (int i = 0; i < 3; i++) repeated += probe(&c.f, c.node[i], "repeated");
        assert_int_equal(c.f.outcomes[SIM_UNKNOWN], 0); /* who asks again finds out */
        assert_linear();
        end();
    }
    assert_true(repeated > 0);
}

static void a_lease_answers_reads_without_an_instance_and_none_is_old(void **state) {
    int64_t done[2], instances[2];
    for (int lease = 0; lease < 2; lease++) {
        begin(4, (struct setup){.clients = 4, .reads = lease ? "lease" : NULL});
        go_to(5000);
        done[lease] = c.f.outcomes[SIM_DONE];
        instances[lease] = applied(leader());
        assert_linear();
        end();
    }
    assert_true(instances[0] >= done[0]);         /* an instance a read */
    assert_true(instances[1] < done[1] * 6 / 10); /* half of them are reads */
    assert_true(done[1] > done[0]);
}

static void a_paused_leader_with_a_lease_answers_nothing_old_when_it_wakes_up(void **state) {
    for (uint64_t seed = 1; seed <= 30; seed++) {
        begin(seed, (struct setup){.clients = 8, .reads = "lease"});
        go_to(2000 + (int64_t)seed * 7);
        const int old = leader();
        fault(&c.f, FAULT_PAUSE, c.node[old], SIM_NOBODY, 0);
        run_until_leader(old, 5000);
        go_to(now_ms() + 300);
        heal(&c.f);
        go_to(now_ms() + 2000);
        assert_linear();
        end();
    }
}

/* "local" is documented as not linearizable: a replica that is cut off answers with what it has. */
static void local_reads_may_be_old(void **state) {
    begin(5, (struct setup){.clients = 4, .reads = "local"});
    go_to(2000);
    int behind = 0;
    while (behind == leader()) behind++;
    for (int i = 0; i < 3; i++)
        if (i != behind) cut(&c.f, c.node[behind], c.node[i]);
    go_to(4000);
    assert_true(applied(leader()) > applied(behind) + 50);
    end();
}

static void one_that_was_down_for_long_is_sent_a_snapshot(void **state) {
    begin(6, (struct setup){.clients = 4, .snapshot_entries = 100});
    go_to(1000);
    int away = 0;
    while (away == leader()) away++;
    crash(&c.f, c.node[away]);
    go_to(6000);
    assert_true(probe(&c.f, c.node[leader()], "log_first") > 200);
    restart(&c.f, c.node[away]);
    go_to(7000);
    assert_true(noted(&c.f, c.node[away], "snapshot_received") > 0);
    assert_true(applied(leader()) - applied(away) < 20);
    for (int i = 0; i < 3; i++) crash(&c.f, c.node[i]); /* and all of it is found on disk again */
    go_to(7100);
    for (int i = 0; i < 3; i++) restart(&c.f, c.node[i]);
    go_to(9000);
    assert_true(noted(&c.f, c.node[away], "snapshot_found") > 0);
    assert_linear();
    end();
}

static void a_membership_of_others_takes_over_and_the_old_ones_are_not_needed(void **state) {
    const sim_node next[] = {1, 2, 3};
    begin(7, (struct setup){.spares = 1, .clients = 4, .snapshot_entries = 100});
    go_to(3000);
    const int old = leader();
    command(&c.f, c.node[old], "reconfigure", KNOBS({"voters", {.nodes = next, .count = 3}}));
    go_to(4000);
    assert_true(c.f.reply_ok);
    crash(&c.f, c.node[0]);
    c.count = 4;
    go_to(6000);
    assert_true(leader() > 0);
    assert_true(applied(leader()) - applied(3) < 20);
    assert_linear();
    end();
}

static void users_who_ask_a_spare_are_sent_to_the_leader(void **state) {
    begin(9, (struct setup){.spares = 1});
    c.app = fixture_node(&c.f, "app", "client",
                         KNOBS(knob("target", c.node[3]), knob("clients", 2), knob("think", MS)));
    go_to(2000);
    assert_int_equal(cell(&c.f, c.node[3], "paxos", 0, "leader", NULL), c.node[leader()]);
    assert_true(c.f.outcomes[SIM_DONE] > 50);
    end();
}

static void a_membership_is_taken_while_the_window_is_full(void **state) {
    const sim_node next[] = {0, 1, 2, 3};
    begin(9, (struct setup){.spares = 1, .window = 4});
    go_to(1000);
    const int l = leader();
    command(&c.f, c.node[l], "propose",
            KNOBS(knob("count", 1000000), knob("bytes", 100), knob("in_flight", 64)));
    go_to(1100);
    assert_int_equal(probe(&c.f, c.node[l], "in_flight"), 4);
    command(&c.f, c.node[l], "reconfigure", KNOBS({"voters", {.nodes = next, .count = 4}}));
    command(&c.f, c.node[l], "reconfigure", KNOBS({"voters", {.nodes = next, .count = 3}}));
    go_to(1500); /* the second is refused at once, the first answered when it is proposed */
    assert_true(c.f.replied && c.f.reply_ok);
    assert_int_equal(cell(&c.f, c.node[3], "paxos", 0, "member", NULL), 1);
    assert_true(applied(l) - applied(3) < 20);
    end();
}

static void propose_keeps_so_many_in_flight_and_answers_when_all_are_applied(void **state) {
    begin(8, (struct setup){0});
    go_to(1000);
    const int l = leader();
    command(&c.f, c.node[l], "propose",
            KNOBS(knob("count", 1000), knob("bytes", 100), knob("in_flight", 8)));
    int64_t most = 0;
    while (!c.f.replied && now_ms() < 60000) {
        go_to(now_ms() + 1);
        const int64_t open = probe(&c.f, c.node[l], "in_flight");
        if (open > most) most = open;
    }
    assert_true(c.f.replied && c.f.reply_ok);
    assert_int_equal(applied(l), 1000);
    assert_int_equal(most, 8);
    command(&c.f, c.node[(l + 1) % 3], "propose", NULL);
    go_to(now_ms() + 10);
    assert_true(c.f.replied && !c.f.reply_ok);
    end();
}

static void settings_that_cannot_be_safe_are_refused(void **state) {
    static const sim_node all[] = {0, 1, 2};
    static const struct {
        const char *knob;
        int64_t number;
        const char *says;
    } wrong[] = {{"q1", 1, "1 + 2 is not more than 3"},
                 {"window", 200, "at most alpha"},
                 {"heartbeat", 200 * MS, "heartbeat"},
                 {"election_timeout_max", 100 * MS, "election_timeout_max"},
                 {"q2", 4, "a quorum of 4, but there are 3 peers"}};
    struct world *world = world_create(&(struct world_options){.seed = 1});
    struct host_options host = host_options_default();
    struct node_options options = {
        .name = "n", .model = model_find("paxos"), .host = world_add_host(world, &host)};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct text error = {0};
        options.knobs =
            KNOBS({"peers", {.nodes = all, .count = 3}}, knob(wrong[i].knob, wrong[i].number));
        options.knob_count = 2;
        assert_int_equal(world_add_node(world, &options, &error), SIM_NOBODY);
        if (!strstr(text_string(&error), wrong[i].says)) fail_msg("%s", text_string(&error));
        text_free(&error);
    }
    world_destroy(world);
}

/* ---- whatever fails ---- */

static void some_fault(struct random *r) {
    const int64_t what = draw_below(r, 8), i = draw_below(r, c.count), k = draw_below(r, c.count);
    const sim_node a = c.node[i], b = c.node[k];
    switch (what) {
    case 0: crash(&c.f, a); return;
    case 1: fault(&c.f, FAULT_CRASH, a, SIM_NOBODY, 0); return;
    case 2: cut(&c.f, a, b); return;
    case 3: fault(&c.f, FAULT_CUT, a, b, 0); return;
    case 4: fault(&c.f, FAULT_PAUSE, a, SIM_NOBODY, 0); return;
    case 5: fault(&c.f, FAULT_DISK_STUCK, a, SIM_NOBODY, 0); return;
    case 6: fault(&c.f, FAULT_CLOCK_DRIFT, a, SIM_NOBODY, draw_below(r, 1000000) - 500000); return;
    default: fault(&c.f, FAULT_LOSS, a, b, 300000000); return;
    }
}
static void all_is_well(void) {
    heal(&c.f);
    for (int i = 0; i < c.count; i++)
        if (!world_node_up(c.f.world, c.node[i])) restart(&c.f, c.node[i]);
}

static void the_laws_hold_under_random_faults_and_it_recovers(void **state) {
    int64_t snapshots = 0;
    for (uint64_t seed = 1; seed <= 60; seed++) {
        struct random r = {random_key(seed, 42), 0};
        begin(seed, (struct setup){.count = 5,
                                   .clients = 4,
                                   .snapshot_entries = 60,
                                   .reads = seed % 2 ? "lease" : NULL,
                                   .q1 = seed % 3 ? 0 : 4,
                                   .q2 = seed % 3 ? 0 : 2});
        go_to(1000);
        while (now_ms() < 20000) {
            some_fault(&r);
            go_to(now_ms() + 50 + draw_below(&r, 600));
            if (draw_below(&r, 3) == 0) all_is_well();
        }
        all_is_well();
        go_to(now_ms() + 6000);
        const int l = leader();
        if (l < 0) fail_msg("seed %llu: nobody leads", (unsigned long long)seed);
        for (int i = 0; i < c.count; i++)
            if (applied(l) - applied(i) > 50)
                fail_msg("seed %llu: n%d has applied %lld of %lld", (unsigned long long)seed, i,
                         (long long)applied(i), (long long)applied(l));
        assert_equal_states();
        for (int i = 0; i < c.count; i++) snapshots += noted(&c.f, c.node[i], "snapshot_received");
        assert_linear();
        end();
    }
    assert_true(snapshots > 10); /* there was catch-up to judge */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_leads_and_users_are_served),
        cmocka_unit_test(a_leader_that_dies_is_replaced_within_two_election_timeouts),
        cmocka_unit_test(a_stable_leader_prepares_no_more),
        cmocka_unit_test(a_leader_cut_off_from_all_steps_down_and_says_unknown),
        cmocka_unit_test(a_command_that_comes_twice_is_done_once),
        cmocka_unit_test(a_lease_answers_reads_without_an_instance_and_none_is_old),
        cmocka_unit_test(a_paused_leader_with_a_lease_answers_nothing_old_when_it_wakes_up),
        cmocka_unit_test(local_reads_may_be_old),
        cmocka_unit_test(one_that_was_down_for_long_is_sent_a_snapshot),
        cmocka_unit_test(a_membership_of_others_takes_over_and_the_old_ones_are_not_needed),
        cmocka_unit_test(users_who_ask_a_spare_are_sent_to_the_leader),
        cmocka_unit_test(a_membership_is_taken_while_the_window_is_full),
        cmocka_unit_test(propose_keeps_so_many_in_flight_and_answers_when_all_are_applied),
        cmocka_unit_test(settings_that_cannot_be_safe_are_refused),
        cmocka_unit_test(the_laws_hold_under_random_faults_and_it_recovers),
    };
    return cmocka_run_group_tests_name("models paxos", tests, NULL, NULL);
}
