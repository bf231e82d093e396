/* Disks: order, durability, what a power loss leaves, errors, and the space that is accounted. */
#include <stdio.h>

#include "world/fixture.h"
#include "world/volume.h"

#define ALL SIM_NOBODY
enum { KB = 1024 };

/* One operation, kept by the test and named by its index. */
static struct sim_disk ops[512];
static size_t op_count;

static void issue(struct fixture *f, const struct sim_event *e, struct sim_out *out, int64_t arg) {
    (void)f;
    (void)e;
    sim_disk(out, ops[arg]);
}
static int64_t op(struct sim_disk disk) {
    disk.tag = op_count;
    ops[op_count] = disk;
    return (int64_t)op_count++;
}
static struct sim_disk write_op(uint64_t file, int64_t offset, size_t size, uint8_t fill) {
    static uint8_t filled[256][4 * KB];
    memset(filled[fill], fill, sizeof filled[fill]);
    return (struct sim_disk){
        .op = SIM_WRITE, .file = file, .offset = offset, .bytes = {filled[fill], size}};
}
static struct sim_disk plain(enum sim_disk_op kind, uint64_t file) {
    return (struct sim_disk){.op = kind, .file = file};
}
static struct sim_disk read_op(uint64_t file, int64_t offset, int64_t size) {
    return (struct sim_disk){.op = SIM_READ, .file = file, .offset = offset, .size = size};
}
static struct sim_disk truncate_op(uint64_t file, int64_t size) {
    return (struct sim_disk){.op = SIM_TRUNCATE, .file = file, .size = size};
}
static struct sim_disk rename_op(uint64_t file, uint64_t to) {
    return (struct sim_disk){.op = SIM_RENAME, .file = file, .to_file = to};
}

struct one {
    struct fixture f;
    sim_node a;
    struct host_options host;
};
static struct fixture *start_on(struct one *o, const struct host_options *host) {
    op_count = 0;
    fixture_open(&o->f, NULL);
    o->host = *host;
    o->a = fixture_node_on(&o->f, "a", world_add_host(o->f.w, host), NULL);
    return &o->f;
}
static struct fixture *start(struct one *o) {
    const struct host_options host = fixture_host();
    return start_on(o, &host);
}
static int64_t at(struct one *o, int64_t t, struct sim_disk disk) {
    const int64_t i = op(disk);
    fixture_do(&o->f, t, o->a, issue, i);
    return i;
}
static void power_cycle(struct one *o, int64_t t) {
    fixture_fault_at(&o->f, t, FAULT_CRASH, o->a, ALL, 1, 0);
    fixture_fault_at(&o->f, t + MS, FAULT_RESTART, o->a, ALL, 0, 0);
}
static void finish(struct one *o) {
    assert_no_slot_leaks(o->f.w);
    fixture_close(&o->f);
}
static const struct seen *answer(const struct fixture *f, int64_t op_index) {
    for (size_t i = 0; i < f->seen_count; i++)
        if (f->seen[i].event.kind == SIM_DISK && f->seen[i].event.disk.tag == (uint64_t)op_index)
            return &f->seen[i];
    return NULL;
}
static enum sim_disk_error error_of(const struct fixture *f, int64_t op_index) {
    const struct seen *s = answer(f, op_index);
    if (!s) fail_msg("operation %lld was never answered", (long long)op_index);
    return s->event.disk.error;
}
/* What the last START found. */
static const struct seen *last_start(const struct one *o) {
    return seen_nth(&o->f, o->a, SIM_START, seen_count(&o->f, o->a, SIM_START) - 1);
}
/* Size of a file as the process sees it now; -1: there is none. */
static int64_t size_of(const struct one *o, uint64_t file) {
    struct sim_file *files;
    const size_t count = disk_files(o->f.w, o->a, &files);
    int64_t size = -1;
    for (size_t i = 0; i < count; i++)
        if (files[i].file == file) size = files[i].size;
    free(files);
    return size;
}
/* A struct disk_volume begins with its volume. */
static const struct volume *volume_of(const struct one *o) {
    return (const struct volume *)(const void *)o->f.w->nodes[o->a].volume;
}
static int64_t used(const struct one *o) { return world_measure(o->f.w, "disk_bytes", o->a, ALL); }

static void what_is_written_is_read_and_reads_past_the_end_are_short(void **state) {
    (void)state;
    struct one o;
    struct fixture *f = start(&o);
    at(&o, 0, write_op(1, 0, 100, 7));
    at(&o, 0, write_op(1, 50, 10, 8));
    const int64_t whole = at(&o, 0, read_op(1, 0, 1000)), part = at(&o, 0, read_op(1, 55, 10));
    const int64_t past = at(&o, 0, read_op(1, 100, 10)), none = at(&o, 0, read_op(2, 0, 10));
    world_run(f->w, SEC);
    assert_int_equal(answer(f, whole)->event.disk.bytes.size, 100);
    assert_int_equal(answer(f, part)->event.disk.bytes.size, 10);
    for (int i = 0; i < 10; i++) assert_int_equal(answer(f, part)->bytes[i], i < 5 ? 8 : 7);
    assert_int_equal(answer(f, past)->event.disk.bytes.size, 0);
    assert_int_equal(error_of(f, past), SIM_OK);
    assert_int_equal(error_of(f, none), SIM_ENOENT);
    finish(&o);
}

