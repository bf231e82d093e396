/*
 * Quantities: a decimal number and a unit, into an integer of the base unit.
 *
 * Nothing here is floating point. A unit is a ratio, so many base units for so many of it (a bit is
 * 1/8 byte; one event a minute is 1000/60 events per 1000 s). The whole part of the number is
 * multiplied in 128 bits; the fraction is folded in digit by digit from its right end, which is
 * exact however long it is, as floor((n + x) / 10) = floor((n + floor(x)) / 10) for whole n. So
 * "0.1s" is 100000000 ns to the last one, where a double would have to be rounded.
 *
 * Whoever mistypes a unit is told what was found, what would have been right, and an example. Names
 * are matched to the letter, since Mbit and MB differ by eight: a near miss gets a suggestion.
 */
#include "base/units.h"

#include <stddef.h>
#include <string.h>

#include "base/wide.h"

struct unit {
    const char *name;
    int64_t numerator, denominator; /* base units in one of this */
};

struct quantity_kind {
    const char *noun;     /* as in: unknown unit for ... */
    const char *expected; /* the units, for people */
    const char *example;
    const struct unit *units; /* the last has no name */
    bool bare;                /* a number without a unit is fine; it counts as units[0] */
    bool whole;               /* a fraction of a base unit is a mistake, not rounded */
};

#define K INT64_C(1000)
#define KI INT64_C(1024)
#define SECOND (K * K * K)

/* The Greek mu and the micro sign look alike, and both are typed. */
static const struct unit duration_units[] = {
    {"ns", 1, 1},
    {"us", K, 1},
    {"\xc2\xb5s", K, 1},
    {"\xce\xbcs", K, 1},
    {"ms", K *K, 1},
    {"s", SECOND, 1},
    {"min", 60 * SECOND, 1},
    {"h", 3600 * SECOND, 1},
    {"d", 86400 * SECOND, 1},
    {NULL, 0, 0},
};
static const struct unit byte_units[] = {
    {"B", 1, 1},        {"kB", K, 1},           {"MB", K *K, 1},
    {"GB", K *K *K, 1}, {"TB", K *K *K *K, 1},  {"KiB", KI, 1},
    {"MiB", KI *KI, 1}, {"GiB", KI *KI *KI, 1}, {"TiB", KI *KI *KI *KI, 1},
    {NULL, 0, 0},
};
static const struct unit bandwidth_units[] = {
    {"B/s", 1, 1},
    {"kB/s", K, 1},
    {"MB/s", K *K, 1},
    {"GB/s", K *K *K, 1},
    {"TB/s", K *K *K *K, 1},
    {"KiB/s", KI, 1},
    {"MiB/s", KI *KI, 1},
    {"GiB/s", KI *KI *KI, 1},
    {"TiB/s", KI *KI *KI *KI, 1},
    {"bit/s", 1, 8},
    {"kbit/s", K, 8},
    {"Mbit/s", K *K, 8},
    {"Gbit/s", K *K *K, 8},
    {"Tbit/s", K *K *K *K, 8},
    {NULL, 0, 0},
};
static const struct unit ratio_units[] = {
    {"", K *K *K, 1}, {"%", 10 * K *K, 1}, {"ppm", K, 1}, {"ppb", 1, 1}, {NULL, 0, 0},
};
static const struct unit rate_units[] = {
    {"/s", K, 1},        {"k/s", K *K, 1},       {"M/s", K *K *K, 1},    {"G/s", K *K *K *K, 1},
    {"/min", K, 60},     {"k/min", K *K, 60},    {"M/min", K *K *K, 60}, {"/h", K, 3600},
    {"k/h", K *K, 3600}, {"M/h", K *K *K, 3600}, {NULL, 0, 0},
};
static const struct unit count_units[] = {
    {"", 1, 1}, {"k", K, 1}, {"M", K *K, 1}, {"G", K *K *K, 1}, {NULL, 0, 0},
};

static const struct quantity_kind kinds[] = {
    [QUANTITY_DURATION] = {"a duration", "ns, us, ms, s, min, h or d", "5ms", duration_units, false,
                           false},
    [QUANTITY_BYTES] = {"a size", "B, kB, MB, GB or TB (1000), KiB, MiB, GiB or TiB (1024)",
                        "200MB", byte_units, false, false},
    [QUANTITY_BANDWIDTH] = {"a bandwidth",
                            "B/s, kB/s, MB/s, GB/s, KiB/s, MiB/s or GiB/s, or bit/s, kbit/s, "
                            "Mbit/s or Gbit/s",
                            "1Gbit/s", bandwidth_units, false, false},
    [QUANTITY_RATIO] = {"a ratio", "%, ppm, ppb, or no unit (1 is all)", "10%", ratio_units, true,
                        false},
    [QUANTITY_RATE] = {"a rate", "/s, /min or /h, with k or M before it for thousands or millions",
                       "500/s", rate_units, false, false},
    [QUANTITY_COUNT] = {"a count", "k, M, G, or no unit", "1000", count_units, true, true},
};

