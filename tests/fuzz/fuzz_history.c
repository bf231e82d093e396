/* The reader of histories, and the judge of sessions over what it takes: an answer or a reason with
 * the line, and all memory given back. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "check/check.h"
#include "check/history_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const int file = memfd_create("history", 0);
    if (write(file, data, size) != (ssize_t)size) abort();
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    struct history history;
    struct limits limits = {.memory_max = 50000000};
    struct text error = {0};
    struct check_result result = {.anomalies_max = 3};
    const enum history_read read = history_read_file(&history, path, "h", &limits, &error);
    assert((read == HISTORY_MALFORMED) == (strncmp(text_string(&error), "h:", 2) == 0));
    if (read == HISTORY_READ) {
        check_run(check_spec_named("session"), &history, &limits, &result);
        assert(result.malformed.size || result.why.size);
    }
    check_result_free(&result, &limits);
    history_free(&history, &limits);
    assert(limits.memory_used == 0);
    text_free(&error);
    close(file);
    return 0;
}