static void an_append_says_where_it_went_and_a_hole_reads_as_zeros(void **state) {
    (void)state;
    struct one o;
    struct fixture *f = start(&o);
    const int64_t first = at(&o, 0, write_op(1, SIM_APPEND, 10, 1)),
                  second = at(&o, 0, write_op(1, SIM_APPEND, 5, 2));
    at(&o, 0, write_op(1, 30, 1, 3));
    at(&o, 0, write_op(1, 100, 0, 3)); /* nothing, which makes no hole */
    const int64_t hole = at(&o, 0, read_op(1, 14, 100));
    world_run(f->w, SEC);
    assert_int_equal(answer(f, first)->event.disk.offset, 0);
    assert_int_equal(answer(f, second)->event.disk.offset, 10);
    assert_int_equal(answer(f, hole)->event.disk.bytes.size, 17);
    assert_int_equal(answer(f, hole)->bytes[0], 2);
    for (int i = 1; i < 16; i++) assert_int_equal(answer(f, hole)->bytes[i], 0);
    assert_int_equal(answer(f, hole)->bytes[16], 3);
    finish(&o);
}

static void operations_on_one_file_are_answered_in_order_of_issue(void **state) {
    (void)state;
    for (int shuffle = 0; shuffle < 2; shuffle++) {
        struct one o;
        op_count = 0;
        fixture_open(&o.f, &(struct world_options){.seed = 3, .tie_shuffle = shuffle});
        struct host_options host = fixture_host();
        host.disk.read = host.disk.write = host.disk.sync =
            shuffle ? distribution_constant(MS) : distribution_lognormal(100 * US, 10 * MS);
        o.a = fixture_node_on(&o.f, "a", world_add_host(o.f.w, &host), NULL);
        for (int i = 0; i < 100; i++) {
            op(write_op(1, SIM_APPEND, 1, (uint8_t)i));
            op(i % 3 ? plain(SIM_SYNC, 1) : read_op(1, i, 1));
        }
        for (size_t i = 0; i < op_count; i++)
            fixture_do(&o.f, (int64_t)i + 1, o.a, issue, (int64_t)i);
        world_run(o.f.w, 10 * SEC);
        for (size_t i = 0; i < 200; i++)
            assert_int_equal(seen_nth(&o.f, o.a, SIM_DISK, i)->event.disk.tag, i);
        for (int i = 0; i < 100; i += 3)
            assert_int_equal(answer(&o.f, 2 * i + 1)->bytes[0],
                             i); /* a read finds the write before it */
        finish(&o);
    }
}

static void a_rename_comes_after_what_was_asked_of_either_name(void **state) {
    (void)state;
    struct one o;
    struct host_options host = fixture_host();
    host.disk.read = host.disk.write = host.disk.sync = distribution_lognormal(100 * US, 50 * MS);
    struct fixture *f = start_on(&o, &host);
    at(&o, 0, write_op(1, 0, 10, 1));
    at(&o, 0, write_op(2, 0, 10, 2));
    const int64_t before = at(&o, 0, read_op(2, 0, 1));
    at(&o, 0, rename_op(1, 2));
    const int64_t after = at(&o, 0, read_op(2, 0, 1)), gone = at(&o, 0, read_op(1, 0, 1));
    world_run(f->w, 10 * SEC);
    assert_int_equal(answer(f, before)->bytes[0], 2);
    assert_int_equal(answer(f, after)->bytes[0], 1);
    assert_int_equal(error_of(f, gone), SIM_ENOENT);
    finish(&o);
}

static void bandwidth_is_shared_and_a_sync_transfers_what_was_written(void **state) {
    (void)state;
    struct one o;
    struct host_options host = fixture_host();
    host.disk.bandwidth = 1000000;
    host.disk.sync = host.disk.read = distribution_constant(0);
    struct fixture *f = start_on(&o, &host);
    struct sim_disk big = write_op(1, 0, 100, 1);
    big.modelled_bytes = 100000; /* 100 ms */
    const int64_t written = at(&o, 0, big);
    const int64_t one = at(&o, 0, plain(SIM_SYNC, 1));
    big.file = 2;
    at(&o, 0, big);
    const int64_t two = at(&o, 0, plain(SIM_SYNC, 2));
    const int64_t idle = at(&o, 500 * MS, plain(SIM_SYNC, 1));
    const int64_t small =
        at(&o, 600 * MS, read_op(1, 0, 1000000)); /* its 100 bytes, not what was wanted */
    world_run(f->w, 10 * MS);
    assert_int_equal(world_measure(f->w, "disk_queue_ns", o.a, ALL), 190 * MS);
    world_run(f->w, 10 * SEC);
    assert_int_equal(answer(f, written)->t, 0);
    assert_int_equal(answer(f, one)->t, 100 * MS);
    assert_int_equal(answer(f, two)->t, 200 * MS);
    assert_int_equal(answer(f, idle)->t, 500 * MS);
    assert_int_equal(answer(f, small)->t, 600 * MS + 100 * US);
    finish(&o);
}

