/* 128-bit integers, and multiplications that may pass 64 bits on the way. The one place for
   them. */
#ifndef BASE_WIDE_H
#define BASE_WIDE_H

#include <stdint.h>

__extension__ typedef unsigned __int128 uint128;
__extension__ typedef __int128 int128;

/* floor(a * b / c), c > 0; the result saturates at the ends of int64_t. */
static inline int64_t mul_div(int64_t a, int64_t b, int64_t c) {
    int64_t narrow;
    if (!__builtin_mul_overflow(a, b, &narrow)) return narrow / c - (narrow % c < 0);
    const int128 product = (int128)a * b;
    int128 quotient = product / c;
    if (product % c != 0 && product < 0) quotient--;
    if (quotient > INT64_MAX) return INT64_MAX;
    if (quotient < INT64_MIN) return INT64_MIN;
    return (int64_t)quotient;
}
/* ceil(a * b / c), c > 0, saturated. */
static inline int64_t mul_div_up(int64_t a, int64_t b, int64_t c) {
    int64_t narrow;
    if (!__builtin_mul_overflow(a, b, &narrow)) return narrow / c + (narrow % c > 0);
    const int128 product = (int128)a * b;
    int128 quotient = product / c;
    if (product % c != 0 && product > 0) quotient++;
    if (quotient > INT64_MAX) return INT64_MAX;
    if (quotient < INT64_MIN) return INT64_MIN;
    return (int64_t)quotient;
}
/* Saturating sum and difference: a time so far away that it never comes stays there. */
static inline int64_t add_sat(int64_t a, int64_t b) {
    int64_t sum;
    if (!__builtin_add_overflow(a, b, &sum)) return sum;
    return b > 0 ? INT64_MAX : INT64_MIN;
}
static inline int64_t sub_sat(int64_t a, int64_t b) {
    int64_t difference;
    if (!__builtin_sub_overflow(a, b, &difference)) return difference;
    return b < 0 ? INT64_MAX : INT64_MIN;
}

#endif
