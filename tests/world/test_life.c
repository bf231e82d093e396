/* A node's life: START, crash, restart, pause, in every state; commands and their answers. */
#include <stdio.h>

#include "world/fixture.h"

#define ALL SIM_NOBODY

static void be_busy(struct fixture *f, const struct sim_event *e, struct sim_out *out,
                    int64_t arg) {
    (void)f;
    (void)e;
    sim_busy(out, arg);
}
static struct fixture *start(struct fixture *f, sim_node *a, sim_node *b) {
    fixture_open(f, NULL);
    *a = fixture_node(f, "a", NULL);
    *b = fixture_node(f, "b", NULL);
    return f;
}
static void finish(struct fixture *f) {
    assert_no_slot_leaks(f->w);
    fixture_close(f);
}
static size_t messages(const struct fixture *f, sim_node node) {
    return seen_count(f, node, SIM_MESSAGE);
}

static void a_node_starts_at_its_time_and_an_off_one_when_it_is_restarted(void **state) {
    (void)state;
    struct fixture f;
    sim_node a, b;
    start(&f, &a, &b);
    const sim_host host = world_node_host(f.w, a);
    struct text error = {0};
    const struct node_options late = {
        .name = "late", .model = &f.model, .host = host, .start_ns = 5 * SEC};
    const struct node_options off = {.name = "off", .model = &f.model, .host = host, .off = true};
    const sim_node c = world_add_node(f.w, &late, &error), d = world_add_node(f.w, &off, &error);
    fixture_fault_at(&f, 7 * SEC, FAULT_RESTART, d, ALL, 0, 0);
    world_run(f.w, 10 * SEC);
    assert_int_equal(seen_nth(&f, a, SIM_START, 0)->t, 0);
    assert_int_equal(seen_nth(&f, c, SIM_START, 0)->t, 5 * SEC);
    assert_int_equal(seen_nth(&f, d, SIM_START, 0)->t, 7 * SEC);
    assert_int_equal(world_node_starts(f.w, d), 1);
    finish(&f);
}

static void a_node_that_was_restarted_and_died_before_its_time_does_not_rise_at_it(void **state) {
    (void)state;
    struct fixture f;
    sim_node a, b;
    start(&f, &a, &b);
    struct text error = {0};
    const struct node_options late = {
        .name = "late", .model = &f.model, .host = world_node_host(f.w, a), .start_ns = 5 * SEC};
    const sim_node c = world_add_node(f.w, &late, &error);
    fixture_fault_at(&f, SEC, FAULT_RESTART, c, ALL, 0, 0);
    fixture_fault_at(&f, 2 * SEC, FAULT_CRASH, c, ALL, 0, 0);
    world_run(f.w, 10 * SEC);
    assert_int_equal(seen_count(&f, c, SIM_START), 1);
    assert_false(world_node_up(f.w, c));
    finish(&f);
}

static void restarting_a_node_that_runs_changes_nothing(void **state) {
    (void)state;
    struct fixture f;
    sim_node a, b;
    start(&f, &a, &b);
    fixture_fault_at(&f, SEC, FAULT_RESTART, a, ALL, 0, 0);
    fixture_fault_at(&f, 2 * SEC, FAULT_CRASH, b, ALL, 0, 0);
    fixture_fault_at(&f, 3 * SEC, FAULT_CRASH, b, ALL, 0, 0);
    world_run(f.w, 10 * SEC);
    assert_int_equal(seen_count(&f, a, SIM_START), 1);
    assert_int_equal(world_fault_entry(f.w, 0)->effective, 0);
    assert_int_equal(world_fault_entry(f.w, 1)->effective, 1);
    assert_int_equal(world_fault_entry(f.w, 2)->effective, 0);
    assert_int_equal(record_count(&f, RECORD_CRASH, NULL), 1);
    finish(&f);
}

