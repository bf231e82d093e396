/* What models share: records in a log, key choosers, the client protocol. */
#include "models_fixture.h"

#include "parts/client_protocol.h"
#include "parts/key_map.h"
#include "parts/keys.h"
#include "parts/record.h"

static size_t write_log(uint8_t *log, size_t capacity) {
    struct writer w = writer_over(log, capacity);
    for (uint8_t i = 1; i <= 20; i++) {
        uint8_t payload[40];
        memset(payload, i, sizeof payload);
        record_write(&w, payload, 10u + i);
    }
    return w.size;
}

static void a_whole_log_is_read_to_its_end(void **state) {
    uint8_t log[2048];
    const size_t size = write_log(log, sizeof log);
    assert_int_equal(record_scan((struct sim_bytes){log, size}), size);
    struct sim_bytes payload;
    size_t at = 0;
    for (uint8_t i = 1; i <= 20; i++) {
        assert_int_equal(record_read((struct sim_bytes){log, size}, at, &payload, &at),
                         RECORD_WHOLE);
        assert_int_equal(payload.size, 10u + i);
        assert_int_equal(payload.data[0], i);
    }
    assert_int_equal(record_read((struct sim_bytes){log, size}, at, &payload, &at), RECORD_END);
}

static void a_log_cut_anywhere_ends_at_its_last_whole_record(void **state) {
    uint8_t log[2048];
    const size_t size = write_log(log, sizeof log);
    size_t whole = 0;
    for (size_t cut_at = 0; cut_at <= size; cut_at++) {
        const size_t found = record_scan((struct sim_bytes){log, cut_at});
        assert_true(found == whole || found > whole);
        whole = found;
        assert_true(found <= cut_at && cut_at - found < 10 + 20 + RECORD_HEADER_BYTES);
    }
}

