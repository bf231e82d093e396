/* The codec of values that Lua nodes send each other: what is malformed is refused, and never read
 * past. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/value.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    uint8_t *exact = malloc(size ? size : 1); /* so that a byte past the end is seen */
    if (size) memcpy(exact, data, size);
    struct reader reader = reader_over(exact, size);
    const bool skipped = value_skip(&reader);
    assert(reader.at <= size);
    struct text json = {0};
    const bool shown = value_to_json(&json, exact, size);
    if (shown && size > 0) assert(skipped); /* no bytes at all are null, by their contract */
    assert(json.size > 0);
    text_free(&json);
    free(exact);
    return 0;
}