static void a_power_loss_takes_every_node_of_the_host_and_a_restart_brings_back_one(void **state) {
    (void)state;
    struct fixture f;
    sim_node a, b;
    start(&f, &a, &b);
    const sim_node c = fixture_node_on(&f, "c", world_node_host(f.w, a), NULL);
    fixture_fault_at(&f, SEC, FAULT_CRASH, a, ALL, 1, 0);
    fixture_fault_at(&f, 2 * SEC, FAULT_RESTART, c, ALL, 0, 0);
    world_run(f.w, 10 * SEC);
    assert_false(world_node_up(f.w, a));
    assert_true(world_node_up(f.w, b));
    assert_true(world_node_up(f.w, c));
    assert_int_equal(seen_count(&f, c, SIM_START), 2);
    finish(&f);
}

static void a_paused_node_handles_what_came_in_order_when_it_resumes(void **state) {
    (void)state;
    struct fixture f;
    sim_node a, b;
    start(&f, &a, &b);
    fixture_fault_at(&f, SEC, FAULT_PAUSE, b, ALL, 0, 0);
    for (uint32_t i = 0; i < 5; i++)
        fixture_do(&f, 2 * SEC + i * MS, a, send_one, to_channel(b, DATAGRAM, i));
    fixture_heal_at(&f, 5 * SEC, FAULT_PAUSE, b, ALL);
    world_run(f.w, 4 * SEC);
    assert_int_equal(messages(&f, b), 0);
    assert_int_equal(world_measure(f.w, "inbox", b, ALL), 5);
    assert_true(world_node_paused(f.w, b));
    world_run(f.w, 10 * SEC);
    for (uint32_t i = 0; i < 5; i++) {
        assert_int_equal(seen_nth(&f, b, SIM_MESSAGE, i)->t,
                         5 * SEC); /* and its clocks are read then */
        assert_int_equal(seen_nth(&f, b, SIM_MESSAGE, i)->event.message.type, i);
    }
    finish(&f);
}

static void a_node_that_is_paused_twice_resumes_when_both_have_ended(void **state) {
    (void)state;
    struct fixture f;
    sim_node a, b;
    start(&f, &a, &b);
    world_run(f.w, SEC);
    const size_t one = fixture_fault(&f, FAULT_PAUSE, a, ALL, 0, 0),
                 two = fixture_fault(&f, FAULT_PAUSE, a, ALL, 0, 0);
    assert_true(world_heal_one(f.w, one));
    assert_true(world_node_paused(f.w, a));
    assert_true(world_heal_one(f.w, two));
    assert_false(world_node_paused(f.w, a));
    finish(&f);
}

static void a_crash_ends_a_pause_and_the_next_life_is_not_paused(void **state) {
    (void)state;
    struct fixture f;
    sim_node a, b;
    start(&f, &a, &b);
    fixture_fault_at(&f, SEC, FAULT_PAUSE, b, ALL, 0, 0);
    fixture_do(&f, SEC + MS, a, send_one, to_channel(b, DATAGRAM, 1)); /* dies in the inbox */
    fixture_fault_at(&f, 2 * SEC, FAULT_CRASH, b, ALL, 0, 0);
    fixture_fault_at(&f, 3 * SEC, FAULT_RESTART, b, ALL, 0, 0);
    fixture_fault_at(&f, 4 * SEC, FAULT_PAUSE, b, ALL, 0, 0);
    world_run(f.w, 5 * SEC);
    assert_false(world_heal_one(f.w, 0)); /* it had ended */
    assert_true(world_node_paused(f.w, b));
    assert_true(world_heal_one(f.w, 3));
    assert_false(world_node_paused(f.w, b));
    assert_int_equal(messages(&f, b), 0);
    assert_int_equal(record_count(&f, RECORD_DROP, "crash"), 1);
    finish(&f);
}

static void paused_and_busy_at_once_waits_for_both(void **state) {
    (void)state;
    struct fixture f;
    sim_node a, b;
    start(&f, &a, &b);
    fixture_do(&f, SEC, b, be_busy, 100 * MS);
    fixture_fault_at(&f, SEC + 50 * MS, FAULT_PAUSE, b, ALL, 0, 0);
    fixture_do(&f, SEC + 60 * MS, a, send_one, to_channel(b, DATAGRAM, 1));
    fixture_heal_at(&f, 2 * SEC, FAULT_PAUSE, b, ALL);
    world_run(f.w, 10 * SEC);
    assert_int_equal(seen_nth(&f, b, SIM_MESSAGE, 0)->t, 2 * SEC + 50 * MS);
    finish(&f);
}

