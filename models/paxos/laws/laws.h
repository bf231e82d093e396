/*
 * What must hold of any Paxos, as folds over what acceptors, proposers and learners state.
 *
 * Nobody is believed when he says that a value is chosen: a value is chosen when a quorum of
 * acceptors has accepted it in one ballot, and the laws count these acceptances themselves. So a
 * leader that counts wrongly, and a quorum that is too small, are seen for what they are.
 *
 * Their state is bounded: the latest instances of a group, a ring of them. What concerns an older
 * one is forgotten, not judged.
 */
#ifndef PAXOS_LAWS_LAWS_H
#define PAXOS_LAWS_LAWS_H

#include "wall/model.h"

extern const struct sim_law paxos_only_proposed; /* proposed.c */
extern const struct sim_law paxos_at_most_one;   /* chosen.c */
extern const struct sim_law paxos_only_chosen;   /* learned.c */
extern const struct sim_law paxos_promises_kept; /* promises.c */
extern const struct sim_law paxos_leased_read;   /* leased.c */
extern const struct sim_law *const paxos_decree_laws[]; /* of one decree */
extern const struct sim_law *const paxos_laws[];        /* all */

/* ---- tally.c: acceptances, counted; part of the state of those laws that ask what is chosen ----
 */

enum { TALLY_INSTANCES = 1024, TALLY_BALLOTS = 6, TALLY_ACCEPTORS = 16, TALLY_MEMBERSHIPS = 8 };

struct tally_ballot {
    int64_t ballot, hash;
    int32_t acceptors;               /* so many, these: */
    uint16_t nodes[TALLY_ACCEPTORS]; /* below BALLOT_NODES */
};
struct tally_instance {
    int64_t instance; /* 0: none yet */
    int64_t dropped;  /* ballots that had no room */
    struct tally_ballot ballots[TALLY_BALLOTS];
};
struct tally {
    struct {
        int64_t from, members, quorum;
    } memberships[TALLY_MEMBERSHIPS]; /* by first instance */
    int64_t membership_count;
    struct tally_instance instances[TALLY_INSTANCES]; /* by number, a ring */
};

void tally_membership(struct tally *, const struct sim_fact *);
/* The ring's entry, made if the instance is new; NULL: forgotten. */
struct tally_instance *tally_at(struct tally *, int64_t instance);
/* An acceptance. NULL: forgotten. */
const struct tally_ballot *tally_accepted(struct tally *, const struct sim_fact *);
/* Has a quorum accepted in this ballot? */
bool tally_is_chosen(const struct tally *, int64_t instance, const struct tally_ballot *);

#endif