const char *quantity_example(enum quantity quantity) { return kinds[quantity].example; }

/* ---- the number ---- */

/* A number with more digits than POINT_MAX before its point is out of every range. */
enum { POINT_MAX = 60, DIGITS_MAX = 100 };

struct number {
    uint8_t digits[DIGITS_MAX]; /* values 0..9, no leading zeros */
    int count;
    int point; /* digits before the decimal point; may be below 0, or above count */
};

enum number_fault { NUMBER_FINE, NUMBER_MISSING, NUMBER_TOO_LONG };

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

static enum number_fault take_digit(struct number *number, char c, bool after_point) {
    if (number->count == 0 && c == '0') {
        if (after_point) number->point--;
        return NUMBER_FINE;
    }
    if (number->count == DIGITS_MAX) return NUMBER_TOO_LONG;
    number->digits[number->count++] = (uint8_t)(c - '0');
    if (!after_point) number->point++;
    return NUMBER_FINE;
}

/* An exponent, as tostring() writes small numbers: 1e-05. No unit begins with an e and a digit. */
static const char *take_exponent(struct number *number, const char *p) {
    if (*p != 'e' && *p != 'E') return p;
    const char *q = p + 1;
    const bool negative = *q == '-';
    if (*q == '-' || *q == '+') q++;
    if (!is_digit(*q)) return p;
    int exponent = 0;
    for (; is_digit(*q); q++) {
        if (exponent < 1000) exponent = exponent * 10 + (*q - '0');
    }
    number->point += negative ? -exponent : exponent;
    return q;
}

static enum number_fault take_number(struct number *number, const char **string) {
    const char *p = *string;
    bool any = false, after_point = false;
    *number = (struct number){{0}, 0, 0};
    for (; is_digit(*p) || (*p == '.' && !after_point); p++) {
        if (*p == '.') {
            after_point = true;
            continue;
        }
        any = true;
        if (take_digit(number, *p, after_point) != NUMBER_FINE) return NUMBER_TOO_LONG;
    }
    if (!any) return NUMBER_MISSING;
    *string = take_exponent(number, p);
    return NUMBER_FINE;
}

static uint128 digit_at(const struct number *number, int i) {
    return i >= 0 && i < number->count ? number->digits[i] : 0;
}

/* floor(number * unit); *exact: nothing was rounded away. False when it passes 63 bits. */
static bool multiply(const struct number *number, const struct unit *unit, int64_t *value,
                     bool *exact) {
    *exact = true;
    *value = 0;
    if (number->count == 0) return true;
    if (number->point > POINT_MAX) return false;

    const uint128 numerator = (uint128)unit->numerator, denominator = (uint128)unit->denominator;
    uint128 whole = 0;
    for (int i = 0; i < number->point; i++) {
        whole = whole * 10 + digit_at(number, i);
        if (whole > UINT64_MAX) return false;
    }
    uint128 fraction = 0;
    for (int i = number->count - 1; i >= number->point; i--) {
        const uint128 sum = numerator * digit_at(number, i) + fraction;
        if (sum % 10 != 0) *exact = false;
        fraction = sum / 10;
    }
    const uint128 product = whole * numerator + fraction;
    if (product % denominator != 0) *exact = false;
    if (product / denominator > INT64_MAX) return false;
    *value = (int64_t)(product / denominator);
    return true;
}

/* ---- the unit ---- */

static const struct unit *find_unit(const struct quantity_kind *kind, const char *name) {
    for (const struct unit *unit = kind->units; unit->name; unit++) {
        if (strcmp(unit->name, name) == 0) return unit;
    }
    return NULL;
}

static char lower(char c) { return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c; }

/* What is left of a unit's name when the usual mistakes no longer matter: case, bit or b or B, i
 * for 1024, "ps" or nothing for "/s". "Mb", "Mbps", "MB/s", "Mbit/s" and "MiB/s" are all "mb". */
static void blur(const char *name, char blurred[16]) {
    size_t n = 0;
    for (const char *p = name; *p && n < 15; p++) { blurred[n++] = lower(*p); }
    blurred[n] = '\0';
    if (n >= 3 && blurred[0] != '/' && strcmp(blurred + n - 2, "/s") == 0)
        n -= 2;
    else if (n >= 3 && strcmp(blurred + n - 2, "ps") == 0)
        n -= 2;
    blurred[n] = '\0';
    char *bit = strstr(blurred, "bit");
    if (bit) memmove(bit + 1, bit + 3, strlen(bit + 3) + 1);
    char *binary = strstr(blurred, "ib");
    if (binary) memmove(binary, binary + 1, strlen(binary + 1) + 1);
}

