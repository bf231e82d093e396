#include "paxos/core/quorum.h"

#include "base/text.h"
#include "paxos/core/ballot.h"

static bool members_are_sound(const sim_node *members, size_t count, struct text *refusal) {
    if (count == 0 || count > PAXOS_MEMBERS_MAX) {
        text_add(refusal, "peers: expected 1 to %d nodes, found %zu", PAXOS_MEMBERS_MAX, count);
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (members[i] >= BALLOT_NODES) {
            text_add(refusal, "peers: a ballot has room for nodes below n%d, found n%u",
                     BALLOT_NODES, members[i]);
            return false;
        }
        for (size_t k = 0; k < i; k++)
            if (members[k] == members[i]) {
                text_add(refusal, "peers: n%u is in the list twice", members[i]);
                return false;
            }
    }
    return true;
}

bool paxos_quorum_begin(struct quorum_system *q, const sim_node *members, size_t count, int64_t q1,
                        int64_t q2, bool insist, struct text *refusal) {
    if (!members_are_sound(members, count, refusal)) return false;
    *q = (struct quorum_system){.count = (int64_t)count};
    for (size_t i = 0; i < count; i++) q->members[i] = members[i];
    q->q1 = q1 ? q1 : q->count / 2 + 1;
    q->q2 = q2 ? q2 : q->count / 2 + 1;
    if (q->q1 > q->count || q->q2 > q->count) {
        text_add(refusal, "%s: a quorum of %lld, but there are %lld peers",
                 q->q1 > q->count ? "q1" : "q2", (long long)(q->q1 > q->count ? q->q1 : q->q2),
                 (long long)q->count);
        return false;
    }
    if (q->q1 + q->q2 > q->count || insist) return true;
    text_add(refusal,
             "q1, q2: quorums must intersect, q1 + q2 > n, but %lld + %lld is not more than %lld "
             "(insist = true takes them all the same)",
             (long long)q->q1, (long long)q->q2, (long long)q->count);
    return false;
}

int paxos_quorum_place(const struct quorum_system *q, sim_node node) {
    for (int i = 0; i < (int)q->count; i++)
        if (q->members[i] == node) return i;
    return -1;
}