static void a_read_behind_a_write_is_charged_what_will_be_there(void **state) {
    (void)state;
    struct one o;
    struct host_options host = fixture_host();
    host.disk.bandwidth = 1000000;
    struct fixture *f = start_on(&o, &host);
    at(&o, 0, write_op(1, SIM_APPEND, 1000, 1));
    at(&o, 0, write_op(1, SIM_APPEND, 1000, 1));
    const int64_t whole = at(&o, 0, read_op(1, 0, 1000000000));
    at(&o, 0, truncate_op(1, 500));
    const int64_t rest = at(&o, 0, read_op(1, 0, 1000000000));
    at(&o, 0, rename_op(1, 2));
    const int64_t renamed = at(&o, 0, read_op(2, 0, 1000000000)),
                  gone = at(&o, 0, read_op(1, 0, 1000000000));
    world_run(f->w, SEC);
    assert_int_equal(answer(f, whole)->event.disk.bytes.size, 2000);
    assert_int_equal(answer(f, whole)->t, 3 * MS); /* 2 of transfer, 1 of latency */
    assert_int_equal(answer(f, rest)->event.disk.bytes.size, 500);
    assert_int_equal(answer(f, rest)->t, 3500 * US);
    assert_int_equal(answer(f, renamed)->t, 4 * MS);
    assert_int_equal(error_of(f, gone), SIM_ENOENT);
    assert_true(answer(f, gone)->t <= 4 * MS);
    finish(&o);
}

static void what_was_synced_survives_a_power_loss_and_the_rest_does_not(void **state) {
    (void)state;
    struct one o;
    struct fixture *f = start(&o);
    at(&o, 0, write_op(1, 0, 100, 1));
    at(&o, 0, plain(SIM_SYNC, 1));
    at(&o, 0, plain(SIM_SYNC, SIM_DIRECTORY));
    at(&o, SEC, write_op(1, 0, 50, 2));
    at(&o, SEC, write_op(1, SIM_APPEND, 50, 3));
    at(&o, SEC, write_op(2, 0, 50, 4));
    power_cycle(&o, 2 * SEC);
    const int64_t read = at(&o, 3 * SEC, read_op(1, 0, 1000));
    world_run(f->w, 10 * SEC);
    const struct seen *started = last_start(&o);
    assert_int_equal(started->event.start.count, 1);
    assert_int_equal(answer(f, read)->event.disk.bytes.size, 100);
    for (int i = 0; i < 60; i++) assert_int_equal(answer(f, read)->bytes[i], 1);
    assert_int_equal(used(&o), 100);
    finish(&o);
}

static void a_sync_covers_only_what_was_issued_before_it(void **state) {
    (void)state;
    struct one o;
    struct fixture *f = start(&o);
    at(&o, 0, write_op(1, 0, 10, 1));
    at(&o, 0, plain(SIM_SYNC, SIM_DIRECTORY));
    at(&o, 0, plain(SIM_SYNC, 1));
    at(&o, 0, write_op(1, 0, 10, 2)); /* before the sync's answer, but after its issue */
    power_cycle(&o, SEC);
    const int64_t read = at(&o, 3 * SEC, read_op(1, 0, 10));
    world_run(f->w, 10 * SEC);
    assert_int_equal(answer(f, read)->bytes[0], 1);
    finish(&o);
}

static void a_process_crash_keeps_the_cache_and_what_was_under_way_happens(void **state) {
    (void)state;
    struct one o;
    struct host_options host = fixture_host();
    host.disk.write = distribution_constant(10 * MS);
    struct fixture *f = start_on(&o, &host);
    at(&o, 0, write_op(1, 0, 10, 1));
    at(&o, SEC, write_op(1, 0, 10, 2)); /* under way at the crash */
    fixture_fault_at(f, SEC + MS, FAULT_CRASH, o.a, ALL, 0, 0);
    fixture_fault_at(f, SEC + 2 * MS, FAULT_RESTART, o.a, ALL, 0, 0);
    const int64_t early = at(&o, SEC + 3 * MS, read_op(1, 0, 10));
    world_run(f->w, 10 * SEC);
    assert_int_equal(answer(f, early)->bytes[0], 2);   /* in order behind the write */
    assert_int_equal(seen_count(f, o.a, SIM_DISK), 2); /* nobody was told of the second write */
    finish(&o);
}