/* The right names for words that blurring does not lead to. */
static const struct {
    enum quantity quantity;
    const char *found, *meant;
} slips[] = {
    {QUANTITY_DURATION, "m", "\"min\" or \"ms\""}, {QUANTITY_DURATION, "sec", "\"s\""},
    {QUANTITY_DURATION, "secs", "\"s\""},          {QUANTITY_DURATION, "second", "\"s\""},
    {QUANTITY_DURATION, "seconds", "\"s\""},       {QUANTITY_DURATION, "msec", "\"ms\""},
    {QUANTITY_DURATION, "usec", "\"us\""},         {QUANTITY_DURATION, "minutes", "\"min\""},
    {QUANTITY_DURATION, "hours", "\"h\""},         {QUANTITY_DURATION, "days", "\"d\""},
    {QUANTITY_BYTES, "K", "\"kB\" or \"KiB\""},    {QUANTITY_BYTES, "k", "\"kB\" or \"KiB\""},
    {QUANTITY_BYTES, "M", "\"MB\" or \"MiB\""},    {QUANTITY_BYTES, "G", "\"GB\" or \"GiB\""},
};

/* " did you mean ...?", or nothing. */
static bool add_suggestion(enum quantity quantity, const char *found, struct text *error) {
    for (size_t i = 0; i < sizeof slips / sizeof *slips; i++) {
        if (slips[i].quantity != quantity || strcmp(slips[i].found, found) != 0) continue;
        text_add(error, "; did you mean %s?", slips[i].meant);
        return true;
    }
    char wanted[16], candidate[16];
    blur(found, wanted);
    bool any = false;
    for (const struct unit *unit = kinds[quantity].units; unit->name; unit++) {
        const size_t size = strlen(found);
        if (strncmp(unit->name, found, size) == 0 && strcmp(unit->name + size, "/s") == 0) {
            text_add(error, "; did you mean \"%s\"?", unit->name);
            return true; /* only the "/s" was left out */
        }
    }
    for (const struct unit *unit = kinds[quantity].units; unit->name; unit++) {
        blur(unit->name, candidate);
        if (candidate[0] == '\0' || strcmp(wanted, candidate) != 0) continue;
        text_add(error, any ? " or \"%s\"" : "; did you mean \"%s\"", unit->name);
        any = true;
    }
    if (any) text_add_char(error, '?');
    return any;
}

/* ---- the whole ---- */

