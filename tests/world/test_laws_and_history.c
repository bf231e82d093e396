/* Laws fold facts; a history numbers its processes. */
#include <stdio.h>

#include "world/fixture.h"

#define ALL SIM_NOBODY

/* At most one value of `a` in a group: the shape of Election Safety. */
struct one_value {
    bool set;
    int64_t value;
};
static enum sim_judgement fold_one(struct sim_fold *f, const struct sim_fact *fact) {
    struct one_value *s = f->state;
    if (fact->a == 99) return SIM_NOTHING;
    if (fact->a == 98) return SIM_FORGOTTEN;
    if (s->set && s->value != fact->a) {
        text_add(f->why, "group %lld: %lld, then %lld", (long long)fact->group, (long long)s->value,
                 (long long)fact->a);
        return SIM_BROKEN;
    }
    *s = (struct one_value){true, fact->a};
    return SIM_HELD;
}
static enum sim_judgement finish_one(struct sim_fold *f) {
    const struct one_value *s = f->state;
    if (!s->set) return SIM_NOTHING;
    if (s->value != 1000) return SIM_HELD;
    text_add(f->why, "ends at 1000");
    return SIM_BROKEN;
}
static const char *const told[] = {"told", NULL};
static const struct sim_law by_group = {.name = "One Value",
                                        .says = "",
                                        .source = "",
                                        .reads = told,
                                        .per_group = true,
                                        .state_bytes = sizeof(struct one_value),
                                        .fold = fold_one,
                                        .finish = finish_one};
static const struct sim_law overall = {.name = "One Value At All",
                                       .says = "",
                                       .source = "",
                                       .reads = told,
                                       .state_bytes = sizeof(struct one_value),
                                       .fold = fold_one};

static void state_fact(struct fixture *f, const struct sim_event *e, struct sim_out *out,
                       int64_t arg) {
    (void)f;
    (void)e;
    sim_fact(out, arg >> 32 & 1 ? FACT_OTHER : FACT_TOLD, arg >> 16 & 0xffff, arg & 0xffff);
}
static int64_t fact(int64_t group, int64_t a) { return group << 16 | a; }

static sim_node start(struct fixture *f, bool go_on) {
    fixture_open(f, &(struct world_options){.seed = 1, .go_on = go_on});
    return fixture_node(f, "a", NULL);
}

static void a_law_keeps_each_group_apart_and_survives_a_crash(void **state) {
    (void)state;
    struct fixture f;
    const sim_node a = start(&f, false);
    world_add_law(f.w, &by_group);
    fixture_do(&f, SEC, a, state_fact, fact(1, 5));
    fixture_do(&f, SEC, a, state_fact, fact(2, 6));
    fixture_fault_at(&f, 2 * SEC, FAULT_CRASH, a, ALL, 1, 0);
    fixture_fault_at(&f, 3 * SEC, FAULT_RESTART, a, ALL, 0, 0);
    fixture_do(&f, 4 * SEC, a, state_fact, fact(2, 6));
    fixture_do(&f, 5 * SEC, a, state_fact, fact(1, 7));
    fixture_do(&f, 6 * SEC, a, state_fact, fact(1, 8));
    assert_int_equal(world_run(f.w, 10 * SEC), WORLD_LAW_BROKEN);
    const struct law_status s = world_law(f.w, 0);
    assert_int_equal(s.held, 3);
    assert_int_equal(s.broken, 1);
    assert_int_equal(s.judged, 4);
    assert_int_equal(s.at_ns, 5 * SEC);
    assert_string_equal(s.why, "group 1: 5, then 7");
    assert_int_equal(world_now(f.w), 5 * SEC);
    assert_int_equal(record_count(&f, RECORD_LAW, "group 1: 5, then 7"), 1);
    fixture_close(&f);
}

static void a_run_that_goes_on_counts_every_breach_and_keeps_the_first_reason(void **state) {
    (void)state;
    struct fixture f;
    const sim_node a = start(&f, true);
    world_add_law(f.w, &overall);
    for (int i = 1; i <= 4; i++) fixture_do(&f, i * SEC, a, state_fact, fact(i, i));
    assert_int_equal(world_run(f.w, 10 * SEC), WORLD_NOTHING_LEFT);
    assert_int_equal(world_law(f.w, 0).broken, 3);
    assert_string_equal(world_law(f.w, 0).why, "group 2: 1, then 2");
    assert_int_equal(record_count(&f, RECORD_LAW, NULL), 1);
    fixture_close(&f);
}