static void power_lost_after_the_process_died_still_loses_the_cache(void **state) {
    (void)state;
    struct one o;
    struct fixture *f = start(&o);
    at(&o, 0, write_op(1, 0, 10, 1));
    fixture_fault_at(f, SEC, FAULT_CRASH, o.a, ALL, 0, 0);
    fixture_fault_at(f, 2 * SEC, FAULT_CRASH, o.a, ALL, 1, 0);
    fixture_fault_at(f, 3 * SEC, FAULT_RESTART, o.a, ALL, 0, 0);
    world_run(f->w, 10 * SEC);
    assert_int_equal(last_start(&o)->event.start.count, 0);
    assert_int_equal(world_fault_entry(f->w, 1)->effective, 1);
    assert_int_equal(used(&o), 0);
    finish(&o);
}

static void names_are_durable_once_the_directory_is_synced(void **state) {
    (void)state;
    for (int synced = 0; synced < 2; synced++) {
        struct one o;
        struct fixture *f = start(&o);
        at(&o, 0, write_op(1, 0, 10, 1));
        at(&o, 0, write_op(2, 0, 20, 2));
        at(&o, 0, plain(SIM_SYNC, 1));
        at(&o, 0, plain(SIM_SYNC, 2));
        at(&o, 0, plain(SIM_SYNC, SIM_DIRECTORY));
        at(&o, SEC, rename_op(2, 1)); /* as one replaces a control file */
        at(&o, SEC, write_op(3, 0, 30, 3));
        at(&o, SEC, plain(SIM_SYNC, 3));
        if (synced) at(&o, SEC, plain(SIM_SYNC, SIM_DIRECTORY));
        power_cycle(&o, 2 * SEC);
        world_run(f->w, 10 * SEC);
        assert_int_equal(size_of(&o, 1), synced ? 20 : 10);
        assert_int_equal(size_of(&o, 2), synced ? -1 : 20);
        assert_int_equal(size_of(&o, 3), synced ? 30 : -1);
        assert_int_equal(used(&o), synced ? 50 : 30);
        finish(&o);
    }
}

static void a_sync_of_the_directory_waits_for_the_names_that_were_asked_for_before_it(
    void **state) {
    (void)state;
    struct one o;
    struct host_options host = fixture_host();
    host.disk.write = distribution_constant(10 * MS); /* and a sync takes 1 ms */
    struct fixture *f = start_on(&o, &host);
    at(&o, SEC, write_op(1, 0, 10, 1));
    const int64_t synced = at(&o, SEC, plain(SIM_SYNC, SIM_DIRECTORY));
    power_cycle(&o, 2 * SEC);
    world_run(f->w, 10 * SEC);
    assert_true(answer(f, synced)->t >= SEC + 10 * MS);
    assert_int_equal(size_of(&o, 1), 0); /* the name, not the contents */
    finish(&o);
}

static void a_removed_file_comes_back_with_its_space_if_the_power_goes_first(void **state) {
    (void)state;
    struct one o;
    struct fixture *f = start(&o);
    at(&o, 0, write_op(1, 0, 1000, 1));
    at(&o, 0, plain(SIM_SYNC, 1));
    at(&o, 0, plain(SIM_SYNC, SIM_DIRECTORY));
    at(&o, SEC, plain(SIM_REMOVE, 1));
    at(&o, 2 * SEC, truncate_op(1, 10)); /* no such file */
    power_cycle(&o, 3 * SEC);
    world_run(f->w, 2 * SEC);
    assert_int_equal(used(&o), 0);
    world_run(f->w, 10 * SEC);
    assert_int_equal(size_of(&o, 1), 1000);
    assert_int_equal(used(&o), 1000);
    finish(&o);
}

static void space_is_accounted_exactly(void **state) {
    (void)state;
    struct one o;
    struct host_options host = fixture_host();
    host.disk.capacity = 10000;
    struct fixture *f = start_on(&o, &host);
    struct sim_disk big = write_op(1, 0, 100, 1);
    big.modelled_bytes = 6000;
    at(&o, 0, big);
    big.file = 2;
    const int64_t refused = at(&o, 0, big);
    big.modelled_bytes = 4000;
    const int64_t exact = at(&o, 0, big); /* the last byte of it */
    const int64_t over = at(&o, 0, write_op(2, 100, 1, 1));
    const int64_t inside = at(&o, 0, write_op(2, 50, 50, 1)); /* needs no space */
    at(&o, SEC, truncate_op(1, 50));
    world_run(f->w, SEC + MS);
    assert_int_equal(error_of(f, refused), SIM_ENOSPC);
    assert_int_equal(error_of(f, exact), SIM_OK);
    assert_int_equal(error_of(f, over), SIM_ENOSPC);
    assert_int_equal(error_of(f, inside), SIM_OK);
    assert_int_equal(used(&o), 7000);
    at(&o, 2 * SEC, plain(SIM_REMOVE, 2));
    at(&o, 2 * SEC, rename_op(1, 3));
    at(&o, 2 * SEC, write_op(4, 0, 10, 1));
    at(&o, 2 * SEC, rename_op(4, 3)); /* replaces it */
    world_run(f->w, 3 * SEC);
    assert_int_equal(used(&o), 10);
    finish(&o);
}

