#include "parts/timeouts.h"

#include "base/text.h"

static bool refuse(struct text *refusal, const char *found, int64_t ns, const char *expected,
                   int64_t timeout, const char *why) {
    text_add(refusal, "%s: found ", found);
    text_add_ns(refusal, ns);
    text_add(refusal, "; expected %s election_timeout, ", expected);
    text_add_ns(refusal, timeout);
    text_add(refusal, ", %s", why);
    return false;
}

bool timeouts_fit(int64_t heartbeat, int64_t least, int64_t most, struct text *refusal) {
    if (most < least)
        return refuse(refusal, "election_timeout_max", most, "at least", least,
                      "as a timeout is drawn from between the two");
    if (heartbeat >= least)
        return refuse(refusal, "heartbeat", heartbeat, "less than", least,
                      "or nobody leads for long");
    return true;
}