static void what_is_remembered_or_forgotten_is_not_judged(void **state) {
    (void)state;
    struct fixture f;
    const sim_node a = start(&f, false);
    world_add_law(f.w, &by_group);
    fixture_do(&f, SEC, a, state_fact, fact(1, 99));
    fixture_do(&f, SEC, a, state_fact, fact(1, 98));
    fixture_do(&f, SEC, a, state_fact,
               fact(1, 5) | INT64_C(1) << 32); /* a fact that it does not read */
    world_run(f.w, 10 * SEC);
    world_finish_laws(f.w);
    assert_int_equal(world_law(f.w, 0).judged, 0);
    assert_int_equal(world_law(f.w, 0).forgotten, 1);
    fixture_close(&f);
}

static void a_law_that_is_added_later_reads_from_then_on(void **state) {
    (void)state;
    struct fixture f;
    const sim_node a = start(&f, false);
    fixture_do(&f, SEC, a, state_fact, fact(1, 5));
    world_run(f.w, 2 * SEC);
    world_add_law(f.w, &by_group);
    world_add_law(f.w, &by_group); /* one law, once */
    world_add_law(f.w, &overall);
    assert_int_equal(world_laws(f.w), 2);
    fixture_do(&f, 3 * SEC, a, state_fact, fact(1, 6));
    assert_int_equal(world_run(f.w, 10 * SEC), WORLD_NOTHING_LEFT);
    assert_int_equal(world_law(f.w, 0).held, 1);
    assert_int_equal(world_law(f.w, 1).held, 1);
    fixture_close(&f);
}

static void a_law_may_judge_at_the_end_group_by_group(void **state) {
    (void)state;
    struct fixture f;
    const sim_node a = start(&f, true);
    world_add_law(f.w, &by_group);
    fixture_do(&f, SEC, a, state_fact, fact(7, 1000));
    fixture_do(&f, SEC, a, state_fact, fact(3, 5));
    world_run(f.w, 10 * SEC);
    assert_int_equal(world_law(f.w, 0).broken, 0);
    world_finish_laws(f.w);
    assert_int_equal(world_law(f.w, 0).broken, 1);
    assert_int_equal(world_law(f.w, 0).held, 3);
    assert_string_equal(world_law(f.w, 0).why, "ends at 1000");
    fixture_close(&f);
}

static void laws_leave_the_digest_alone(void **state) {
    (void)state;
    uint64_t digest[2];
    for (int i = 0; i < 2; i++) {
        struct fixture f;
        const sim_node a = start(&f, true);
        if (i) world_add_law(f.w, &by_group);
        if (i) world_add_law(f.w, &overall);
        for (int k = 1; k <= 4; k++) fixture_do(&f, k * SEC, a, state_fact, fact(k / 2, k));
        world_run(f.w, 10 * SEC);
        digest[i] = world_digest(f.w);
        fixture_close(&f);
    }
    assert_int_equal(digest[0], digest[1]);
}

/* ---- history ---- */

static void invoke(struct fixture *f, const struct sim_event *e, struct sim_out *out, int64_t arg) {
    (void)f;
    (void)e;
    sim_invoke(out, arg, "write", (struct sim_bytes){(const uint8_t *)"k", 1},
               (struct sim_bytes){NULL, 0});
}
static void finish_op(struct fixture *f, const struct sim_event *e, struct sim_out *out,
                      int64_t arg) {
    (void)f;
    (void)e;
    sim_return(out, arg & 0xffff, (enum sim_outcome)(arg >> 16), (struct sim_bytes){NULL, 0}, NULL);
}
static int64_t process_of(const struct fixture *f, int64_t operation, enum record_kind kind) {
    for (size_t i = 0; i < f->record_count; i++)
        if (f->records[i].record.kind == kind && f->records[i].record.b == operation)
            return f->records[i].record.a;
    return -1;
}

static void a_process_is_used_again_after_ok_and_fail_never_after_info_or_a_crash(void **state) {
    (void)state;
    struct fixture f;
    const sim_node a = start(&f, false);
    for (int i = 1; i <= 6; i++) {
        fixture_do(&f, i * SEC, a, invoke, i);
        if (i == 5)
            fixture_fault_at(&f, i * SEC + MS, FAULT_CRASH, a, ALL, 0, 0);
        else
            fixture_do(&f, i * SEC + MS, a, finish_op,
                       i | (i == 1   ? SIM_DONE
                            : i == 2 ? SIM_FAILED
                            : i == 3 ? SIM_UNKNOWN
                                     : SIM_DONE)
                               << 16);
        if (i == 5) fixture_fault_at(&f, i * SEC + 2 * MS, FAULT_RESTART, a, ALL, 0, 0);
    }
    world_run(f.w, 10 * SEC);
    const int64_t first = process_of(&f, 1, RECORD_INVOKE);
    assert_int_equal(process_of(&f, 2, RECORD_INVOKE), first);
    assert_int_equal(process_of(&f, 3, RECORD_INVOKE), first);
    const int64_t second = process_of(&f, 4, RECORD_INVOKE);
    assert_true(second != first);
    assert_int_equal(process_of(&f, 5, RECORD_INVOKE), second);
    assert_true(process_of(&f, 6, RECORD_INVOKE) != first &&
                process_of(&f, 6, RECORD_INVOKE) != second);
    fixture_close(&f);
}

