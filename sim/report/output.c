/*
 * Writing: a buffer an output, appended to its partial file when full. Integers are formatted here,
 * two digits at a time, as a trace of a million events is mostly integers.
 */
#include "report/output.h"

#include <stdarg.h>

#include "report/folder.h"

void output_flush(struct output *o) {
    folder_append(o, o->buffer, o->size);
    o->size = 0;
}

void output_bytes_large(struct output *o, const void *bytes, size_t size) {
    output_flush(o);
    if (size > o->capacity) {
        folder_append(o, bytes, size);
        return;
    }
    memcpy(o->buffer, bytes, size);
    o->size = size;
}

/* Most strings are names: nothing in them needs a change, and they go out as they are. */
static bool is_plain(const unsigned char *bytes, size_t size) {
    for (size_t i = 0; i < size; i++) {
        if (bytes[i] < 0x20 || bytes[i] > 0x7e || bytes[i] == '"' || bytes[i] == '\\') return false;
    }
    return true;
}

void output_json(struct output *o, const void *bytes, size_t size) {
    if (is_plain(bytes, size)) {
        output_char(o, '"');
        if (size) output_bytes(o, bytes, size);
        output_char(o, '"');
        return;
    }
    struct text quoted = {0};
    text_add_json(&quoted, bytes, size);
    output_text(o, &quoted);
    text_free(&quoted);
}

void output_format(struct output *o, const char *format, ...) {
    struct text text = {0};
    va_list arguments;
    va_start(arguments, format);
    text_add_list(&text, format, arguments);
    va_end(arguments);
    output_text(o, &text);
    text_free(&text);
}

static const char digit_pairs[] = "0001020304050607080910111213141516171819"
                                  "2021222324252627282930313233343536373839"
                                  "4041424344454647484950515253545556575859"
                                  "6061626364656667686970717273747576777879"
                                  "8081828384858687888990919293949596979899";

static char *unsigned_write(char *at, uint64_t value) {
    char reversed[20];
    size_t used = sizeof reversed;
    while (value >= 100) {
        const size_t pair = (size_t)(value % 100) * 2;
        value /= 100;
        reversed[--used] = digit_pairs[pair + 1];
        reversed[--used] = digit_pairs[pair];
    }
    if (value >= 10) {
        reversed[--used] = digit_pairs[value * 2 + 1];
        reversed[--used] = digit_pairs[value * 2];
    } else {
        reversed[--used] = (char)('0' + (int)value);
    }
    memcpy(at, reversed + used, sizeof reversed - used);
    return at + (sizeof reversed - used);
}

char *digits_write(char *at, int64_t value) {
    if (value >= 0) return unsigned_write(at, (uint64_t)value);
    *at++ = '-';
    return unsigned_write(at, UINT64_C(0) - (uint64_t)value);
}

char *seconds_write(char *at, int64_t ns) {
    uint64_t magnitude = (uint64_t)ns;
    if (ns < 0) {
        *at++ = '-';
        magnitude = UINT64_C(0) - magnitude;
    }
    at = unsigned_write(at, magnitude / 1000000000u);
    uint64_t rest = magnitude % 1000000000u;
    if (rest == 0) return at;
    *at++ = '.';
    for (uint64_t place = 100000000u; rest > 0; place /= 10) {
        *at++ = (char)('0' + (int)(rest / place));
        rest %= place;
    }
    return at;
}
