/*
 * The witness's own header: its state, its knobs, and what its files call of one another.
 *
 *   witness.c         requests, the leader key and its expiry
 *   register.c        the leader key on disk
 *   witness_tables.c  knobs, the view, and what else an observer sees
 */
#ifndef PATRONI_WITNESS_H
#define PATRONI_WITNESS_H

#include "patroni/dcs_protocol.h"

enum witness_note {
    WITNESS_NOTE_GRANTED,
    WITNESS_NOTE_REFUSED,
    WITNESS_NOTE_EXPIRED,
    WITNESS_NOTE_RELEASED,
    WITNESS_NOTE_RECOVERED,
    WITNESS_NOTE_FULL,
};
enum witness_fact { FACT_LEASE_GRANTED, FACT_LEASE_LOST };
enum witness_probe { WITNESS_PROBE_LEADER, WITNESS_PROBE_TERM, WITNESS_PROBE_REMAINING };
enum witness_bug { BUG_UNSYNCED_LEASE };
enum { TIMER_EXPIRY = 1 };

/* What is on disk. */
struct leader_key {
    int64_t holder, server; /* SIM_NONE: nobody holds it */
    int64_t term;           /* of it, or of the last; never goes back */
    int64_t ttl_ns;
    int64_t position, timeline; /* of the last leader (Patroni: optime/leader) */
};

struct witness_member {
    struct dcs_member entry;
    int64_t until_ns; /* when it expires: Patroni's member keys have a time to live, too */
};

enum register_state { REGISTER_LOADING, REGISTER_IDLE, REGISTER_WRITING };

struct witness {
    sim_node self;
    bool unsynced_lease;

    struct leader_key key;
    int64_t expires_ns; /* on the monotonic clock; of a key with a holder */

    /* register.c: the key as it will be once it is on disk, and who waits to hear of it */
    enum register_state register_state;
    struct leader_key wanted;
    int64_t written; /* the number of the last record; its parity is its slot */
    bool answers;    /* `asker` waits for it */
    sim_node asker;
    int64_t request;

    struct witness_member members[DCS_MEMBERS_MAX]; /* in order of arrival */
    size_t member_count;
};

/* register.c. One write at a time: register_write needs REGISTER_IDLE. */
void register_load(struct witness *, const struct sim_event *, struct sim_out *);
void register_write(struct witness *, struct leader_key, struct sim_out *);
void register_answered(struct witness *, const struct sim_event *, struct sim_out *);

/* witness.c */
void witness_loaded(struct witness *, const struct sim_event *, struct sim_out *);
void witness_written(struct witness *, const struct sim_event *, struct sim_out *);
/* As it is told to the agents, and shown. */
void witness_cluster(const struct witness *, int64_t mono_ns, struct dcs_cluster *);
void *witness_init(const struct sim_config *, struct text *refusal);
void witness_step(void *state, const struct sim_event *, struct sim_out *);

#endif
