/* The tutorial model does what its README says. */
#include "models_fixture.h"

static void a_client_gets_back_what_it_sent(void **state) {
    struct fixture f;
    fixture_begin(&f, 1);
    const sim_node server = fixture_node(&f, "server", "echo", NULL);
    const sim_node client = fixture_node(&f, "client", "echo", KNOBS(knob("target", server)));
    run_to(&f, 1050);
    assert_int_equal(noted(&f, server, "echoed"), 10);
    assert_int_equal(probe(&f, client, "missing"), 0);
    assert_int_equal(law(&f, "Echoes Were Sent").held, 10);
    assert_lawful(&f);
    fixture_end(&f);
}

static void a_cut_makes_echoes_missing(void **state) {
    struct fixture f;
    fixture_begin(&f, 1);
    const sim_node server = fixture_node(&f, "server", "echo", NULL);
    const sim_node client = fixture_node(&f, "client", "echo", KNOBS(knob("target", server)));
    run_to(&f, 550);
    cut(&f, client, server);
    run_to(&f, 1050);
    assert_int_equal(probe(&f, client, "missing"), 5);
    fixture_end(&f);
}

static void the_law_catches_the_bug(void **state) {
    struct fixture f;
    fixture_begin(&f, 1);
    const sim_node server = fixture_node_with(&f, "server", "echo", NULL, "off_by_one");
    fixture_node(&f, "client", "echo", KNOBS(knob("target", server)));
    run_to(&f, 1050);
    assert_true(law(&f, "Echoes Were Sent").broken > 0);
    fixture_end(&f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_client_gets_back_what_it_sent),
        cmocka_unit_test(a_cut_makes_echoes_missing),
        cmocka_unit_test(the_law_catches_the_bug),
    };
    return cmocka_run_group_tests_name("models echo", tests, NULL, NULL);
}
