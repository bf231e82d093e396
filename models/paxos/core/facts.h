/*
 * What a Paxos node states, whichever model it is: the facts that the laws fold. The first facts of
 * each model's table are these, in this order.
 */
#ifndef PAXOS_CORE_FACTS_H
#define PAXOS_CORE_FACTS_H

enum paxos_fact {
    PAXOS_MEMBERSHIP, /* from instance a on there are b acceptors, of which c choose */
    PAXOS_MEMBER,     /* from instance a on node b is one of them; follows PAXOS_MEMBERSHIP */
    PAXOS_PROPOSED,   /* at instance a in ballot b a value c that is new: a client's, or a no-op */
    PAXOS_PROMISED,   /* an acceptor: ballot a, for instances from b on */
    PAXOS_ACCEPTED,   /* an acceptor: at instance a in ballot b value c */
    PAXOS_CHOSEN,     /* a leader has counted: at instance a in ballot b value c */
    PAXOS_LEARNED,    /* a learner: at instance a value b */
    PAXOS_ANSWERED,   /* a client is told what instance a has done */
    PAXOS_READ,       /* by its lease a leader answers a read with what it has, up to instance a */
    PAXOS_FACTS
};
#define PAXOS_FACT_NAMES                                                                           \
    [PAXOS_MEMBERSHIP] = {"membership", "group {}: from instance {} on {} acceptors, {} choose"},  \
    [PAXOS_MEMBER] = {"member", "group {}: from instance {} on {node} is an acceptor"},           \
    [PAXOS_PROPOSED] = {"proposed", "group {}, instance {}: ballot {} proposes {hex}, new"},       \
    [PAXOS_PROMISED] = {"promised", "group {}: promised ballot {}, from instance {} on"},          \
    [PAXOS_ACCEPTED] = {"accepted", "group {}, instance {}: in ballot {} accepted {hex}"},         \
    [PAXOS_CHOSEN] = {"chosen", "group {}, instance {}: ballot {} has chosen {hex}"},              \
    [PAXOS_LEARNED] = {"learned", "group {}, instance {}: learned {hex}"},                         \
    [PAXOS_ANSWERED] = {"answered", "group {}: a client is told of instance {}"},                  \
    [PAXOS_READ] = {"read", "group {}: a lease answers a read as of instance {}"}

#endif
