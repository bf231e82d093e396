/* The progress bar fits its terminal, whatever its width, and says what it knows. */
#include "report_test.h"

#include "report/progress.h"

static void the_bar_never_passes_the_width(void **state) {
    for (int utf8 = 0; utf8 < 2; utf8++) {
        for (int width = 1; width < 200; width++) {
            for (int64_t now = 0; now <= 60; now += 7) {
                struct text line = {0};
                progress_line(&line, width, utf8 == 1, now * 1000000000, 60000000000, now * 333,
                              123456789);
                assert_true(text_columns(text_string(&line)) < (size_t)width || width == 1);
                text_free(&line);
            }
        }
    }
}

static void it_tells_virtual_time_wall_time_rate_and_estimate(void **state) {
    struct text line = {0};
    progress_line(&line, 120, false, 15000000000, 60000000000, 5000, 6000000);
    const char *says = text_string(&line);
    assert_non_null(strstr(says, "25%  15s left"));
    assert_non_null(strstr(says, "15s of 60s"));
    assert_non_null(strstr(says, "wall 5s"));
    assert_non_null(strstr(says, "1.20M events/s"));
    assert_non_null(strstr(says, "#######......................."));
    text_free(&line);
}

static void past_its_end_it_is_full(void **state) {
    struct text line = {0};
    progress_line(&line, 80, false, 70, 60, 5000, 0);
    assert_non_null(strstr(text_string(&line), "100%"));
    assert_null(strstr(text_string(&line), "."));
    text_free(&line);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_bar_never_passes_the_width),
        cmocka_unit_test(it_tells_virtual_time_wall_time_rate_and_estimate),
        cmocka_unit_test(past_its_end_it_is_full),
    };
    return cmocka_run_group_tests_name("progress", tests, NULL, NULL);
}
