/* The reader of histories, and each specification over what it takes: an answer or a reason with
 * the line, a picture of what fails, and all memory given back. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "check/check.h"
#include "check/history_file.h"
#include "check/timeline.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void judge(const struct check_spec *spec, const struct history *history,
                  struct limits *limits) {
    struct check_result result = {.anomalies_max = 3};
    struct text svg = {0};
    limits->ticks = 0;
    limits->ticks_max = 300000;
    limits->passed = NULL;
    check_run(spec, history, limits, &result);
    assert(result.malformed.size || result.why.size);
    for (size_t i = 0; i < result.anomaly_count; i++)
        timeline_svg(history, spec, &result.anomalies[i], NULL, 0, &svg);
    text_free(&svg);
    check_result_free(&result, limits);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const int file = memfd_create("history", 0);
    if (write(file, data, size) != (ssize_t)size) abort();
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    struct history history;
    struct limits limits = {.memory_max = 50000000};
    struct text error = {0};
    const enum history_read read = history_read_file(&history, path, "h", &limits, &error);
    assert((read == HISTORY_MALFORMED) == (strncmp(text_string(&error), "h:", 2) == 0));
    for (size_t i = 0; read == HISTORY_READ && check_specs[i]; i++)
        judge(check_specs[i], &history, &limits);
    history_free(&history, &limits);
    assert(limits.memory_used == 0);
    text_free(&error);
    close(file);
    return 0;
}
