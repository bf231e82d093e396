/* Files that are whole or not there, and numbers as text. */
#include "report_test.h"

#include "report/output.h"

static void a_file_has_its_final_name_only_after_it_was_published(void **state) {
    struct text path = {0}, error = {0};
    make_test_folder(&path);
    struct folder *folder = folder_open(text_string(&path), &error);
    assert_non_null(folder);
    struct output *file = folder_output(folder, "a.txt", 1024);
    for (int i = 0; i < 1000; i++) output_string(file, "0123456789");
    assert_false(file_exists(text_string(&path), "a.txt"));
    assert_true(folder_publish(folder, &error));
    folder_close(folder);
    char *content = read_file(text_string(&path), "a.txt");
    assert_int_equal(strlen(content), 10000);
    assert_memory_equal(content + 9990, "0123456789", 10);
    free(content);
    text_free(&path);
}

static void a_folder_that_is_closed_unpublished_leaves_nothing(void **state) {
    struct text path = {0}, error = {0};
    make_test_folder(&path);
    struct folder *folder = folder_open(text_string(&path), &error);
    struct output *file = folder_output(folder, "a.txt", 1024);
    for (int i = 0; i < 1000; i++) output_string(file, "0123456789");
    folder_close(folder);
    assert_int_equal(rmdir(text_string(&path)), 0);
    text_free(&path);
}

static void what_a_dead_process_left_is_removed_and_what_a_live_one_writes_is_not(void **state) {
    struct text path = {0}, error = {0}, live = {0};
    make_test_folder(&path);
    /* No process has the greatest number; our parent is alive. */
    write_file(text_string(&path), "a.txt.2147483646.partial", "dead");
    write_file(text_string(&path), "notes.partial", "somebody's own");
    text_add(&live, "a.txt.%ld.partial", (long)getppid());
    write_file(text_string(&path), text_string(&live), "live");
    folder_close(folder_open(text_string(&path), &error));
    assert_false(file_exists(text_string(&path), "a.txt.2147483646.partial"));
    assert_true(file_exists(text_string(&path), text_string(&live)));
    assert_true(file_exists(text_string(&path), "notes.partial"));
    text_free(&path);
    text_free(&live);
}

static void files_of_an_earlier_run_go_when_the_new_ones_come(void **state) {
    struct text path = {0}, error = {0};
    make_test_folder(&path);
    write_file(text_string(&path), "old.dat", "old");
    struct folder *folder = folder_open(text_string(&path), &error);
    folder_replaces(folder, "old.dat");
    folder_replaces(folder, "../outside"); /* no name of a file of a run's */
    assert_true(file_exists(text_string(&path), "old.dat"));
    assert_true(folder_publish(folder, &error));
    assert_false(file_exists(text_string(&path), "old.dat"));
    folder_close(folder);
    text_free(&path);
}

static void an_error_sticks_and_nothing_is_published(void **state) {
    struct text path = {0}, error = {0};
    make_test_folder(&path);
    struct folder *folder = folder_open(text_string(&path), &error);
    struct output *good = folder_output(folder, "good.txt", 1024);
    struct output *bad = folder_output(folder, "no/such/place.txt", 1024);
    output_string(good, "x");
    output_string(bad, "x");
    output_flush(bad);
    assert_non_null(folder_error(folder));
    assert_false(folder_publish(folder, &error));
    assert_non_null(strstr(text_string(&error), "place.txt: No such file or directory"));
    folder_close(folder);
    assert_int_equal(rmdir(text_string(&path)), 0);
    text_free(&path);
    text_free(&error);
}

static void a_folder_that_cannot_be_made_is_a_sentence(void **state) {
    struct text error = {0};
    assert_null(folder_open("/dev/null/x", &error));
    assert_non_null(strstr(text_string(&error), "/dev/null/x: Not a directory; expected a folder"));
    text_free(&error);
}

static void integers_are_written_as_printf_writes_them(void **state) {
    const int64_t values[] = {0,   1,   -1,       9,          10,        99,
                              100, 101, 12345678, -987654321, INT64_MAX, INT64_MIN};
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        char ours[32], theirs[32];
        *digits_write(ours, values[i]) = '\0';
        snprintf(theirs, sizeof theirs, "%lld", (long long)values[i]);
        assert_string_equal(ours, theirs);
    }
}

static void seconds_have_the_decimals_they_need(void **state) {
    const struct {
        int64_t ns;
        const char *says;
    } rows[] = {{0, "0"},
                {1, "0.000000001"},
                {1500000000, "1.5"},
                {-250000000, "-0.25"},
                {60000000000, "60"}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char says[40];
        *seconds_write(says, rows[i].ns) = '\0';
        assert_string_equal(says, rows[i].says);
    }
}

static void names_are_quoted_as_json_wants_them(void **state) {
    struct text path = {0}, error = {0};
    make_test_folder(&path);
    struct folder *folder = folder_open(text_string(&path), &error);
    struct output *file = folder_output(folder, "a.txt", 1024);
    output_json(file, "plain", 5);
    output_json(file, "a\"b\\\n\xff", 6);
    assert_true(folder_publish(folder, &error));
    folder_close(folder);
    char *content = read_file(text_string(&path), "a.txt");
    assert_string_equal(content, "\"plain\"\"a\\\"b\\\\\\n\\ufffd\"");
    free(content);
    text_free(&path);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_has_its_final_name_only_after_it_was_published),
        cmocka_unit_test(a_folder_that_is_closed_unpublished_leaves_nothing),
        cmocka_unit_test(what_a_dead_process_left_is_removed_and_what_a_live_one_writes_is_not),
        cmocka_unit_test(files_of_an_earlier_run_go_when_the_new_ones_come),
        cmocka_unit_test(an_error_sticks_and_nothing_is_published),
        cmocka_unit_test(a_folder_that_cannot_be_made_is_a_sentence),
        cmocka_unit_test(integers_are_written_as_printf_writes_them),
        cmocka_unit_test(seconds_have_the_decimals_they_need),
        cmocka_unit_test(names_are_quoted_as_json_wants_them),
    };
    return cmocka_run_group_tests_name("output", tests, NULL, NULL);
}