static void what_was_meant_for_an_earlier_life_is_not_handled_by_the_next(void **state) {
    (void)state;
    struct fixture f;
    sim_node a, b;
    start(&f, &a, &b);
    fixture_do(&f, SEC, a, be_busy, SEC);
    fixture_fault_at(&f, SEC + 100 * MS, FAULT_CRASH, a, ALL, 0, 0);
    fixture_fault_at(&f, SEC + 200 * MS, FAULT_RESTART, a, ALL, 0, 0);
    fixture_do(&f, SEC + 300 * MS, a, send_one,
               to_channel(b, DATAGRAM, 1)); /* it is not busy any more */
    world_run(f.w, 10 * SEC);
    assert_int_equal(seen_nth(&f, b, SIM_MESSAGE, 0)->t, SEC + 301 * MS);
    finish(&f);
}

static void halt_then_send(struct fixture *f, const struct sim_event *e, struct sim_out *out,
                           int64_t arg) {
    char reason[16];
    snprintf(reason, sizeof reason, "PANIC %d", 42); /* lives no longer than the step */
    send_one(f, e, out, arg);
    sim_halt(out, reason);
    memset(reason, 'x', sizeof reason - 1);
    send_one(f, e, out, arg + 1);
    sim_busy(out, MS);
}

static void a_halt_ends_the_process_with_its_reason_and_drops_what_follows(void **state) {
    (void)state;
    struct fixture f;
    sim_node a, b;
    start(&f, &a, &b);
    fixture_do(&f, SEC, a, halt_then_send, to_channel(b, DATAGRAM, 1));
    world_run(f.w, 10 * SEC);
    assert_int_equal(messages(&f, b), 1);
    assert_int_equal(record_count(&f, RECORD_CRASH, "PANIC 42"), 1);
    assert_false(world_node_up(f.w, a));
    finish(&f);
}

/* ---- replies ---- */

struct answered {
    struct fixture *f;
    sim_node victim, other;
    size_t times;
};

static void crash_who_answers(struct world *w, void *context, bool ok, struct sim_bytes bytes) {
    struct answered *x = context;
    (void)w;
    assert_true(ok);
    assert_int_equal(bytes.size, 0);
    x->times++;
    fixture_fault(x->f, FAULT_CRASH, x->victim, ALL, 0, 0);
    fixture_fault(x->f, FAULT_RESTART, x->other, ALL, 0, 0); /* whose START runs here and now */
}

static void reply_and_send(struct fixture *f, const struct sim_event *e, struct sim_out *out,
                           int64_t arg) {
    (void)e;
    (void)f;
    sim_send(out, (struct sim_message){.peer = (sim_node)arg, .type = 7});
}

static void send_at_start(struct fixture *f, sim_node self, const struct sim_event *e,
                          struct sim_out *out) {
    (void)f;
    if (e->kind == SIM_START)
        for (uint32_t i = 0; i < 50; i++)
            sim_send(out, (struct sim_message){.peer = self ^ 1, .type = 100 + i});
}

static void command(struct fixture *f, sim_node node, fixture_action *action, int64_t arg,
                    world_reply *reply, void *context) {
    struct fixture_act *act = must_calloc(1, sizeof *act);
    *act = (struct fixture_act){f, node, action, arg};
    struct knob_setting which = {.name = "act", .value.number = (int64_t)f->act_count};
    f->acts[f->act_count++] = act;
    struct text error = {0};
    assert_true(world_command(f->w, node, 0, &which, 1, reply, context, &error));
    text_free(&error);
}

/* The action's own send comes after the reply in its list of effects. */
static void a_reply_may_crash_its_sender_and_start_another_and_only_the_senders_effects_die(
    void **state) {
    (void)state;
    struct fixture f;
    sim_node a, b;
    start(&f, &a, &b);
    f.step[b] = send_at_start;
    world_run(f.w, SEC);
    const size_t before = messages(&f, a);
    fixture_fault(&f, FAULT_CRASH, b, ALL, 0, 0);
    struct answered x = {&f, a, b, 0};
    command(&f, a, reply_and_send, b, crash_who_answers, &x);
    fixture_fault_at(&f, SEC + MS / 2, FAULT_RESTART, a, ALL, 0, 0);
    world_run(f.w, 10 * SEC);
    assert_int_equal(x.times, 1);
    assert_int_equal(messages(&f, b), 0); /* its send died with it */
    assert_int_equal(messages(&f, a), before + 50);
    finish(&f);
}

