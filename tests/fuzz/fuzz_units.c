/* The reader of quantities: whatever it is given, it says a value that prints and reads again as
 * itself, or why not. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/units.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char *string = malloc(size + 1);
    if (size) memcpy(string, data, size);
    string[size] = '\0';
    for (enum quantity q = QUANTITY_DURATION; q <= QUANTITY_COUNT; q++) {
        int64_t value = -1, again = -1;
        struct text error = {0}, printed = {0};
        if (quantity_parse(q, string, &value, &error)) {
            assert(value >= 0);
            assert(error.size == 0);
            quantity_format(q, value, &printed);
            assert(quantity_parse(q, text_string(&printed), &again, &error));
            assert(again == value);
        } else {
            assert(error.size > 0);
        }
        text_free(&error);
        text_free(&printed);
    }
    free(string);
    return 0;
}
