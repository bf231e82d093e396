/* The laws of Paxos, fact by fact. */
#include <stdlib.h>

#include "base/text.h"
#include "models_fixture.h"
#include "paxos/laws/laws.h"

struct judged {
    const struct sim_law *law;
    struct sim_fold fold;
    struct text why;
};
static struct judged j; /* each test begins it anew */

static void with(const struct sim_law *law) {
    j = (struct judged){.law = law};
    j.fold.state = calloc(1, law->state_bytes);
    j.fold.why = &j.why;
}
static void end(void) {
    free(j.fold.state);
    text_free(&j.why);
}

static enum sim_judgement state(const char *name, sim_node node, int64_t a, int64_t b, int64_t c) {
    size_t which = 0;
    while (strcmp(j.law->reads[which], name) != 0) which++;
    const struct sim_fact fact = {.which = which, .node = node, .group = 1, .a = a, .b = b, .c = c};
    return j.law->fold(&j.fold, &fact);
}
/* By that node: from that instance on, acceptors first to last, a majority of which choose. */
static enum sim_judgement members(sim_node node, int64_t from, int64_t first, int64_t last) {
    const int64_t count = last - first + 1;
    enum sim_judgement worst = state("membership", node, from, count, count / 2 + 1);
    for (int64_t i = first; i <= last && worst != SIM_BROKEN; i++)
        worst = state("member", node, from, i, 0);
    return worst;
}
static enum sim_judgement accepted(sim_node node, int64_t ballot, int64_t value) {
    return state("accepted", node, 1, ballot, value);
}

static void who_holds_others_for_the_acceptors_breaks_a_law(void **unused) {
    with(&paxos_one_membership);
    assert_int_equal(members(0, 1, 0, 2), SIM_NOTHING);
    assert_int_equal(members(1, 1, 0, 2), SIM_HELD);
    assert_int_equal(members(2, 1, 1, 3), SIM_BROKEN);
    assert_non_null(strstr(text_string(&j.why), "{3} is an acceptor, but"));
    end();
}

static void or_another_number_of_them(void **unused) {
    with(&paxos_one_membership);
    assert_int_equal(members(0, 1, 0, 2), SIM_NOTHING);
    assert_int_equal(members(1, 1, 0, 3), SIM_BROKEN);
    end();
}

static void or_a_membership_that_others_have_passed_over(void **unused) {
    with(&paxos_one_membership);
    members(0, 1, 0, 2);
    members(0, 100, 0, 3);
    assert_int_equal(members(1, 50, 0, 4), SIM_BROKEN);
    end();
}

static void what_is_older_than_eight_memberships_is_forgotten_and_says_so(void **unused) {
    with(&paxos_one_membership);
    for (int64_t i = 0; i <= TALLY_MEMBERSHIPS; i++) members(0, 1 + i, 0, 2);
    assert_int_equal(members(1, 1, 3, 5), SIM_FORGOTTEN);
    end();
}

static void an_acceptance_of_one_that_is_no_acceptor_does_not_count(void **unused) {
    with(&paxos_only_chosen);
    members(0, 1, 0, 2);
    accepted(0, 1000, 7);
    accepted(5, 1000, 7);
    assert_int_equal(state("chosen", 0, 1, 1000, 7), SIM_BROKEN);
    accepted(1, 1000, 7);
    assert_int_equal(state("chosen", 0, 1, 1000, 7), SIM_HELD);
    end();
}

static void what_was_chosen_is_not_forgotten_for_later_ballots(void **unused) {
    with(&paxos_at_most_one);
    members(0, 1, 0, 2);
    for (sim_node i = 0; i < 2; i++) accepted(i, 1000, 7);
    for (int64_t b = 2; b < 2 + 2 * TALLY_BALLOTS; b++)
        assert_int_equal(accepted(2, b * 1000, b), SIM_NOTHING);
    accepted(0, 50000, 8);
    assert_int_equal(accepted(1, 50000, 8), SIM_BROKEN);
    end();
}

static void a_ballot_that_is_dropped_is_said_to_be_forgotten(void **unused) {
    with(&paxos_at_most_one);
    members(0, 1, 0, 2);
    accepted(0, 1000, 7);
    for (int64_t b = 2; b < 2 + TALLY_BALLOTS; b++) accepted(2, b * 1000, b);
    assert_int_equal(accepted(1, 1000, 7), SIM_FORGOTTEN);
    end();
}

static void and_nobody_is_accused_of_what_is_forgotten(void **unused) {
    with(&paxos_only_chosen);
    members(0, 1, 0, 2);
    accepted(0, 1000, 7);
    for (int64_t b = 2; b < 2 + TALLY_BALLOTS; b++) accepted(2, b * 1000, b);
    assert_int_equal(accepted(1, 1000, 7), SIM_FORGOTTEN);
    assert_int_equal(state("learned", 0, 1, 7, 0), SIM_FORGOTTEN);
    end();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_holds_others_for_the_acceptors_breaks_a_law),
        cmocka_unit_test(or_another_number_of_them),
        cmocka_unit_test(or_a_membership_that_others_have_passed_over),
        cmocka_unit_test(what_is_older_than_eight_memberships_is_forgotten_and_says_so),
        cmocka_unit_test(an_acceptance_of_one_that_is_no_acceptor_does_not_count),
        cmocka_unit_test(what_was_chosen_is_not_forgotten_for_later_ballots),
        cmocka_unit_test(a_ballot_that_is_dropped_is_said_to_be_forgotten),
        cmocka_unit_test(and_nobody_is_accused_of_what_is_forgotten),
    };
    return cmocka_run_group_tests_name("models paxos laws", tests, NULL, NULL);
}