static void start_the_other(struct world *w, void *context, bool ok, struct sim_bytes bytes) {
    struct answered *x = context;
    (void)w;
    (void)ok;
    (void)bytes;
    x->times++;
    fixture_fault(x->f, FAULT_RESTART, x->other, ALL, 0, 0);
}

static void a_reply_that_starts_another_node_leaves_the_rest_of_the_effects_whole(void **state) {
    (void)state;
    struct fixture f;
    sim_node a, b;
    start(&f, &a, &b);
    f.step[b] = send_at_start;
    world_run(f.w, SEC);
    const size_t before = messages(&f, a);
    fixture_fault(&f, FAULT_CRASH, b, ALL, 0, 0);
    struct answered x = {&f, a, b, 0};
    command(&f, a, reply_and_send, b, start_the_other, &x);
    world_run(f.w, 10 * SEC);
    assert_int_equal(messages(&f, b), 1);
    assert_int_equal(seen_nth(&f, b, SIM_MESSAGE, 0)->event.message.type, 7);
    assert_int_equal(messages(&f, a), before + 50);
    finish(&f);
}

static void guess(struct fixture *f, const struct sim_event *e, struct sim_out *out, int64_t arg) {
    (void)f;
    (void)arg;
    sim_reply(out, e->command.request, true, (struct sim_bytes){NULL, 0}); /* twice, */
    sim_reply(out, e->command.request + 1, true,
              (struct sim_bytes){NULL, 0}); /* and one not asked yet */
}

static void only_what_was_asked_can_be_answered_and_once(void **state) {
    (void)state;
    struct fixture f;
    sim_node a, b;
    start(&f, &a, &b);
    world_run(f.w, SEC);
    struct answered x = {&f, a, a, 0};
    command(&f, a, guess, 0, start_the_other, &x);
    command(&f, a, reply_and_send, b, start_the_other, &x);
    world_run(f.w, 10 * SEC);
    assert_int_equal(x.times, 2);
    assert_int_equal(messages(&f, b), 1);
    finish(&f);
}

static void a_command_dies_with_the_node_that_was_asked(void **state) {
    (void)state;
    struct fixture f;
    sim_node a, b;
    start(&f, &a, &b);
    world_run(f.w, SEC);
    fixture_fault(&f, FAULT_PAUSE, a, ALL, 0, 0);
    struct answered x = {&f, a, a, 0};
    command(&f, a, reply_and_send, b, start_the_other, &x);
    world_run(f.w, 2 * SEC);                                /* it is in the inbox */
    command(&f, a, reply_and_send, b, start_the_other, &x); /* and one on its way */
    fixture_fault(&f, FAULT_CRASH, a, ALL, 0, 0);
    fixture_fault(&f, FAULT_RESTART, a, ALL, 0, 0);
    world_run(f.w, 10 * SEC);
    assert_int_equal(x.times, 0);
    assert_int_equal(messages(&f, b), 0);
    struct text error = {0};
    fixture_fault(&f, FAULT_CRASH, a, ALL, 0, 0);
    assert_false(world_command(f.w, a, 0, NULL, 0, NULL, NULL, &error));
    assert_non_null(strstr(text_string(&error), "down"));
    text_free(&error);
    finish(&f);
}

static void nodes_and_hosts_can_be_added_while_the_world_runs(void **state) {
    (void)state;
    struct fixture f;
    sim_node a, b;
    start(&f, &a, &b);
    for (int i = 0; i < 40; i++) {
        world_run(f.w, (i + 1) * MS);
        char name[16];
        snprintf(name, sizeof name, "more%d", i);
        const sim_node c = fixture_node(&f, name, NULL);
        fixture_do(&f, (i + 1) * MS + MS / 2, a, send_one, to_channel(c, DATAGRAM, 1));
    }
    world_run(f.w, SEC);
    for (sim_node c = 2; c < 42; c++) assert_true(messages(&f, c) > 0);
    finish(&f);
}

