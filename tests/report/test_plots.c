/* What a gnuplot file is told: strings that nothing escapes from, columns, spans whose labels fit.
 * */
#include "report_test.h"

#include "report/json.h"
#include "report/plot_marks.h"
#include "report/plots.h"
#include "report/series.h"

static void assert_has(const struct text *text, const char *words) {
    if (!strstr(text_string(text), words)) fail_msg("'%s' is not in: %s", words, text_string(text));
}

static void the_prelude_quotes_what_comes_from_a_script(void **state) {
    struct text path = {0}, out = {0};
    make_test_folder(&path);
    const char *const keys[] = {"of", "2 bad-name"}, *const values[] = {"it's `rm`\n", "$x"};
    const struct report_plot plot = {"lag", "lag.svg", keys, values, 2};
    const struct plot_request request = {text_string(&path), NULL,       "/p", "svg",
                                         "a, seed 1",        60000000000};
    plot_prelude(&request, &plot, "/o'ut", &out);
    assert_has(&out, "\nof = 'it''s `rm` '\n");
    assert_has(&out, "\n__bad_name = '$x'\n");
    assert_has(&out, "\noutput = '/o''ut'\n");
    assert_has(&out, "\nend_s = 60.000000000\n");
    text_free(&path);
    text_free(&out);
}

static void the_prelude_knows_the_columns_of_each_series(void **state) {
    struct text path = {0}, out = {0};
    make_test_folder(&path);
    write_file(text_string(&path), "b.dat", "# every 2 of 4\n# time[s] lag[ns] count[]\n0 1 2\n");
    write_file(text_string(&path), "a.dat", "# time[s] x[bytes]\n0 1\n");
    const struct report_plot plot = {"lag", "lag.svg", NULL, NULL, 0};
    const struct plot_request request = {text_string(&path), NULL, "/p", "svg", "", 1};
    plot_prelude(&request, &plot, "o", &out);
    assert_has(&out, "dat_names = 'a b'\n");
    assert_has(&out, "columns_known = '|a: time x |b: time lag count |'\n");
    assert_has(&out, "units_known = '|a: s bytes |b: s ns 1 |'\n");
    text_free(&path);
    text_free(&out);
}

static void labels_that_would_overlap_stand_in_other_lanes(void **state) {
    struct text path = {0}, out = {0};
    make_test_folder(&path);
    write_file(
        text_string(&path), "marks.dat",
        "# from_s to_s kind label\n10 11 mark \"the first of them\"\n11 12 cut \"the second\"\n"
        "40 41 cut \"far away\"\n59.9 60 crash \"at the very end\"\n");
    plot_marks(text_string(&path), 60, &out);
    assert_has(&out, "mark_count = 4\nmark_lanes = 2\n");
    assert_has(
        &out,
        "mark_lane[1] = 1; mark_anchor[1] = 1; mark_fault[1] = 0; mark_label[1] = 'the first");
    assert_has(&out, "mark_lane[2] = 2; mark_anchor[2] = 1; mark_fault[2] = 1;");
    assert_has(&out, "mark_lane[3] = 1;");
    assert_has(&out, "mark_lane[4] = 1; mark_anchor[4] = 2;");
    text_free(&path);
    text_free(&out);
}

static void many_marks_at_once_are_shaded_without_names(void **state) {
    struct text path = {0}, out = {0}, marks = {0};
    make_test_folder(&path);
    for (int i = 0; i < 500; i++) text_add(&marks, "30 31 cut \"cut number %d\"\n", i);
    write_file(text_string(&path), "marks.dat", text_string(&marks));
    plot_marks(text_string(&path), 60, &out);
    assert_has(&out, "mark_count = 200\nmark_lanes = 3\n");
    assert_has(&out, "mark_lane[200] = 0;");
    text_free(&path);
    text_free(&out);
    text_free(&marks);
}

static void a_file_of_a_series_has_a_name_that_every_system_takes(void **state) {
    const struct {
        const char *node, *file;
    } rows[] = {{"n1", "n1"},
                {"a/b c", "a_b_c"},
                {"..", "_.."},
                {"latency", "latency_node"},
                {"marks2", "marks2"}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct text name = {0};
        series_file_name(rows[i].node, &name);
        assert_string_equal(text_string(&name), rows[i].file);
        text_free(&name);
    }
}

static void json_is_indented_and_short_things_stay_on_a_line(void **state) {
    struct text out = {0};
    struct json json = {.out = &out};
    json_open(&json, NULL, '{');
    json_string(&json, "a", "x\"y");
    json_open_flat(&json, "b", '{');
    json_integer(&json, "c", -1);
    json_bool(&json, "d", true);
    json_close(&json, '}');
    json_open(&json, "e", '[');
    json_string(&json, NULL, NULL);
    json_close(&json, ']');
    json_open(&json, "f", '[');
    json_close(&json, ']');
    json_close(&json, '}');
    assert_string_equal(text_string(&out),
                        "{\n  \"a\": \"x\\\"y\",\n  \"b\": {\"c\": -1, \"d\": true},\n"
                        "  \"e\": [\n    null\n  ],\n  \"f\": []\n}");
    text_free(&out);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_prelude_quotes_what_comes_from_a_script),
        cmocka_unit_test(the_prelude_knows_the_columns_of_each_series),
        cmocka_unit_test(labels_that_would_overlap_stand_in_other_lanes),
        cmocka_unit_test(many_marks_at_once_are_shaded_without_names),
        cmocka_unit_test(a_file_of_a_series_has_a_name_that_every_system_takes),
        cmocka_unit_test(json_is_indented_and_short_things_stay_on_a_line),
    };
    return cmocka_run_group_tests_name("plots", tests, NULL, NULL);
}
