/*
 * Which key does the next operation touch: the request distributions of YCSB (Cooper et al.,
 * "Benchmarking cloud serving systems with YCSB", SoCC 2010, section 4.1), by integers and basic
 * IEEE operations.
 *
 * uniform     every key alike
 * sequential  0, 1, 2, ... and round again
 * zipfian     key of rank r with probability proportional to 1 / r^theta, by the method of Gray et
 *             al., "Quickly generating billion-record synthetic databases", SIGMOD 1994, which
 * takes one draw and one power. Ranks are scattered over the key space by a hash, as YCSB's
 *             ScrambledZipfianGenerator does, so that the popular keys are not neighbours.
 * latest      zipfian by age: the key inserted last is the most popular
 * hotspot     a share of the operations falls on a share of the keys, uniform inside and outside
 *             (YCSB's HotspotIntegerGenerator)
 *
 * Each choice takes exactly one draw (hotspot two, sequential none). Nothing is allocated.
 */
#ifndef PARTS_KEYS_H
#define PARTS_KEYS_H

#include "base/random.h"

enum keys_kind { KEYS_UNIFORM, KEYS_ZIPFIAN, KEYS_SEQUENTIAL, KEYS_LATEST, KEYS_HOTSPOT };

struct keys {
    enum keys_kind kind;
    int64_t count;                     /* keys 0 .. count - 1 exist; grows with inserts */
    int64_t next;                      /* sequential */
    int64_t hot_keys_ppm, hot_ops_ppm; /* hotspot */
    int64_t zeta_count;                /* zeta_n was summed over this many */
    double theta, alpha, zeta_2, zeta_n, eta;
};

/* count > 0; 0 < theta < 1. Summing zeta costs O(count), once: KEYS_ZETA_TERMS terms at most, the
 * rest by the integral that bounds it. */
enum { KEYS_ZETA_TERMS = 100000 };
void keys_begin(struct keys *, enum keys_kind, int64_t count, double theta, int64_t hot_keys_ppm,
                int64_t hot_ops_ppm);
int64_t keys_choose(struct keys *, struct random *);
/* A key that was not there: the count grows by one. */
int64_t keys_insert(struct keys *);

#endif
