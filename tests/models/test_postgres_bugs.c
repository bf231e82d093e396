/* Every bug switch is caught by the law that it names: the laws can fail. */
#include "postgres_fixture.h"

static int64_t breaches(const char *bug, bool on_standby, const char *names, const char *law_name) {
    struct fixture f;
    fixture_begin(&f, 11);
    const sim_node primary = fixture_node_with(&f, "primary", "postgres",
                                               KNOBS(words("synchronous_standby_names", names)),
                                               on_standby ? NULL : bug);
    const sim_node standby = fixture_node_with(
        &f, "s1", "postgres", KNOBS(knob("upstream", primary), words("application_name", "s1")),
        on_standby ? bug : NULL);
    (void)standby;
    f.host.disk.sync = distribution_constant(30 * MS);
    add_standby(&f, "s2", primary);
    add_users(&f, primary);
    for (int64_t now = 1000; now < 6000; now += 1000) {
        run_to(&f, now);
        if (now == 3000) {
            command(&f, primary, "transaction", KNOBS(knob("bytes", 3000000)));
            run_to(&f, now + 30);
            crash(&f, primary);
            restart(&f, primary);
        }
    }
    run_to(&f, 15000);
    const int64_t broken = law(&f, law_name).broken;
    fixture_end(&f);
    return broken;
}

static void ack_before_flush_is_caught(void **state) {
    assert_true(breaches("ack_before_flush", true, "s1", "Acknowledged Where Promised") > 0);
}
static void replay_before_flush_is_caught(void **state) {
    assert_true(breaches("replay_before_flush", true, "", "Replication Order") > 0);
}
static void commit_before_flush_is_caught(void **state) {
    assert_true(breaches("commit_before_flush", false, "", "Acknowledged Where Promised") > 0);
}
static void send_unflushed_is_caught(void **state) {
    assert_true(breaches("send_unflushed", false, "", "Standby Is A Prefix") > 0);
}
static void ignore_sync_names_is_caught(void **state) { /* s2 is slow: s1's reply comes first */
    assert_true(breaches("ignore_sync_names", false, "s2", "Acknowledged Where Promised") > 0);
}
static void without_a_bug_nothing_is_caught(void **state) {
    static const char *const laws[] = {"Acknowledged Where Promised", "Replication Order",
                                       "Standby Is A Prefix", "Nothing Acknowledged Is Lost"};
    for (size_t i = 0; i < 4; i++) assert_int_equal(breaches(NULL, false, "s2", laws[i]), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ack_before_flush_is_caught),
        cmocka_unit_test(replay_before_flush_is_caught),
        cmocka_unit_test(commit_before_flush_is_caught),
        cmocka_unit_test(send_unflushed_is_caught),
        cmocka_unit_test(ignore_sync_names_is_caught),
        cmocka_unit_test(without_a_bug_nothing_is_caught),
    };
    return cmocka_run_group_tests_name("models postgres bugs", tests, NULL, NULL);
}
