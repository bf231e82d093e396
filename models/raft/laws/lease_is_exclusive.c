/*
 * Who reads by a lease takes it that nobody else can have committed anything. Once a leader of a
 * later term has, a lease of this one is over, whatever its holder's clock says.
 */
#include "raft/laws/laws.h"

enum { READ_COMMITTED, READ_LEASE_READ };
struct latest {
    int64_t term; /* the highest in which a leader has committed */
    sim_node leader;
};

static enum sim_judgement fold(struct sim_fold *f, const struct sim_fact *fact) {
    struct latest *latest = f->state;
    if (fact->which == READ_COMMITTED) {
        if (fact->c > latest->term) *latest = (struct latest){fact->c, fact->node};
        return SIM_NOTHING;
    }
    if (fact->b >= latest->term) return SIM_HELD;
    text_add(f->why,
             "{%u} reads at %lld by its lease of term %lld, but {%u} leads in term %lld, and has "
             "committed",
             fact->node, (long long)fact->a, (long long)fact->b, latest->leader,
             (long long)latest->term);
    return SIM_BROKEN;
}

const struct sim_law raft_lease_is_exclusive = {
    .name = "Lease Is Exclusive",
    .says = "while a leader reads by its lease, no leader of a later term has committed anything",
    .source = "Ongaro 2014, 6.4.1",
    .reads =
        (const char *const[]){
            [READ_COMMITTED] = "committed", [READ_LEASE_READ] = "lease_read", NULL},
    .state_bytes = sizeof(struct latest),
    .per_group = true,
    .fold = fold,
};
