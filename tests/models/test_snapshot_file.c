/* A file that is always whole, under every crash that a disk may have. */
#include "models_fixture.h"

#include "base/memory.h"
#include "parts/snapshot_file.h"

enum { FILE_SNAPSHOT = 5, TAG_SNAPSHOT = 20, SIZE = 3000 };

/* Writes numbers, a file full of each, one after the other; what was told to be stored is promised.
 */
static int64_t promised, found, starts, halves, failures;

struct keeper {
    struct memory *memory;
    struct snapshot_file file;
    int64_t number;
};

static void *keeper_init(const struct sim_config *config, struct text *refusal) {
    struct keeper *k = memory_take(config->memory, sizeof *k);
    (void)refusal;
    k->memory = config->memory;
    snapshot_file_begin(&k->file, FILE_SNAPSHOT, TAG_SNAPSHOT);
    return k;
}
static void write_next(struct keeper *k, struct sim_out *out) {
    int64_t numbers[SIZE];
    k->number++;
    for (size_t i = 0; i < SIZE; i++) numbers[i] = k->number;
    snapshot_file_write(&k->file, (struct sim_bytes){(const uint8_t *)numbers, sizeof numbers}, 0,
                        out);
}
static void ready(struct keeper *k, int64_t number, struct sim_out *out) {
    starts++;
    found = number;
    k->number = number;
    write_next(k, out);
}
static int64_t number_in(struct sim_bytes bytes) {
    const int64_t *numbers = (const int64_t *)(const void *)bytes.data;
    if (bytes.size != SIZE * sizeof *numbers) return SIM_NONE;
    for (size_t i = 1; i < SIZE; i++)
        if (numbers[i] != numbers[0]) return SIM_NONE;
    return numbers[0];
}
static void keeper_step(void *state, const struct sim_event *e, struct sim_out *out) {
    struct keeper *k = state;
    if (e->kind == SIM_START && !snapshot_file_start(&k->file, e, out)) ready(k, 0, out);
    if (e->kind != SIM_DISK || !snapshot_file_owns(&k->file, &e->disk)) return;
    switch (snapshot_file_answered(&k->file, &e->disk, out)) {
    case SNAPSHOT_FILE_NOTHING: return;
    case SNAPSHOT_FILE_READ:
        halves += number_in(e->disk.bytes) == SIM_NONE;
        ready(k, number_in(e->disk.bytes), out);
        return;
    case SNAPSHOT_FILE_STORED:
        promised = k->number;
        write_next(k, out);
        return;
    case SNAPSHOT_FILE_FAILED:
        failures++;
        sim_halt(out, k->file.failure);
        return;
    }
}
static const struct sim_model keeper_model = {
    .name = "keeper", .summary = "keeps a number", .init = keeper_init, .step = keeper_step};

static sim_node add_keeper(struct fixture *f, enum disk_crash crash) {
    promised = found = starts = halves = failures = 0;
    return fixture_node_on_disk(f, &keeper_model, crash);
}

static void the_old_one_or_the_new_one_is_there_after_any_crash(void **state) {
    (void)state;
    int64_t stored = 0;
    for (uint64_t seed = 1; seed <= 60; seed++) {
        struct fixture f;
        fixture_begin(&f, seed);
        struct random random = {.key = seed};
        const sim_node node = add_keeper(&f, (enum disk_crash)(seed % 3));
        int64_t ms = 0;
        for (int i = 0; i < 20; i++) {
            const bool power = draw_chance(&random, 700000000);
            run_to(&f, ms += 1 + draw_below(&random, 30));
            fault(&f, FAULT_CRASH, node, SIM_NOBODY, power);
            const int64_t before = promised;
            restart(&f, node);
            run_to(&f, ms += 5);
            assert_true(found >= before);
        }
        assert_int_equal(halves, 0);
        assert_true(starts > 10);
        stored += promised;
        fixture_end(&f);
    }
    assert_true(stored > 60 * 20);
}

static void a_disk_that_fails_or_fills_ends_it(void **state) {
    (void)state;
    static const enum fault_kind kinds[] = {FAULT_SYNC_FAILS, FAULT_WRITE_FAILS, FAULT_DISK_FULL};
    for (size_t i = 0; i < 3; i++) {
        struct fixture f;
        fixture_begin(&f, 6);
        const sim_node node = add_keeper(&f, DISK_LOSES_ALL);
        run_to(&f, 50);
        const int64_t before = promised;
        fault(&f, kinds[i], node, SIM_NOBODY, 1);
        run_to(&f, 100);
        assert_int_equal(failures, 1);
        assert_false(world_node_up(f.world, node));
        heal(&f);
        restart(&f, node);
        run_to(&f, 150);
        assert_true(found >= before && halves == 0);
        fixture_end(&f);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_old_one_or_the_new_one_is_there_after_any_crash),
        cmocka_unit_test(a_disk_that_fails_or_fills_ends_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
