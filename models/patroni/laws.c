#include "patroni/laws.h"

#include "base/text.h"

enum { LAW_GRANTED, LAW_LOST, LAW_LEADS };

/* ---- terms only grow, so the last one says all ---- */

struct terms {
    int64_t term, server;
};

static enum sim_judgement terms_fold(struct sim_fold *fold, const struct sim_fact *fact) {
    struct terms *last = fold->state;
    const long long server = (long long)fact->a, term = (long long)fact->b;
    if (fact->which == LAW_GRANTED) {
        if (fact->b <= last->term) {
            text_add(fold->why, "term %lld is given to {%lld}, after term %lld to {%lld}", term,
                     server, (long long)last->term, (long long)last->server);
            return SIM_BROKEN;
        }
        *last = (struct terms){fact->b, fact->a};
        return SIM_HELD;
    }
    if (fact->which == LAW_LOST || fact->b < last->term) return SIM_NOTHING;
    if (fact->b == last->term && fact->a == last->server) return SIM_HELD;
    text_add(fold->why, "{%lld} leads in term %lld, but the last given is term %lld, to {%lld}",
             server, term, (long long)last->term, (long long)last->server);
    return SIM_BROKEN;
}

const struct sim_law patroni_one_leader_per_term = {
    .name = "One Leader Per Term",
    .says = "each term is given once, above all before, and its server alone leads in it",
    .source = "Ongaro and Ousterhout 2014, 5.2, of leases: Gray and Cheriton 1989",
    .reads = (const char *const[]){"lease_granted", "lease_lost", "leads", NULL},
    .state_bytes = sizeof(struct terms),
    .per_group = true,
    .fold = terms_fold,
};

/* ---- what an agent leaves primary has the lease ---- */

struct lease {
    int64_t term, server;
    bool held;
};

static enum sim_judgement lease_fold(struct sim_fold *fold, const struct sim_fact *fact) {
    struct lease *lease = fold->state;
    if (fact->which == LAW_GRANTED) {
        *lease = (struct lease){fact->b, fact->a, true};
        return SIM_NOTHING;
    }
    if (fact->which == LAW_LOST) {
        if (fact->b == lease->term) lease->held = false;
        return SIM_NOTHING;
    }
    if (lease->held && fact->b == lease->term && fact->a == lease->server) return SIM_HELD;
    text_add(fold->why, "{%lld} is left primary in term %lld, but term %lld of {%lld} %s",
             (long long)fact->a, (long long)fact->b, (long long)lease->term,
             (long long)lease->server,
             lease->held ? "holds the lease" : "was the last, and is over");
    return SIM_BROKEN;
}

const struct sim_law patroni_no_primary_without_lease = {
    .name = "No Primary Without A Lease",
    .says = "an agent that knows its server to be primary, and leaves it so, has the lease at that "
            "moment. (An agent that is paused or dead knows nothing, and its server runs on: that "
            "danger is no breach)",
    .source = "Patroni documentation, \"Watchdog support\"; ha.py",
    .reads = (const char *const[]){"lease_granted", "lease_lost", "leads", NULL},
    .state_bytes = sizeof(struct lease),
    .per_group = true,
    .fold = lease_fold,
};
