/*
 * The key of a named stream: XXH3 of kind, a zero byte, and name, seeded with the parent's key.
 *
 * The zero byte keeps ("link", "a") and ("lin", "ka") apart. XXH3 is defined over bytes, so the key
 * is the same on every machine, whichever vector instructions the library chose.
 */
#include "base/random.h"

#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

uint64_t random_key_named(uint64_t parent, const char *kind, const char *name) {
    char joined[256];
    const size_t kind_size = strlen(kind) + 1, name_size = strlen(name);
    if (kind_size + name_size <= sizeof joined) {
        memcpy(joined, kind, kind_size);
        memcpy(joined + kind_size, name, name_size);
        return XXH3_64bits_withSeed(joined, kind_size + name_size, parent);
    }
    XXH3_state_t state;
    XXH3_INITSTATE(&state);
    XXH3_64bits_reset_withSeed(&state, parent);
    XXH3_64bits_update(&state, kind, kind_size);
    XXH3_64bits_update(&state, name, name_size);
    return XXH3_64bits_digest(&state);
}
