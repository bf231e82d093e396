/* Storms: what is drawn keeps to what was asked for, and one kind moves no other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "explore/chaos.h"

#define SEC INT64_C(1000000000)
enum { NODES = 5, SEEDS = 300 };
static const sim_node nodes[NODES] = {3, 4, 5, 6, 7};

static struct chaos_request request_of(const char *const *kinds, int64_t rate) {
    struct chaos_request request = {.name = "",
                                    .from_ns = 2 * SEC,
                                    .to_ns = 32 * SEC,
                                    .nodes = nodes,
                                    .node_count = NODES,
                                    .down_max = 2};
    for (size_t k = 0; k < CHAOS_KINDS; k++) {
        request.kinds[k].lasts = (struct distribution){.kind = DISTRIBUTION_UNIFORM,
                                                       .a = chaos_kinds[k].lasts_low,
                                                       .b = chaos_kinds[k].lasts_high};
        request.kinds[k].low = chaos_kinds[k].low;
        request.kinds[k].high = chaos_kinds[k].high;
        for (size_t i = 0; kinds[i]; i++)
            if (strcmp(kinds[i], chaos_kinds[k].name) == 0) request.kinds[k].rate = rate;
    }
    return request;
}
static const char **all_kinds(void) {
    static const char *names[CHAOS_KINDS + 1];
    for (size_t k = 0; k < CHAOS_KINDS; k++) names[k] = chaos_kinds[k].name;
    return names;
}

static void a_storm_is_in_order_and_within_its_time_and_over_at_its_end(void **state) {
    (void)state;
    const struct chaos_request request = request_of(all_kinds(), 1000);
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        struct fault_plan plan = {0};
        chaos_plan(&request, seed, &plan);
        assert_true(plan.count > 0);
        int down[8] = {0};
        for (size_t i = 0; i < plan.count; i++) {
            const struct planned_fault *p = &plan.faults[i];
            if (i) assert_true(p->t >= plan.faults[i - 1].t);
            assert_true(p->t >= 2 * SEC && p->t <= 32 * SEC);
            assert_true(p->until_ns == INT64_MAX ||
                        (p->until_ns > p->t && p->until_ns <= 32 * SEC));
            if (p->fault.kind == FAULT_CRASH) down[p->fault.a]++;
            if (p->fault.kind == FAULT_RESTART) down[p->fault.a]--;
            /* what lasts, other than death, says when it ends */
            const bool once = p->fault.kind == FAULT_CRASH || p->fault.kind == FAULT_RESTART ||
                              p->fault.kind == FAULT_BIT_ROT || p->fault.kind == FAULT_DISK_LOST ||
                              p->fault.kind == FAULT_CLOCK_JUMP;
            assert_int_equal(once, p->until_ns == INT64_MAX);
        }
        for (int i = 0; i < 8; i++) assert_int_equal(down[i], 0);
        plan_free(&plan);
    }
}

static void no_more_are_away_at_once_than_may_be(void **state) {
    (void)state;
    static const char *const kinds[] = {"crash", "kill", "pause", NULL};
    struct chaos_request request = request_of(kinds, 2000); /* each twice a second */
    size_t most_ever = 0;
    for (size_t most = 0; most <= NODES; most++) {
        request.down_max = most;
        for (uint64_t seed = 0; seed < SEEDS / 10; seed++) {
            struct fault_plan plan = {0};
            chaos_plan(&request, seed, &plan);
            int64_t until[8] = {0};
            for (size_t i = 0; i < plan.count; i++) {
                const struct planned_fault *p = &plan.faults[i];
                if (p->fault.kind == FAULT_CRASH) until[p->fault.a] = INT64_MAX;
                if (p->fault.kind == FAULT_RESTART) until[p->fault.a] = 0;
                if (p->fault.kind == FAULT_PAUSE) until[p->fault.a] = p->until_ns;
                size_t away = 0;
                for (int k = 0; k < 8; k++) away += until[k] > p->t;
                assert_true(away <= most);
                if (away > most_ever) most_ever = away;
            }
            assert_int_equal(plan.count == 0, most == 0);
            plan_free(&plan);
        }
    }
    assert_true(most_ever >= 3); /* the bound was met, not only kept */
}

static bool has(const struct fault_plan *plan, const struct planned_fault *p) {
    for (size_t i = 0; i < plan->count; i++) {
        const struct planned_fault *q = &plan->faults[i];
        if (q->t == p->t && q->until_ns == p->until_ns && q->fault.kind == p->fault.kind &&
            q->fault.a == p->fault.a && q->fault.b == p->fault.b && q->fault.x == p->fault.x)
            return true;
    }
    return false;
}

static void another_kind_moves_nothing_and_another_seed_everything(void **state) {
    (void)state;
    static const char *const few[] = {"cut", "loss", "disk_slow", NULL};
    static const char *const more[] = {"cut", "loss", "disk_slow", "delay", "clock_jump", NULL};
    const struct chaos_request one = request_of(few, 1000), two = request_of(more, 1000);
    for (uint64_t seed = 0; seed < SEEDS / 10; seed++) {
        struct fault_plan a = {0}, b = {0}, c = {0};
        chaos_plan(&one, seed, &a);
        chaos_plan(&two, seed, &b);
        chaos_plan(&one, seed + 1000, &c);
        assert_true(b.count > a.count);
        for (size_t i = 0; i < a.count; i++) {
            assert_true(has(&b, &a.faults[i]));
            assert_false(has(&c, &a.faults[i]));
        }
        plan_free(&a);
        plan_free(&b);
        plan_free(&c);
    }
}

static void as_many_strike_as_the_rate_says(void **state) {
    (void)state;
    static const char *const kinds[] = {"clock_jump", NULL};
    const struct chaos_request request = request_of(kinds, 500); /* 0.5/s for 30 s: 15 */
    size_t count = 0;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        struct fault_plan plan = {0};
        chaos_plan(&request, seed, &plan);
        count += plan.count;
        plan_free(&plan);
    }
    /* Poisson: 4500, and five standard deviations of sqrt(4500) */
    assert_in_range(count, 4500 - 335, 4500 + 335);
}

static void a_partition_has_two_sides_and_cuts_all_between_them_both_ways(void **state) {
    (void)state;
    static const char *const kinds[] = {"partition", NULL};
    const struct chaos_request request = request_of(kinds, 200);
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        struct fault_plan plan = {0};
        chaos_plan(&request, seed, &plan);
        for (size_t i = 0; i < plan.count;) {
            size_t n = 0;
            while (i + n < plan.count && plan.faults[i + n].t == plan.faults[i].t) n++;
            assert_true(n == 2 * 1 * 4 || n == 2 * 2 * 3); /* of five: 1 and 4, or 2 and 3 */
            i += n;
        }
        plan_free(&plan);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_storm_is_in_order_and_within_its_time_and_over_at_its_end),
        cmocka_unit_test(no_more_are_away_at_once_than_may_be),
        cmocka_unit_test(another_kind_moves_nothing_and_another_seed_everything),
        cmocka_unit_test(as_many_strike_as_the_rate_says),
        cmocka_unit_test(a_partition_has_two_sides_and_cuts_all_between_them_both_ways),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