static void what_is_wrong_with_a_node_is_said_in_words(void **state) {
    (void)state;
    struct fixture f;
    sim_node a, b;
    start(&f, &a, &b);
    struct text error = {0};
    const struct knob_setting knob = {.name = "no_such"};
    const char *const bugs[] = {"no_bug", NULL};
    const struct node_options taken = {.name = "a", .model = &f.model},
                              knobs = {.name = "c",
                                       .model = &f.model,
                                       .knobs = &knob,
                                       .knob_count = 1},
                              bug = {.name = "c", .model = &f.model, .bugs = bugs};
    assert_int_equal(world_add_node(f.w, &taken, &error), SIM_NOBODY);
    assert_non_null(strstr(text_string(&error), "\"a\""));
    text_clear(&error);
    assert_int_equal(world_add_node(f.w, &knobs, &error), SIM_NOBODY);
    assert_non_null(strstr(text_string(&error), "no_such"));
    text_clear(&error);
    assert_int_equal(world_add_node(f.w, &bug, &error), SIM_NOBODY);
    assert_non_null(strstr(text_string(&error), "no_bug"));
    text_free(&error);
    assert_int_equal(world_nodes(f.w), 2);
    finish(&f);
}

static void send_a_body(struct fixture *f, const struct sim_event *e, struct sim_out *out,
                        int64_t arg) {
    (void)f;
    (void)e;
    sim_send(out,
             (struct sim_message){.peer = (sim_node)arg, .body = {(const uint8_t *)"body", 4}});
}

/* A model that keeps a pointer to what was its own for the step alone is caught when it uses it. */
static void what_belongs_to_a_step_is_poisoned_after_it_under_a_sanitizer(void **state) {
    (void)state;
#if !defined(HAS_ADDRESS_SANITIZER)
    (void)send_a_body;
    skip();
#else
    struct fixture f;
    sim_node a, b;
    start(&f, &a, &b);
    fixture_do(&f, SEC, a, send_a_body, b);
    world_run(f.w, 2 * SEC);
    const struct seen *seen = seen_nth(&f, b, SIM_MESSAGE, 0);
    assert_memory_equal(seen->bytes, "body", 4);
    assert_true(__asan_address_is_poisoned(seen->event.message.body.data));
    assert_true(__asan_address_is_poisoned(f.w->out->effects));
    assert_true(__asan_address_is_poisoned(f.w->out->bytes));
    finish(&f);
#endif
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_node_starts_at_its_time_and_an_off_one_when_it_is_restarted),
        cmocka_unit_test(a_node_that_was_restarted_and_died_before_its_time_does_not_rise_at_it),
        cmocka_unit_test(restarting_a_node_that_runs_changes_nothing),
        cmocka_unit_test(a_power_loss_takes_every_node_of_the_host_and_a_restart_brings_back_one),
        cmocka_unit_test(a_paused_node_handles_what_came_in_order_when_it_resumes),
        cmocka_unit_test(a_node_that_is_paused_twice_resumes_when_both_have_ended),
        cmocka_unit_test(a_crash_ends_a_pause_and_the_next_life_is_not_paused),
        cmocka_unit_test(paused_and_busy_at_once_waits_for_both),
        cmocka_unit_test(what_was_meant_for_an_earlier_life_is_not_handled_by_the_next),
        cmocka_unit_test(a_halt_ends_the_process_with_its_reason_and_drops_what_follows),
        cmocka_unit_test(
            a_reply_may_crash_its_sender_and_start_another_and_only_the_senders_effects_die),
        cmocka_unit_test(a_reply_that_starts_another_node_leaves_the_rest_of_the_effects_whole),
        cmocka_unit_test(only_what_was_asked_can_be_answered_and_once),
        cmocka_unit_test(a_command_dies_with_the_node_that_was_asked),
        cmocka_unit_test(nodes_and_hosts_can_be_added_while_the_world_runs),
        cmocka_unit_test(what_is_wrong_with_a_node_is_said_in_words),
        cmocka_unit_test(what_belongs_to_a_step_is_poisoned_after_it_under_a_sanitizer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