static void space_is_that_of_what_is_left_after_a_power_loss(void **state) {
    (void)state;
    for (int crash = DISK_LOSES_ALL; crash <= DISK_KEEPS_ANY; crash++)
        for (int64_t seed = 0; seed < 20; seed++) {
            struct one o;
            struct host_options host = fixture_host();
            host.disk.crash = (enum disk_crash)crash;
            host.disk.tears = true;
            struct fixture *f = start_on(&o, &host);
            at(&o, 0, write_op(1, 0, 4000, 1));
            at(&o, 0, plain(SIM_SYNC, 1));
            at(&o, 0, plain(SIM_SYNC, SIM_DIRECTORY));
            for (int i = 0; i < 6; i++) at(&o, SEC, write_op(1, SIM_APPEND, 2000, 2));
            at(&o, SEC, truncate_op(1, 5000));
            at(&o, SEC, write_op(1, SIM_APPEND, 3000, 2));
            power_cycle(&o, 2 * SEC + seed);
            world_run(f->w, 10 * SEC);
            if (crash != DISK_KEEPS_ANY)
                assert_int_equal(used(&o), size_of(&o, 1)); /* no holes */
            else
                assert_true(used(&o) >= 0 && used(&o) <= 19000);
            at(&o, 11 * SEC, plain(SIM_REMOVE, 1));
            world_run(f->w, 12 * SEC);
            assert_int_equal(used(&o), 0);
            finish(&o);
        }
}

/* Ten appends of a page each; what is left of them after a power loss at `t`. */
static void ten_pages(struct one *o, enum disk_crash crash, bool tears, int64_t t) {
    struct host_options host = fixture_host();
    host.disk.crash = crash;
    host.disk.tears = tears;
    struct fixture *f = start_on(o, &host);
    at(o, 0, write_op(1, 0, 0, 1));
    at(o, 0, plain(SIM_SYNC, SIM_DIRECTORY));
    for (int i = 0; i < 10; i++) at(o, SEC, write_op(1, i * 2048, 2048, (uint8_t)(i + 1)));
    power_cycle(o, t);
    world_run(f->w, 20 * SEC);
}

static void a_power_loss_keeps_nothing_a_prefix_or_any_subset_as_the_disk_says(void **state) {
    (void)state;
    bool partial_prefix = false, hole = false;
    for (int64_t t = 0; t < 50; t++)
        for (int crash = DISK_LOSES_ALL; crash <= DISK_KEEPS_ANY; crash++) {
            struct one o;
            ten_pages(&o, (enum disk_crash)crash, false, 2 * SEC + t);
            const int64_t size = size_of(&o, 1);
            if (crash == DISK_LOSES_ALL) assert_int_equal(size, 0);
            assert_int_equal(size % 2048, 0);
            const struct volume *v = volume_of(&o);
            const uint8_t *bytes = v->inodes[volume_find(v, 1)].seen.bytes;
            for (int64_t i = 0; i < size / 2048; i++) {
                const uint8_t byte = bytes[i * 2048];
                if (crash == DISK_KEEPS_PREFIX)
                    assert_int_equal(byte, i + 1);
                else
                    assert_true(byte == 0 || byte == i + 1);
                hole |= byte == 0;
            }
            partial_prefix |= crash == DISK_KEEPS_PREFIX && size > 0 && size < 20480;
            finish(&o);
        }
    assert_true(partial_prefix);
    assert_true(hole);
}

static void a_torn_write_ends_at_a_sector(void **state) {
    (void)state;
    bool torn = false;
    for (int64_t t = 0; t < 50; t++) {
        struct one o;
        ten_pages(&o, DISK_KEEPS_PREFIX, true, 2 * SEC + t);
        const int64_t size = size_of(&o, 1);
        assert_int_equal(size % 512, 0);
        torn |= size % 2048 != 0;
        finish(&o);
    }
    assert_true(torn);
}

static void a_failed_sync_drops_dirty_pages_or_keeps_them_as_the_disk_says(void **state) {
    (void)state;
    for (int keeps = 0; keeps < 2; keeps++) {
        struct one o;
        struct host_options host = fixture_host();
        host.disk.keeps_dirty = keeps;
        struct fixture *f = start_on(&o, &host);
        fixture_fault(f, FAULT_SYNC_FAILS, o.a, ALL, 1, 0);
        at(&o, 0, write_op(1, 0, 10, 1));
        const int64_t fails = at(&o, 0, plain(SIM_SYNC, 1));
        at(&o, SEC, plain(SIM_SYNC, SIM_DIRECTORY));
        const int64_t works = at(&o, SEC, plain(SIM_SYNC, 1));
        const int64_t read = at(&o, SEC, read_op(1, 0, 10));
        power_cycle(&o, 2 * SEC);
        world_run(f->w, 10 * SEC);
        assert_int_equal(error_of(f, fails), SIM_EIO);
        assert_int_equal(error_of(f, works), SIM_OK); /* the danger of fsync */
        assert_int_equal(answer(f, read)->bytes[0], 1);
        assert_int_equal(size_of(&o, 1), keeps ? 10 : 0);
        assert_int_equal(world_fault_entry(f->w, 0)->effective, 1);
        finish(&o);
    }
}