static void after_a_crash_every_process_is_somebody_else(void **state) {
    (void)state;
    for (int open = 0; open < 2; open++) {
        struct fixture f;
        const sim_node a = start(&f, false);
        fixture_do(&f, SEC, a, invoke, 1);
        fixture_do(&f, SEC, a, invoke, 2);
        fixture_do(&f, 2 * SEC, a, finish_op, 1);
        if (!open) fixture_do(&f, 2 * SEC, a, finish_op, 2);
        fixture_fault_at(&f, 3 * SEC, FAULT_CRASH, a, ALL, 0, 0);
        fixture_fault_at(&f, 4 * SEC, FAULT_RESTART, a, ALL, 0, 0);
        fixture_do(&f, 5 * SEC, a, invoke, 3);
        world_run(f.w, 10 * SEC);
        assert_true(process_of(&f, 3, RECORD_INVOKE) > process_of(&f, 2, RECORD_INVOKE));
        fixture_close(&f);
    }
}

static void a_crash_leaves_open_operations_unknown_in_order_of_invocation(void **state) {
    (void)state;
    struct fixture f;
    const sim_node a = start(&f, false);
    static const int64_t operations[] = {77, 3, 1000000, 12, -5, 40};
    for (int i = 0; i < 6; i++) fixture_do(&f, SEC, a, invoke, operations[i]);
    fixture_fault_at(&f, 2 * SEC, FAULT_CRASH, a, ALL, 0, 0);
    world_run(f.w, 10 * SEC);
    size_t returned = 0;
    for (size_t i = 0; i < f.record_count; i++) {
        const struct record *r = &f.records[i].record;
        if (r->kind != RECORD_RETURN) continue;
        assert_int_equal(r->type, SIM_UNKNOWN);
        assert_int_equal(r->b, operations[returned++]);
    }
    assert_int_equal(returned, 6);
    fixture_close(&f);
}

static void operations_that_are_open_run_under_processes_of_their_own(void **state) {
    (void)state;
    struct fixture f;
    const sim_node a = start(&f, false), b = fixture_node(&f, "b", NULL);
    fixture_do(&f, SEC, a, invoke, 1);
    fixture_do(&f, SEC, a, invoke, 2);
    fixture_do(&f, SEC, b, invoke, 3);
    world_run(f.w, 10 * SEC);
    assert_true(process_of(&f, 1, RECORD_INVOKE) != process_of(&f, 2, RECORD_INVOKE));
    assert_true(process_of(&f, 1, RECORD_INVOKE) != process_of(&f, 3, RECORD_INVOKE));
    fixture_close(&f);
}

static void an_operation_invoked_twice_or_returned_unasked_is_the_authors_mistake(void **state) {
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct fixture f;
        const sim_node a = start(&f, false);
        fixture_do(&f, SEC, a, invoke, 1);
        fixture_do(&f, SEC, a, i ? invoke : finish_op, i ? 1 : 2);
        assert_int_equal(world_run(f.w, 10 * SEC), WORLD_MODEL_ERROR);
        fixture_close(&f);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_law_keeps_each_group_apart_and_survives_a_crash),
        cmocka_unit_test(a_run_that_goes_on_counts_every_breach_and_keeps_the_first_reason),
        cmocka_unit_test(what_is_remembered_or_forgotten_is_not_judged),
        cmocka_unit_test(a_law_that_is_added_later_reads_from_then_on),
        cmocka_unit_test(a_law_may_judge_at_the_end_group_by_group),
        cmocka_unit_test(laws_leave_the_digest_alone),
        cmocka_unit_test(a_process_is_used_again_after_ok_and_fail_never_after_info_or_a_crash),
        cmocka_unit_test(after_a_crash_every_process_is_somebody_else),
        cmocka_unit_test(a_crash_leaves_open_operations_unknown_in_order_of_invocation),
        cmocka_unit_test(operations_that_are_open_run_under_processes_of_their_own),
        cmocka_unit_test(an_operation_invoked_twice_or_returned_unasked_is_the_authors_mistake),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
