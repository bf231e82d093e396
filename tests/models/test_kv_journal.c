/* What consensus stands on: the key-value state machine with sessions, and the journal. */
#include "models_fixture.h"

#include "parts/journal.h"
#include "parts/kv.h"

/* ---- kv ---- */

static struct memory *memory;
static int begin(void **state) {
    (void)state;
    memory = memory_create("test", 0);
    return 0;
}
static int end(void **state) {
    (void)state;
    memory_destroy(memory);
    return 0;
}

static struct client_response apply(struct kv *kv, int64_t index, struct client_request q) {
    uint8_t bytes[CLIENT_REQUEST_BYTES];
    if (q.attempt == 0) q.attempt = 1;
    return kv_apply(kv, index, client_request_write(&q, bytes));
}
static struct client_request update(int64_t session, int64_t request, int64_t key, int64_t value) {
    return (struct client_request){.request = request,
                                   .session = session,
                                   .operation = CLIENT_UPDATE,
                                   .key = key,
                                   .value = value,
                                   .value_bytes = 10};
}
static int64_t value_of(const struct kv *kv, int64_t key) {
    const struct client_request q = {.operation = CLIENT_READ, .key = key};
    return kv_read(kv, &q).value;
}

static void commands_are_carried_out_in_order(void **state) {
    struct kv kv;
    kv_begin(&kv, memory, 100);
    assert_int_equal(apply(&kv, 1, update(7, 1, 5, 50)).status, CLIENT_OK);
    struct client_request rmw = update(7, 2, 5, 60);
    rmw.operation = CLIENT_READ_MODIFY_WRITE;
    const struct client_response a = apply(&kv, 2, rmw);
    assert_int_equal(a.value, 50);
    assert_int_equal(a.version, 2);
    assert_int_equal(value_of(&kv, 5), 60);
    assert_true(value_of(&kv, 6) == SIM_NONE);
    const struct client_request scan = {.operation = CLIENT_SCAN, .key = 0, .length = 10};
    assert_int_equal(kv_read(&kv, &scan).value, 1);
}

static void a_command_that_comes_again_changes_nothing_and_is_told_the_same(void **state) {
    struct kv kv;
    kv_begin(&kv, memory, 100);
    apply(&kv, 1, update(7, 1, 5, 50));
    struct client_request rmw = update(7, 2, 5, 60);
    rmw.operation = CLIENT_READ_MODIFY_WRITE;
    apply(&kv, 2, rmw);
    apply(&kv, 3, update(8, 9, 5, 70)); /* somebody else's meanwhile */
    rmw.attempt = 2;
    const struct client_response again = apply(&kv, 4, rmw);
    assert_int_equal(again.status, CLIENT_OK);
    assert_int_equal(again.value, 50);
    assert_int_equal(again.version, 2);
    assert_int_equal(value_of(&kv, 5), 70);
    assert_int_equal(apply(&kv, 5, update(7, 1, 5, 50)).status, CLIENT_UNKNOWN); /* long past */
    assert_int_equal(value_of(&kv, 5), 70);
    assert_int_equal(kv.repeated, 2);
}

static void the_session_used_longest_ago_is_forgotten_and_nothing_is_done_twice(void **state) {
    struct kv kv;
    kv_begin(&kv, memory, 2);
    apply(&kv, 1, update(1, 1, 5, 10));
    apply(&kv, 2, update(2, 1, 5, 20));
    apply(&kv, 3, update(1, 2, 5, 30));
    apply(&kv, 4, update(3, 1, 5, 40)); /* 2 goes: 1 was used since */
    assert_int_equal(kv.forgotten, 1);
    struct client_request again = update(2, 1, 5, 20);
    again.attempt = 2;
    assert_int_equal(apply(&kv, 5, again).status, CLIENT_UNKNOWN);
    assert_int_equal(value_of(&kv, 5), 40);
    for (int64_t i = 0; i < 1000; i++) apply(&kv, 6 + i, update(100 + i, 1, 5, i));
    assert_int_equal(kv.session_count, 2);
    assert_true(kv.session_of.count < 200); /* nor does the map of them grow */
    for (int64_t i = 0; i < 998; i++) {     /* and no session that is gone stands for another */
        const int64_t *place = key_map_find(&kv.session_of, 100 + i);
        assert_true(!place || *place == 0);
    }
}

