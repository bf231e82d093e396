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
extern const struct sim_law paxos_one_membership; /* memberships.c */
extern const struct sim_law *const paxos_decree_laws[]; /* of one decree */
extern const struct sim_law *const paxos_laws[];        /* all */

/* ---- memberships.c: who the acceptors are, as all state it ---- */

/* What every law that counts reads first. */
#define TALLY_READS "membership", "member", "accepted"
enum { READS_MEMBERSHIP, READS_MEMBER, READS_ACCEPTED, TALLY_READS_COUNT };
enum { TALLY_ACCEPTORS = 16, TALLY_MEMBERSHIPS = 8 };

struct tally_membership {
    int64_t from, count, quorum;
    int64_t known; /* so many of them have been named: */
    int64_t nodes[TALLY_ACCEPTORS];
};
struct tally_memberships {
    struct tally_membership list[TALLY_MEMBERSHIPS]; /* the latest, by first instance */
    int64_t count;
};

/* A membership, or a member, is stated: remembered, or compared. why: NULL if nobody asks. */
enum sim_judgement tally_stated(struct tally_memberships *, const struct sim_fact *,
                                struct text *why);
/* NULL: forgotten, or never stated. */
const struct tally_membership *tally_membership_of(const struct tally_memberships *,
                                                   int64_t instance);

/* ---- tally.c: acceptances, counted; part of the state of those laws that ask what is chosen ----
 */

enum { TALLY_INSTANCES = 1024, TALLY_BALLOTS = 6 };

struct tally_ballot {
    int64_t ballot, hash;
    int32_t acceptors;               /* so many, these: */
    uint16_t nodes[TALLY_ACCEPTORS]; /* below BALLOT_NODES */
};
struct tally_instance {
    int64_t instance;                           /* 0: none yet */
    int64_t dropped;                            /* acceptances, or ballots, that had no room */
    struct tally_ballot chosen;                 /* the first that was */
    struct tally_ballot ballots[TALLY_BALLOTS]; /* the highest */
};
struct tally {
    struct tally_memberships memberships;
    struct tally_instance instances[TALLY_INSTANCES]; /* by number, a ring */
};

/* An acceptance, whose ballot it answers. NULL: forgotten. */
const struct tally_ballot *tally_accepted(struct tally *, const struct sim_fact *);
/* Has a quorum accepted in this ballot? */
bool tally_is_chosen(const struct tally *, int64_t instance, const struct tally_ballot *);
/* NULL: a later one stands in its place in the ring, or nothing was accepted there. */
const struct tally_instance *tally_find(const struct tally *, int64_t instance);
/* Was anything dropped that might tell what is chosen there? */
bool tally_forgot(const struct tally *, int64_t instance);

#endif
