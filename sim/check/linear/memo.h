/*
 * Where the search has been: the configurations from which it found, or is finding, that there
 * is no way on.
 *
 * A configuration is what has been taken, and the state. All that ended before the first certain
 * operation not taken (the `passed`) has been taken; nothing invoked after that one's end has
 * been. So what has been taken is the number passed and, of the operations open at that moment,
 * which: a bit a slot. Records are as wide as the history was concurrent, where Lowe's and
 * Porcupine's sets are as wide as it is long.
 *
 * A record is as good as another with the same certain operations taken, the same state, and
 * fewer optional ones: whatever finishes the other finishes this one, as what is optional need
 * not happen. So where the one has no way on, the other has none, and a configuration with more
 * optional operations taken than a recorded one counts as known.
 */
#ifndef CHECK_LINEAR_MEMO_H
#define CHECK_LINEAR_MEMO_H

#include "check/limits.h"

struct memo {
    struct limits *limits;
    uint32_t certain_words, optional_words, stride; /* 64 bits each */
    /* passed and state; words; where there are optional ones: the older of one base */
    uint64_t *records;
    size_t count, capacity;
    uint32_t *slots;       /* one more than a record's number; 0: free. By all of it */
    uint32_t *bases;       /* the same by base, all but the optional words: the newest record */
    size_t slot_count, base_count;
};

void memo_begin(struct memo *, struct limits *, uint32_t certain_words, uint32_t optional_words);
void memo_free(struct memo *);
enum memo_answer { MEMO_NEW, MEMO_KNOWN, MEMO_LIMIT };
/* Expected O(words). `words`: first the certain, then the optional ones. */
enum memo_answer memo_add(struct memo *, uint32_t passed, uint32_t state, const uint64_t *words);

#endif
