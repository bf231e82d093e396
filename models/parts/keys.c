#include "parts/keys.h"

#include <string.h>

/* Powers without libm, whose last bit differs between machines: x^y = e^(y ln x), both by series
 * whose terms are sums and products of doubles. Good to about 1e-13, which is more than a choice
 * among keys needs. x > 0. */
static double natural_log(double x) {
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    const int exponent = (int)(bits >> 52 & 0x7ff) - 1023;
    bits = (bits & UINT64_C(0xfffffffffffff)) | UINT64_C(0x3ff0000000000000);
    double m; /* 1 <= m < 2 */
    memcpy(&m, &bits, sizeof m);
    const double t = (m - 1.0) / (m + 1.0); /* ln m = 2 atanh t, t < 1/3 */
    const double t2 = t * t;
    double sum = 0.0;
    for (int n = 29; n >= 1; n -= 2) sum = sum * t2 + 1.0 / n;
    return 2.0 * t * sum + (double)exponent * 0.693147180559945309417;
}

static double exponential(double x) {
    if (x < -700.0) return 0.0;
    int halvings = 0;
    while (x > 0.25 || x < -0.25) {
        x *= 0.5;
        halvings++;
    }
    double sum = 1.0;
    for (int n = 14; n >= 1; n--) sum = 1.0 + sum * x / n;
    for (; halvings > 0; halvings--) sum *= sum;
    return sum;
}

static double power(double x, double y) { return exponential(y * natural_log(x)); }

/* zeta(n, theta) = sum of 1 / i^theta for i = 1 .. n. Past KEYS_ZETA_TERMS the sum is continued by
 * its integral from i - 1/2 to i + 1/2 (the midpoint rule), off by less than 1e-9. */
static double zeta(int64_t n, double theta) {
    const int64_t terms = n < KEYS_ZETA_TERMS ? n : KEYS_ZETA_TERMS;
    double sum = 0.0;
    for (int64_t i = terms; i >= 1; i--) sum += power((double)i, -theta);
    if (n > terms) {
        const double high = power((double)n + 0.5, 1.0 - theta);
        const double low = power((double)terms + 0.5, 1.0 - theta);
        sum += (high - low) / (1.0 - theta);
    }
    return sum;
}

/* Gray et al., figure 2. */
static void zipf_prepare(struct keys *k) {
    if (k->zeta_count == 0) {
        k->zeta_n = zeta(k->count, k->theta);
    } else { /* items were added: only their terms (YCSB, ZipfianGenerator.zeta with a start) */
        for (int64_t i = k->zeta_count + 1; i <= k->count; i++)
            k->zeta_n += power((double)i, -k->theta);
    }
    k->zeta_count = k->count;
    k->eta = (1.0 - power(2.0 / (double)k->count, 1.0 - k->theta)) / (1.0 - k->zeta_2 / k->zeta_n);
}

/* A rank, 0 the most popular. */
static int64_t zipf_rank(struct keys *k, struct random *random) {
    const uint64_t bits = draw(random);
    if (k->count < 3) return (int64_t)(bits >> 33) % k->count;
    if (k->zeta_count != k->count) zipf_prepare(k);
    const double u = (double)(bits >> 11) * (1.0 / 9007199254740992.0);
    const double uz = u * k->zeta_n;
    if (uz < 1.0) return 0;
    if (uz < k->zeta_2) return 1;
    const double base = k->eta * u - k->eta + 1.0;
    const int64_t rank = (int64_t)((double)k->count * power(base, k->alpha));
    return rank < k->count ? rank : k->count - 1;
}

void keys_begin(struct keys *k, enum keys_kind kind, int64_t count, double theta,
                int64_t hot_keys_ppm, int64_t hot_ops_ppm) {
    *k = (struct keys){.kind = kind,
                       .count = count,
                       .hot_keys_ppm = hot_keys_ppm,
                       .hot_ops_ppm = hot_ops_ppm,
                       .theta = theta};
    if (kind != KEYS_ZIPFIAN && kind != KEYS_LATEST) return;
    k->alpha = 1.0 / (1.0 - theta);
    k->zeta_2 = 1.0 + power(2.0, -theta);
    if (count >= 3) zipf_prepare(k);
}

static int64_t hotspot(const struct keys *k, struct random *random) {
    int64_t hot = mul_div(k->count, k->hot_keys_ppm, 1000000);
    if (hot < 1) hot = 1;
    const bool in_hot = draw_below(random, 1000000) < k->hot_ops_ppm || hot == k->count;
    return in_hot ? draw_below(random, hot) : hot + draw_below(random, k->count - hot);
}

int64_t keys_choose(struct keys *k, struct random *random) {
    switch (k->kind) {
    case KEYS_UNIFORM: return draw_below(random, k->count);
    case KEYS_SEQUENTIAL: {
        const int64_t key = k->next % k->count;
        k->next = key + 1;
        return key;
    }
    case KEYS_ZIPFIAN: {
        const uint64_t rank = (uint64_t)zipf_rank(k, random);
        return (int64_t)(random_at(UINT64_C(0x7a697066), rank) % (uint64_t)k->count);
    }
    case KEYS_LATEST: return k->count - 1 - zipf_rank(k, random);
    case KEYS_HOTSPOT: return hotspot(k, random);
    }
    return 0;
}

int64_t keys_insert(struct keys *k) { return k->count++; }