static void a_quiet_write_is_answered_if_it_fails_and_the_next_sync_fails_too(void **state) {
    (void)state;
    struct one o;
    struct fixture *f = start(&o);
    fixture_fault(f, FAULT_WRITE_FAILS, o.a, ALL, 1, 0);
    struct sim_disk quiet = write_op(1, 0, 10, 1);
    quiet.quiet = true;
    const int64_t bad = at(&o, 0, quiet), good = at(&o, 0, quiet);
    const int64_t first = at(&o, 0, plain(SIM_SYNC, 1)), second = at(&o, 0, plain(SIM_SYNC, 1));
    world_run(f->w, SEC);
    assert_int_equal(error_of(f, bad), SIM_EIO);
    assert_null(answer(f, good));
    assert_int_equal(error_of(f, first), SIM_EIO);
    assert_int_equal(error_of(f, second), SIM_OK);
    finish(&o);
}

static void counted_failures_end_and_lasting_ones_heal(void **state) {
    (void)state;
    static const enum fault_kind kinds[] = {FAULT_READ_FAILS, FAULT_WRITE_FAILS, FAULT_SYNC_FAILS};
    for (int k = 0; k < 3; k++)
        for (int64_t count = -1; count <= 2; count++) {
            struct one o;
            struct fixture *f = start(&o);
            at(&o, 0, write_op(1, 0, 10, 1));
            fixture_fault_at(f, SEC / 2, kinds[k], o.a, ALL, count, 0);
            int64_t ids[5];
            for (int i = 0; i < 5; i++)
                ids[i] = at(&o, (i + 1) * SEC,
                            k == 0   ? read_op(1, 0, 1)
                            : k == 1 ? write_op(1, 0, 1, 1)
                                     : plain(SIM_SYNC, 1));
            fixture_heal_at(f, 4 * SEC + SEC / 2, kinds[k], o.a, ALL);
            world_run(f->w, 10 * SEC);
            for (int i = 0; i < 5; i++)
                assert_int_equal(error_of(f, ids[i]),
                                 i < (count < 0 ? 4 : count) ? SIM_EIO : SIM_OK);
            finish(&o);
        }
}

static void a_disk_that_lies_answers_and_makes_nothing_durable(void **state) {
    (void)state;
    struct one o;
    struct fixture *f = start(&o);
    at(&o, 0, write_op(1, 0, 10, 1));
    at(&o, 0, plain(SIM_SYNC, SIM_DIRECTORY));
    fixture_fault_at(f, SEC / 2, FAULT_SYNC_LIES, o.a, ALL, 0, 0);
    const int64_t lied = at(&o, SEC, plain(SIM_SYNC, 1));
    power_cycle(&o, 2 * SEC);
    world_run(f->w, 10 * SEC);
    assert_int_equal(error_of(f, lied), SIM_OK);
    assert_int_equal(size_of(&o, 1), 0);
    assert_true(world_fault_entry(f->w, 0)->effective > 0);
    finish(&o);
}

static void rot_flips_as_many_bits_as_it_says_in_what_is_durable(void **state) {
    (void)state;
    struct one o;
    struct fixture *f = start(&o);
    at(&o, 0, write_op(1, 0, 64, 0));
    at(&o, 0, write_op(2, 0, 64, 0));
    at(&o, 0, plain(SIM_SYNC, 1));
    at(&o, 0, plain(SIM_SYNC, 2));
    at(&o, 0, plain(SIM_SYNC, SIM_DIRECTORY));
    at(&o, 0, write_op(3, 0, 64, 0)); /* not durable */
    fixture_fault_at(f, SEC, FAULT_BIT_ROT, o.a, ALL, 1, 2);
    fixture_fault_at(f, SEC, FAULT_BIT_ROT, o.a, ALL, 1, 3);
    fixture_fault_at(f, SEC, FAULT_BIT_ROT, o.a, ALL, 1, 99);
    const int64_t one = at(&o, 2 * SEC, read_op(1, 0, 64)),
                  two = at(&o, 2 * SEC, read_op(2, 0, 64));
    world_run(f->w, 10 * SEC);
    int flipped[2] = {0, 0};
    for (int i = 0; i < 64; i++) {
        flipped[0] += __builtin_popcount(answer(f, one)->bytes[i]);
        flipped[1] += __builtin_popcount(answer(f, two)->bytes[i]);
    }
    assert_int_equal(flipped[0], 0);
    assert_int_equal(flipped[1], 1);
    assert_int_equal(world_fault_entry(f->w, 0)->effective, 1);
    assert_int_equal(world_fault_entry(f->w, 1)->effective, 0);
    assert_int_equal(world_fault_entry(f->w, 2)->effective, 0);
    finish(&o);
}