static void what_is_saved_and_loaded_is_the_same_to_the_byte(void **state) {
    struct kv one, two;
    kv_begin(&one, memory, 10);
    kv_begin(&two, memory, 10);
    for (int64_t i = 1; i <= 500; i++) apply(&one, i, update(i % 17, i, i % 40, i));
    struct writer saved = writer_growing(), again = writer_growing();
    kv_save(&one, true, &saved);
    assert_true(kv_load(&two, (struct sim_bytes){saved.data, saved.size}));
    for (int64_t i = 501; i <= 600; i++) {
        apply(&one, i, update(i % 23, i, i % 40, i));
        apply(&two, i, update(i % 23, i, i % 40, i));
    }
    saved.size = 0;
    kv_save(&one, true, &saved);
    kv_save(&two, true, &again);
    assert_int_equal(saved.size, again.size);
    assert_memory_equal(saved.data, again.data, saved.size);
    assert_int_equal(kv_weight(&one), kv_weight(&two));
    for (size_t size = 0; size < saved.size; size++)
        assert_false(kv_load(&two, (struct sim_bytes){saved.data, size}));
    writer_free(&saved);
    writer_free(&again);
}

static void malformed_commands_change_nothing(void **state) {
    struct kv kv;
    kv_begin(&kv, memory, 10);
    assert_int_equal(kv_apply(&kv, 1, (struct sim_bytes){(const uint8_t *)"abc", 3}).status,
                     CLIENT_FAILED);
    assert_int_equal(kv.row_count + kv.session_count, 0);
}

/* ---- journal: a node that writes numbers, and knows over crashes what it was promised ---- */

enum { FILES = 16, TAGS = 16, CUT_EVERY = 37 };
struct scribe {
    struct journal journal;
    int64_t next; /* number to write */
    int64_t read; /* numbers found at the start; they must be in a row */
    int64_t base; /* where the oldest segment that is left begins */
    bool gap;
    int64_t ends[4096], drop_before, drop_at;
};
static int64_t promised, found_at_last_start, starts, corrupt; /* of the test, beyond crashes */

static void *scribe_init(const struct sim_config *config, struct text *refusal) {
    (void)refusal;
    struct scribe *s = memory_take(config->memory, sizeof *s);
    journal_begin(&s->journal, config->memory, FILES, TAGS);
    return s;
}
static void read_number(void *context, int64_t segment, struct sim_bytes payload) {
    struct scribe *s = context;
    struct reader r = reader_over(payload.data, payload.size);
    const int64_t number = get_i64(&r);
    (void)segment;
    if (s->read == 0) s->base = number - 1, s->read = number - 1;
    if (number != s->read + 1) s->gap = true;
    s->read = number;
}
static void ready(struct scribe *s, const struct sim_event *e, struct sim_out *out) {
    starts++;
    found_at_last_start = s->read;
    assert_false(s->gap);
    assert_true(s->read >= promised);
    s->next = s->read + 1;
    sim_arm(out, 1, e->now.mono_ns + 100000);
}
static void write_some(struct scribe *s, const struct sim_event *e, struct sim_out *out) {
    for (int64_t more = draw_below(e->random, 4); more > 0; more--) {
        uint8_t bytes[40] = {0};
        struct writer w = writer_over(bytes, sizeof bytes);
        put_i64(&w, s->next);
        s->ends[s->next % 4096] = journal_put(&s->journal, bytes, sizeof bytes, 0);
        if (s->next++ % CUT_EVERY == 0) {
            s->drop_before = journal_cut(&s->journal, out) - 2; /* the last three stay */
            s->drop_at = s->journal.put + 1;
        }
    }
    journal_flush(&s->journal, out);
    sim_arm(out, 1, e->now.mono_ns + 100000 + draw_below(e->random, 900000));
}
static void scribe_step(void *state, const struct sim_event *e, struct sim_out *out) {
    struct scribe *s = state;
    if (e->kind == SIM_START && journal_start(&s->journal, e, out)) ready(s, e, out);
    if (e->kind == SIM_TIMER) write_some(s, e, out);
    if (e->kind != SIM_DISK) return;
    const enum journal_news news = journal_answered(&s->journal, &e->disk, read_number, s, out);
    if (news == JOURNAL_FAILED) {
        corrupt++;
        sim_halt(out, s->journal.failure);
    }
    if (news == JOURNAL_READ) ready(s, e, out);
    if (news != JOURNAL_SYNCED) return;
    for (int64_t n = s->next - 1; n > promised && n > s->read; n--)
        if (s->ends[n % 4096] <= s->journal.synced) {
            promised = n;
            break;
        }
    if (s->drop_at > 0 && s->journal.synced >= s->drop_at) {
        journal_drop(&s->journal, s->drop_before, out);
        s->drop_at = 0;
    }
}
static const struct sim_model scribe_model = {
    .name = "scribe", .summary = "writes numbers", .init = scribe_init, .step = scribe_step};