static void a_flipped_bit_ends_the_log_before_its_record(void **state) {
    uint8_t log[2048];
    const size_t size = write_log(log, sizeof log);
    for (size_t bit = 0; bit < size * 8; bit++) {
        log[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_true(record_scan((struct sim_bytes){log, size}) <= bit / 8);
        log[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
}

static void zeros_are_no_record(void **state) {
    const uint8_t zeros[64] = {0};
    assert_int_equal(record_scan((struct sim_bytes){zeros, sizeof zeros}), 0);
}

static void requests_and_responses_come_back_as_they_were(void **state) {
    uint8_t buffer[CLIENT_REQUEST_BYTES];
    const struct client_request q = {7, 8, CLIENT_SCAN, -9, INT64_MAX, 100, 50, 1 << 30, 2};
    struct client_request q2;
    struct sim_bytes body = client_request_write(&q, buffer);
    assert_int_equal(body.size, CLIENT_REQUEST_BYTES);
    assert_true(client_request_read(body, &q2));
    assert_int_equal(q2.request, 7);
    assert_int_equal(q2.session, 8);
    assert_int_equal(q2.operation, CLIENT_SCAN);
    assert_int_equal(q2.key, -9);
    assert_int_equal(q2.value, INT64_MAX);
    assert_int_equal(q2.value_bytes, 100);
    assert_int_equal(q2.length, 50);
    assert_int_equal(q2.after, 1 << 30);
    body.size--;
    assert_false(client_request_read(body, &q2));
    for (enum client_status status = CLIENT_OK; status <= CLIENT_RETRY; status++) {
        const struct client_response a = {7, status, SIM_NONE, 3, 2};
        struct client_response a2;
        assert_true(client_response_read(client_response_write(&a, buffer), &a2));
        assert_int_equal(a2.request, 7);
        assert_int_equal(a2.status, status);
        assert_int_equal(a2.value, SIM_NONE);
        assert_int_equal(a2.version, 3);
        assert_int_equal(a2.node, 2);
    }
    const struct client_response no_such = {7, CLIENT_RETRY + 1, SIM_NONE, 3, 2};
    struct client_response read;
    assert_false(client_response_read(client_response_write(&no_such, buffer), &read));
}

/* So that it costs nothing, and a server that never heard of versions may be asked. */
static void a_request_for_any_version_is_as_long_as_before_there_were_any(void **state) {
    uint8_t buffer[CLIENT_REQUEST_BYTES];
    const struct client_request q = {7, 8, CLIENT_READ, 1, 0, 100, 0, 0, 1};
    struct client_request q2 = {.after = 99};
    const struct sim_bytes body = client_request_write(&q, buffer);
    assert_int_equal(body.size, 56);
    assert_true(client_request_read(body, &q2));
    assert_int_equal(q2.after, 0);
}

static void a_map_finds_what_was_put_in_it(void **state) {
    struct memory *memory = memory_create("test", 0);
    struct key_map map = {.memory = memory};
    for (int64_t i = 0; i < 10000; i++) *key_map_at(&map, i * 977 - 5000) = i;
    for (int64_t i = 0; i < 10000; i++) assert_int_equal(*key_map_find(&map, i * 977 - 5000), i);
    assert_null(key_map_find(&map, 1));
    memory_destroy(memory);
}

/* ---- keys ---- */

enum { DRAWS = 200000 };

static void uniform_keys_are_alike(void **state) {
    struct keys k;
    struct random random = {42, 0};
    int64_t seen[10] = {0};
    keys_begin(&k, KEYS_UNIFORM, 10, 0.99, 0, 0);
    for (int i = 0; i < DRAWS; i++) seen[keys_choose(&k, &random)]++;
    for (int i = 0; i < 10; i++)
        assert_true(seen[i] > DRAWS / 10 * 97 / 100 && seen[i] < DRAWS / 10 * 103 / 100);
}

static void sequential_keys_go_round(void **state) {
    struct keys k;
    struct random random = {42, 0};
    keys_begin(&k, KEYS_SEQUENTIAL, 3, 0.99, 0, 0);
    for (int64_t i = 0; i < 9; i++) assert_int_equal(keys_choose(&k, &random), i % 3);
    assert_int_equal(random.index, 0);
}

/* P(rank 0) = 1 / zeta(1000, 0.99), and zeta(1000, 0.99) = 7.7290 (summed by hand). "latest" does
 * not scatter ranks, so they can be counted. */
static void zipfian_ranks_have_their_probabilities(void **state) {
    struct keys k;
    struct random random = {42, 0};
    int64_t seen[1000] = {0};
    keys_begin(&k, KEYS_LATEST, 1000, 0.99, 0, 0);
    for (int i = 0; i < DRAWS; i++) seen[999 - keys_choose(&k, &random)]++;
    assert_int_equal(random.index, DRAWS);
    const double first = (double)seen[0] / DRAWS, second = (double)seen[1] / DRAWS;
    assert_true(first > 0.1294 * 0.97 && first < 0.1294 * 1.03);
    assert_true(second > 0.0651 * 0.95 && second < 0.0651 * 1.05);
    int64_t top = 0;
    for (int i = 0; i < 100; i++) top += seen[i];
    assert_true(top > DRAWS * 65 / 100 && top < DRAWS * 72 / 100);
}

static void zipfian_keys_are_scattered_and_in_range(void **state) {
    struct keys k;
    struct random random = {42, 0};
    int64_t low = 0;
    keys_begin(&k, KEYS_ZIPFIAN, 1000000, 0.99, 0, 0);
    for (int i = 0; i < DRAWS; i++) {
        const int64_t key = keys_choose(&k, &random);
        assert_in_range(key, 0, 999999);
        low += key < 1000;
    }
    assert_true(low < DRAWS / 10);
}

static void latest_follows_inserts(void **state) {
    struct keys k;
    struct random random = {42, 0};
    keys_begin(&k, KEYS_LATEST, 100, 0.99, 0, 0);
    for (int i = 0; i < 900; i++) assert_int_equal(keys_insert(&k), 100 + i);
    int64_t newest = 0;
    for (int i = 0; i < DRAWS; i++) newest += keys_choose(&k, &random) == 999;
    assert_true(newest > DRAWS * 125 / 1000 &&
                newest < DRAWS * 134 / 1000); /* as with 1000 at once */
}

static void a_hot_spot_gets_its_share(void **state) {
    struct keys k;
    struct random random = {42, 0};
    int64_t hot = 0;
    keys_begin(&k, KEYS_HOTSPOT, 1000, 0.99, 200000, 800000);
    for (int i = 0; i < DRAWS; i++) hot += keys_choose(&k, &random) < 200;
    assert_true(hot > DRAWS * 79 / 100 && hot < DRAWS * 81 / 100);
}

static void every_model_is_found_by_its_name(void **state) {
    for (size_t i = 0; model_registry[i]; i++) {
        assert_ptr_equal(model_find(model_registry[i]->name), model_registry[i]);
        if (i > 0) assert_true(strcmp(model_registry[i - 1]->name, model_registry[i]->name) < 0);
    }
    assert_null(model_find("oracle"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_whole_log_is_read_to_its_end),
        cmocka_unit_test(a_log_cut_anywhere_ends_at_its_last_whole_record),
        cmocka_unit_test(a_flipped_bit_ends_the_log_before_its_record),
        cmocka_unit_test(zeros_are_no_record),
        cmocka_unit_test(requests_and_responses_come_back_as_they_were),
        cmocka_unit_test(a_request_for_any_version_is_as_long_as_before_there_were_any),
        cmocka_unit_test(a_map_finds_what_was_put_in_it),
        cmocka_unit_test(uniform_keys_are_alike),
        cmocka_unit_test(sequential_keys_go_round),
        cmocka_unit_test(zipfian_ranks_have_their_probabilities),
        cmocka_unit_test(zipfian_keys_are_scattered_and_in_range),
        cmocka_unit_test(latest_follows_inserts),
        cmocka_unit_test(a_hot_spot_gets_its_share),
        cmocka_unit_test(every_model_is_found_by_its_name),
    };
    return cmocka_run_group_tests_name("models parts", tests, NULL, NULL);
}
