/*
 * What the members of a group say to each other: a type, four numbers, and for some a list of
 * values.
 *
 * Bodies go through base/codec.h. Owner of nothing: a message that was read borrows from its body.
 */
#ifndef PAXOS_CORE_MESSAGE_H
#define PAXOS_CORE_MESSAGE_H

#include "base/codec.h"
#include "wall/model.h"

enum paxos_type {                     /* all tell `ballot` and the sender's `commit` */
                  PAXOS_PREPARE,      /* for all instances from `first` on */
                  PAXOS_PROMISE,      /* for all from `first` on; entries: what was accepted after
                                         `commit` */
                  PAXOS_ACCEPT,       /* entries: `number` instances from `first` on */
                  PAXOS_ACCEPTED_ALL, /* `number` instances from `first` on */
                  PAXOS_REJECT, /* of a prepare or accept; number: the ballot that stands against it
                                 */
                  PAXOS_HEARTBEAT, /* number: when it was sent, by the leader's clock */
                  PAXOS_LEADS,     /* as a heartbeat, to one that is no acceptor; not answered */
                  PAXOS_HEARD,     /* the answer: number, as it was */
                  PAXOS_FETCH,     /* a learner asks for what was chosen, from `first` on */
                  PAXOS_VALUES,    /* entries: `number` chosen values from `first` on */
                  PAXOS_TYPES
};
struct paxos_message {
    enum paxos_type type;
    sim_node peer; /* from */
    int64_t ballot, commit, first, number;
    struct reader entries;
};
struct paxos_message_entry {
    int64_t instance, ballot, extra;
    struct sim_bytes value;
};
enum {
    PAXOS_MESSAGE_BYTES = 32,
    PAXOS_ENTRY_BYTES = 28
}; /* of its head; of an entry beside its value */

void paxos_message_write(struct writer *, const struct paxos_message *);
void paxos_message_write_entry(struct writer *, const struct paxos_message_entry *);
/* False: malformed. */
bool paxos_message_read(uint32_t type, sim_node from, struct sim_bytes body,
                        struct paxos_message *);
bool paxos_message_read_entry(struct paxos_message *, struct paxos_message_entry *);
/* For people. */
void paxos_message_describe(uint32_t type, struct sim_bytes body, struct text *);

#endif