static void a_stuck_disk_answers_nothing_and_goes_on_in_order(void **state) {
    (void)state;
    struct one o;
    struct fixture *f = start(&o);
    fixture_fault_at(f, SEC / 2, FAULT_DISK_STUCK, o.a, ALL, 0, 0);
    for (int i = 0; i < 10; i++) at(&o, SEC + i * MS, write_op(1, SIM_APPEND, 1, (uint8_t)(i + 1)));
    at(&o, 3 * SEC, write_op(1, SIM_APPEND, 1, 11)); /* due at the moment at which it heals */
    fixture_heal_at(f, 3 * SEC, FAULT_DISK_STUCK, o.a, ALL);
    at(&o, 3 * SEC, write_op(1, SIM_APPEND, 1, 12));
    const int64_t read = at(&o, 4 * SEC, read_op(1, 0, 100));
    world_run(f->w, 2 * SEC);
    assert_int_equal(seen_count(f, o.a, SIM_DISK), 0);
    world_run(f->w, 10 * SEC);
    assert_int_equal(answer(f, read)->event.disk.bytes.size, 12);
    for (int i = 0; i < 12; i++) assert_int_equal(answer(f, read)->bytes[i], i + 1);
    for (size_t i = 0; i < 12; i++)
        assert_int_equal(seen_nth(f, o.a, SIM_DISK, i)->event.disk.tag, i);
    finish(&o);
}

static void a_power_loss_forgets_what_was_stuck(void **state) {
    (void)state;
    struct one o;
    struct fixture *f = start(&o);
    fixture_fault_at(f, 0, FAULT_DISK_STUCK, o.a, ALL, 0, 0);
    at(&o, SEC, write_op(1, 0, 1, 1));
    power_cycle(&o, 2 * SEC);
    at(&o, 3 * SEC, write_op(2, 0, 1, 1));
    fixture_heal_at(f, 4 * SEC, FAULT_DISK_STUCK, o.a, ALL);
    world_run(f->w, 10 * SEC);
    assert_int_equal(size_of(&o, 1), -1);
    assert_int_equal(size_of(&o, 2), 1);
    assert_int_equal(seen_count(f, o.a, SIM_DISK), 1);
    finish(&o);
}

static void of_two_faults_of_a_kind_the_other_holds_when_one_heals(void **state) {
    (void)state;
    for (int order = 0; order < 2; order++) {
        struct one o;
        struct fixture *f = start(&o);
        size_t fault[2];
        for (int i = 0; i < 2; i++)
            fault[i] = fixture_fault(f, FAULT_DISK_SLOW, o.a, ALL, (i ? 3 : 2) * SEC, 0);
        const int64_t both = at(&o, 0, read_op(1, 0, 1));
        world_run(f->w, SEC);
        world_heal_one(f->w, fault[order]);
        const int64_t one = at(&o, SEC, read_op(1, 0, 1));
        world_run(f->w, 2 * SEC);
        world_heal_one(f->w, fault[1 - order]);
        const int64_t none = at(&o, 2 * SEC, read_op(1, 0, 1));
        world_run(f->w, 3 * SEC);
        assert_int_equal(answer(f, both)->t, 3 * MS);
        assert_int_equal(answer(f, one)->t, SEC + (order ? 2 : 3) * MS);
        assert_int_equal(answer(f, none)->t, 2 * SEC + MS);
        finish(&o);
    }
}

static void a_full_disk_takes_what_needs_no_space(void **state) {
    (void)state;
    struct one o;
    struct fixture *f = start(&o);
    at(&o, 0, write_op(1, 0, 10, 1));
    fixture_fault_at(f, SEC, FAULT_DISK_FULL, o.a, ALL, 0, 0);
    const int64_t over = at(&o, 2 * SEC, write_op(1, 5, 10, 2)),
                  inside = at(&o, 2 * SEC, write_op(1, 0, 10, 3));
    const int64_t read = at(&o, 3 * SEC, read_op(1, 0, 100));
    world_run(f->w, 10 * SEC);
    assert_int_equal(error_of(f, over), SIM_ENOSPC);
    assert_int_equal(error_of(f, inside), SIM_OK);
    assert_int_equal(answer(f, read)->event.disk.bytes.size, 10); /* what failed changed nothing */
    assert_int_equal(answer(f, read)->bytes[9], 3);
    finish(&o);
}

static void a_lost_disk_is_empty_for_every_node_of_its_host_and_answers_what_is_under_way(
    void **state) {
    (void)state;
    struct one o;
    struct fixture *f = start(&o);
    const sim_node b = fixture_node_on(f, "b", world_node_host(f->w, o.a), NULL);
    at(&o, 0, write_op(1, 0, 10, 1));
    fixture_do(f, 0, b, issue, op(write_op(1, 0, 10, 1)));
    const int64_t under_way = at(&o, SEC, read_op(1, 0, 10));
    fixture_fault_at(f, SEC + MS / 2, FAULT_DISK_LOST, o.a, ALL, 0, 0);
    const int64_t of_b = op(read_op(1, 0, 10));
    fixture_do(f, 2 * SEC, b, issue, of_b);
    world_run(f->w, 10 * SEC);
    assert_int_equal(error_of(f, under_way), SIM_ENOENT);
    assert_int_equal(error_of(f, of_b), SIM_ENOENT);
    assert_int_equal(used(&o), 0);
    finish(&o);
}