static bool refuse(struct text *error, const char *string, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static bool refuse(struct text *error, const char *string, const char *format, ...) {
    text_add(error, "\"%s\": ", string);
    va_list arguments;
    va_start(arguments, format);
    text_add_list(error, format, arguments);
    va_end(arguments);
    return false;
}

static bool refuse_unit(enum quantity quantity, const char *string, const char *found,
                        struct text *error) {
    const struct quantity_kind *kind = &kinds[quantity];
    if (*found == '\0') {
        return refuse(error, string, "%s needs a unit: %s, as in \"%s\"", kind->noun,
                      kind->expected, kind->example);
    }
    refuse(error, string, "unknown unit \"%s\" for %s", found, kind->noun);
    if (!add_suggestion(quantity, found, error)) {
        text_add(error, "; expected %s, as in \"%s\"", kind->expected, kind->example);
    }
    return false;
}

static const char *skip_spaces(const char *p) {
    while (*p == ' ' || *p == '\t') p++;
    return p;
}

/* A copy of the unit without the spaces behind it. False when no unit is as long as that. */
static bool copy_unit(const char *p, char unit[64]) {
    size_t size = strlen(p);
    while (size > 0 && (p[size - 1] == ' ' || p[size - 1] == '\t')) size--;
    if (size >= 64) return false;
    memcpy(unit, p, size);
    unit[size] = '\0';
    return true;
}

bool quantity_parse(enum quantity quantity, const char *string, int64_t *value,
                    struct text *error) {
    const struct quantity_kind *kind = &kinds[quantity];
    const char *p = skip_spaces(string);
    if (*p == '-') {
        return refuse(error, string, "%s cannot be negative; expected something like \"%s\"",
                      kind->noun, kind->example);
    }
    if (*p == '+') p++;

    struct number number;
    switch (take_number(&number, &p)) {
    case NUMBER_MISSING:
        return refuse(error, string, "%s begins with a number, as in \"%s\"", kind->noun,
                      kind->example);
    case NUMBER_TOO_LONG:
        return refuse(error, string, "the number has more than %d digits", DIGITS_MAX);
    case NUMBER_FINE: break;
    }

    char name[64];
    if (!copy_unit(skip_spaces(p), name)) {
        return refuse(error, string,
                      "what follows the number is no unit for %s; expected %s, as "
                      "in \"%s\"",
                      kind->noun, kind->expected, kind->example);
    }
    const bool zero = number.count == 0;
    const struct unit *unit = *name == '\0' && zero ? &kind->units[0] : find_unit(kind, name);
    if (!unit) return refuse_unit(quantity, string, name, error);

    int64_t result;
    bool exact;
    if (!multiply(&number, unit, &result, &exact)) {
        return refuse(error, string, "%s of that size does not fit in 63 bits", kind->noun);
    }
    if (!exact && kind->whole) {
        return refuse(error, string, "%s is a whole number, as in \"%s\"", kind->noun,
                      kind->example);
    }
    *value = result;
    return true;
}

/* ---- writing ---- */

/* value / unit with all the decimals it needs; unit is a power of ten. */
static void add_decimal(struct text *text, uint64_t value, uint64_t unit, const char *name) {
    text_add(text, "%llu", (unsigned long long)(value / unit));
    uint64_t fraction = value % unit;
    if (fraction != 0) {
        int places = 0;
        for (uint64_t power = unit; power > 1; power /= 10) places++;
        while (fraction % 10 == 0) {
            fraction /= 10;
            places--;
        }
        text_add(text, ".%0*llu", places, (unsigned long long)fraction);
    }
    text_add(text, "%s", name);
}

struct decimal_unit {
    const char *name;
    uint64_t size;
};

/* In the largest unit that it fills; `units` go up, and the first is 1. */
static void add_in_largest(struct text *text, uint64_t value, const struct decimal_unit *units,
                           size_t count) {
    size_t i = 0;
    while (i + 1 < count && value >= units[i + 1].size) i++;
    add_decimal(text, value, units[i].size, units[i].name);
}

static void format_duration(uint64_t ns, struct text *text) {
    static const struct decimal_unit units[] = {
        {"ns", 1},
        {"us", K},
        {"ms", K * K},
        {"s", SECOND},
    };
    static const struct decimal_unit whole_units[] = {
        {"d", 86400 * SECOND},
        {"h", 3600 * SECOND},
        {"min", 60 * SECOND},
    };
    for (size_t i = 0; ns > 0 && i < sizeof whole_units / sizeof *whole_units; i++) {
        if (ns % whole_units[i].size != 0) continue;
        add_decimal(text, ns / whole_units[i].size, 1, whole_units[i].name);
        return;
    }
    add_in_largest(text, ns, units, sizeof units / sizeof *units);
}

static void format_bytes(uint64_t bytes, struct text *text, const char *behind) {
    static const struct decimal_unit units[] = {
        {"B", 1}, {"kB", K}, {"MB", K * K}, {"GB", K * K * K}, {"TB", K * K * K * K},
    };
    static const struct decimal_unit binary[] = {
        {"TiB", KI * KI * KI * KI},
        {"GiB", KI * KI * KI},
        {"MiB", KI * KI},
        {"KiB", KI},
    };
    struct text decimal = {NULL, 0, 0}, power = {NULL, 0, 0};
    add_in_largest(&decimal, bytes, units, sizeof units / sizeof *units);
    for (size_t i = 0; bytes > 0 && i < sizeof binary / sizeof *binary; i++) {
        if (bytes % binary[i].size != 0) continue;
        add_decimal(&power, bytes / binary[i].size, 1, binary[i].name);
        break;
    }
    const struct text *shorter = power.size > 0 && power.size < decimal.size ? &power : &decimal;
    text_add(text, "%s%s", text_string(shorter), behind);
    text_free(&decimal);
    text_free(&power);
}

static void format_ratio(uint64_t ppb, struct text *text) {
    static const struct decimal_unit units[] = {
        {"ppb", 1},
        {"ppm", K},
    };
    if (ppb == 0 || ppb >= K * K)
        add_decimal(text, ppb, 10 * K * K, "%");
    else
        add_in_largest(text, ppb, units, sizeof units / sizeof *units);
}

void quantity_format(enum quantity quantity, int64_t value, struct text *text) {
    uint64_t magnitude = (uint64_t)value;
    if (value < 0) {
        text_add_char(text, '-');
        magnitude = UINT64_C(0) - magnitude;
    }
    switch (quantity) {
    case QUANTITY_DURATION: format_duration(magnitude, text); break;
    case QUANTITY_BYTES: format_bytes(magnitude, text, ""); break;
    case QUANTITY_BANDWIDTH: format_bytes(magnitude, text, "/s"); break;
    case QUANTITY_RATIO: format_ratio(magnitude, text); break;
    case QUANTITY_RATE: add_decimal(text, magnitude, K, "/s"); break;
    case QUANTITY_COUNT: add_decimal(text, magnitude, 1, ""); break;
    }
}