static sim_node add_scribe(struct fixture *f, enum disk_crash crash) {
    promised = found_at_last_start = starts = corrupt = 0;
    return fixture_node_on_disk(f, &scribe_model, crash);
}

static void what_was_durable_is_there_after_any_crash(void **state) {
    int64_t all = 0;
    for (uint64_t seed = 1; seed <= 60; seed++) {
        struct fixture f;
        fixture_begin(&f, seed);
        struct random random = {.key = seed};
        const sim_node node = add_scribe(&f, (enum disk_crash)(seed % 3));
        int64_t ms = 0;
        for (int i = 0; i < 12; i++) {
            const int64_t lasts = 1 + draw_below(&random, 90);
            const bool power = draw_chance(&random, 700000000);
            run_to(&f, ms += lasts);
            fault(&f, FAULT_CRASH, node, SIM_NOBODY, power);
            restart(&f, node);
        }
        run_to(&f, ms + 100);
        assert_int_equal(corrupt, 0);
        assert_true(starts > 6);
        all += promised;
        fixture_end(&f);
    }
    assert_true(all > 60 * 300);
}

static void a_corrupt_record_before_the_end_is_told_of(void **state) {
    struct fixture f;
    fixture_begin(&f, 5);
    const sim_node node = add_scribe(&f, DISK_LOSES_ALL);
    run_to(&f, 300);
    fault(&f, FAULT_CRASH, node, SIM_NOBODY, 1);
    for (int64_t file = FILES + 1; file < FILES + 30; file++)
        world_fault(f.world, &(struct fault){FAULT_BIT_ROT, node, SIM_NOBODY, 8, file}, false);
    restart(&f, node);
    run_to(&f, 400);
    assert_int_equal(corrupt, 1);
    assert_false(world_node_up(f.world, node));
    fixture_end(&f);
}

static void a_disk_that_fails_or_fills_ends_it(void **state) {
    static const enum fault_kind kinds[] = {FAULT_SYNC_FAILS, FAULT_WRITE_FAILS, FAULT_DISK_FULL};
    for (size_t i = 0; i < 3; i++) {
        struct fixture f;
        fixture_begin(&f, 6);
        const sim_node node = add_scribe(&f, DISK_LOSES_ALL);
        run_to(&f, 50);
        fault(&f, kinds[i], node, SIM_NOBODY, 1);
        run_to(&f, 100);
        assert_int_equal(corrupt, 1);
        assert_false(world_node_up(f.world, node));
        heal(&f);
        restart(&f, node);
        run_to(&f, 150);
        if (!world_node_up(f.world, node)) { /* one more sync tells of a write that failed */
            restart(&f, node);
            run_to(&f, 200);
        }
        assert_true(world_node_up(f.world, node));
        fixture_end(&f);
    }
}

int main(void) {
    const struct CMUnitTest kv_tests[] = {
        cmocka_unit_test_setup_teardown(commands_are_carried_out_in_order, begin, end),
        cmocka_unit_test_setup_teardown(
            a_command_that_comes_again_changes_nothing_and_is_told_the_same, begin, end),
        cmocka_unit_test_setup_teardown(
            the_session_used_longest_ago_is_forgotten_and_nothing_is_done_twice, begin, end),
        cmocka_unit_test_setup_teardown(what_is_saved_and_loaded_is_the_same_to_the_byte, begin,
                                        end),
        cmocka_unit_test_setup_teardown(malformed_commands_change_nothing, begin, end),
    };
    const struct CMUnitTest journal_tests[] = {
        cmocka_unit_test(what_was_durable_is_there_after_any_crash),
        cmocka_unit_test(a_corrupt_record_before_the_end_is_told_of),
        cmocka_unit_test(a_disk_that_fails_or_fills_ends_it),
    };
    return cmocka_run_group_tests(kv_tests, NULL, NULL) +
           cmocka_run_group_tests(journal_tests, NULL, NULL);
}
