/*
 * Quantities with units, as scripts and command lines write them: "5ms", "200MB", "1Gbit/s",
 * "50ppm", "10%", "500/s". Exact: decimals are read as integers over a power of ten, and a quantity
 * that is no whole number of its base unit is rounded down; none passes 63 bits.
 */
#ifndef BASE_UNITS_H
#define BASE_UNITS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

enum quantity {
    QUANTITY_DURATION,  /* ns us ms s min h d; into ns. "0" needs no unit */
    QUANTITY_BYTES,     /* B kB MB GB TB (1000), KiB MiB GiB TiB (1024); into bytes */
    QUANTITY_BANDWIDTH, /* B/s kB/s ... or bit/s kbit/s Mbit/s Gbit/s; into bytes per second */
    QUANTITY_RATIO,     /* 10%, 50ppm, 3ppb, or a plain 0.25; into parts per billion */
    QUANTITY_RATE,      /* 500/s, 10/min, 2k/s; into events per 1000 s, so that 0.5/s is exact */
    QUANTITY_COUNT,     /* a plain integer, with k, M, G allowed */
};

/* False with a sentence in `error`: what was found, what was expected, an example. */
bool quantity_parse(enum quantity, const char *string, int64_t *value, struct text *error);
const char *quantity_example(enum quantity);
void quantity_format(enum quantity, int64_t value, struct text *);

#endif