static void segments(struct fixture *f, sim_node self, const struct sim_event *e,
                     struct sim_out *out) {
    (void)self;
    uint64_t *n = f->user;
    if (e->kind == SIM_DISK && e->disk.tag != 9) return;
    if (*n == 3000 || (e->kind != SIM_START && e->kind != SIM_DISK)) return;
    const uint64_t file = 1 + (*n)++;
    sim_disk(out, write_op(file, 0, 100, (uint8_t)file));
    sim_disk(out, plain(SIM_SYNC, file));
    if (file > 5) sim_disk(out, plain(SIM_REMOVE, file - 5));
    struct sim_disk last = plain(SIM_SYNC, SIM_DIRECTORY);
    last.tag = 9;
    sim_disk(out, last);
}

static void thousands_of_files_that_come_and_go_leave_nothing_behind(void **state) {
    (void)state;
    struct one o;
    uint64_t n = 0;
    op_count = 0;
    fixture_open(&o.f, NULL);
    o.f.user = &n;
    o.a = fixture_node(&o.f, "a", segments);
    world_run(o.f.w, 100 * SEC);
    assert_int_equal(n, 3000);
    const struct volume *v = volume_of(&o);
    assert_true(v->inode_count < 20);
    assert_true(v->name_count < 20);
    assert_int_equal(used(&o), 500);
    assert_int_equal(size_of(&o, 3000), 100);
    finish(&o);
}

static void what_no_disk_can_do_is_the_authors_mistake(void **state) {
    (void)state;
    const struct sim_disk wrong[] = {read_op(1, -1, 10),           read_op(1, 0, -10),
                                     truncate_op(1, -1),           write_op(1, -2, 1, 1),
                                     write_op(1, INT64_MAX, 1, 1), write_op(SIM_DIRECTORY, 0, 1, 1),
                                     rename_op(1, SIM_DIRECTORY)};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct one o;
        struct fixture *f = start(&o);
        at(&o, 0, write_op(1, 0, 10, 1));
        at(&o, 0, wrong[i]);
        assert_int_equal(world_run(f->w, SEC), WORLD_MODEL_ERROR);
        fixture_close(f);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read_and_reads_past_the_end_are_short),
        cmocka_unit_test(an_append_says_where_it_went_and_a_hole_reads_as_zeros),
        cmocka_unit_test(operations_on_one_file_are_answered_in_order_of_issue),
        cmocka_unit_test(a_rename_comes_after_what_was_asked_of_either_name),
        cmocka_unit_test(bandwidth_is_shared_and_a_sync_transfers_what_was_written),
        cmocka_unit_test(a_read_behind_a_write_is_charged_what_will_be_there),
        cmocka_unit_test(what_was_synced_survives_a_power_loss_and_the_rest_does_not),
        cmocka_unit_test(a_sync_covers_only_what_was_issued_before_it),
        cmocka_unit_test(a_process_crash_keeps_the_cache_and_what_was_under_way_happens),
        cmocka_unit_test(power_lost_after_the_process_died_still_loses_the_cache),
        cmocka_unit_test(names_are_durable_once_the_directory_is_synced),
        cmocka_unit_test(a_sync_of_the_directory_waits_for_the_names_that_were_asked_for_before_it),
        cmocka_unit_test(a_removed_file_comes_back_with_its_space_if_the_power_goes_first),
        cmocka_unit_test(space_is_accounted_exactly),
        cmocka_unit_test(space_is_that_of_what_is_left_after_a_power_loss),
        cmocka_unit_test(a_power_loss_keeps_nothing_a_prefix_or_any_subset_as_the_disk_says),
        cmocka_unit_test(a_torn_write_ends_at_a_sector),
        cmocka_unit_test(a_failed_sync_drops_dirty_pages_or_keeps_them_as_the_disk_says),
        cmocka_unit_test(a_quiet_write_is_answered_if_it_fails_and_the_next_sync_fails_too),
        cmocka_unit_test(counted_failures_end_and_lasting_ones_heal),
        cmocka_unit_test(a_disk_that_lies_answers_and_makes_nothing_durable),
        cmocka_unit_test(rot_flips_as_many_bits_as_it_says_in_what_is_durable),
        cmocka_unit_test(a_stuck_disk_answers_nothing_and_goes_on_in_order),
        cmocka_unit_test(a_power_loss_forgets_what_was_stuck),
        cmocka_unit_test(of_two_faults_of_a_kind_the_other_holds_when_one_heals),
        cmocka_unit_test(a_full_disk_takes_what_needs_no_space),
        cmocka_unit_test(
            a_lost_disk_is_empty_for_every_node_of_its_host_and_answers_what_is_under_way),
        cmocka_unit_test(thousands_of_files_that_come_and_go_leave_nothing_behind),
        cmocka_unit_test(what_no_disk_can_do_is_the_authors_mistake),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
