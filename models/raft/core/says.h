/*
 * What the core says: notes, cause -> decision, for people; and facts, for laws. Both are entries
 * for an embedder's own tables: they stand first there, in this order, so that an enum value is an
 * index. Every fact is of a group; `{node}` is who states it or is meant.
 */
#ifndef RAFT_CORE_SAYS_H
#define RAFT_CORE_SAYS_H

enum raft_note {
    RAFT_NOTE_TIMEOUT,
    RAFT_NOTE_PRE_CAMPAIGN,
    RAFT_NOTE_CAMPAIGN,
    RAFT_NOTE_TERM_HIGHER,
    RAFT_NOTE_GRANT,
    RAFT_NOTE_LOG_BEHIND,
    RAFT_NOTE_VOTED_ALREADY,
    RAFT_NOTE_LEADER_ALIVE,
    RAFT_NOTE_STALE_TERM,
    RAFT_NOTE_LEADS,
    RAFT_NOTE_FOLLOWS,
    RAFT_NOTE_FORGETS,
    RAFT_NOTE_NO_QUORUM,
    RAFT_NOTE_MISMATCH,
    RAFT_NOTE_TRUNCATE,
    RAFT_NOTE_BACK_OFF,
    RAFT_NOTE_SEND_SNAPSHOT,
    RAFT_NOTE_SNAPSHOT_HERE,
    RAFT_NOTE_INSTALLED,
    RAFT_NOTE_COMPACTED,
    RAFT_NOTE_TRANSFER,
    RAFT_NOTE_TIMEOUT_NOW,
    RAFT_NOTE_TRANSFER_FAILED,
    RAFT_NOTE_JOINT,
    RAFT_NOTE_CONFIGURATION,
    RAFT_NOTE_LEFT_OUT,
    RAFT_NOTES
};
#define RAFT_NOTE_TEXTS                                                                            \
    [RAFT_NOTE_TIMEOUT] = {"timeout", "no word from a leader for {ns} -> stands for election"},    \
    [RAFT_NOTE_PRE_CAMPAIGN] = {"pre_campaign", "would it win term {}? -> asks {} others"},        \
    [RAFT_NOTE_CAMPAIGN] = {"campaign", "candidate in term {} with log {}^{} -> asks {} others"},  \
    [RAFT_NOTE_TERM_HIGHER] = {"term_higher",                                                      \
                               "{node}'s term is higher ({} > {}) -> follower in it"},             \
    [RAFT_NOTE_GRANT] = {"grant",                                                                  \
                         "{node} asks in term {} with log {}^{} -> {vote|would vote} for it"},     \
    [RAFT_NOTE_LOG_BEHIND] = {"log_behind", "{node}'s log is behind ({}^{} < {}^{}) -> no vote"},  \
    [RAFT_NOTE_VOTED_ALREADY] = {"voted_already",                                                  \
                                 "{node} asks in term {}, but {node} has the vote -> no vote"},    \
    [RAFT_NOTE_LEADER_ALIVE] = {"leader_alive",                                                    \
                                "{node} asks in term {}, but {node} leads -> no answer"},          \
    [RAFT_NOTE_STALE_TERM] = {"stale_term", "{node}'s term is over ({} < {}) -> tells it so"},     \
    [RAFT_NOTE_LEADS] = {"leads", "a majority of {} votes in term {} -> leader, no-op at {}"},     \
    [RAFT_NOTE_FOLLOWS] = {"follows", "{node} leads in term {} -> follows it"},                    \
    [RAFT_NOTE_FORGETS] = {"forgets",                                                              \
                           "no word from {node} for {ns} -> knows no leader, and asks none"},      \
    [RAFT_NOTE_NO_QUORUM] = {"no_quorum", "no majority has answered for {ns} -> steps down in "    \
                                          "term {}"},                                              \
    [RAFT_NOTE_MISMATCH] = {"mismatch", "{node} sends what follows {}^{}, here is {}^{} -> no"},   \
    [RAFT_NOTE_TRUNCATE] = {"truncate",                                                            \
                            "{}^{} conflicts with the leader's {}^{} -> {} entries go"},           \
    [RAFT_NOTE_BACK_OFF] = {"back_off", "{node} does not have {}^{} -> next is {}"},               \
    [RAFT_NOTE_SEND_SNAPSHOT] = {"send_snapshot",                                                  \
                                 "{node} needs {}, the log begins at {} -> snapshot of {}"},       \
    [RAFT_NOTE_SNAPSHOT_HERE] = {"snapshot_here", "all {} bytes of snapshot {}^{} are here -> "    \
                                                  "writes it"},                                    \
    [RAFT_NOTE_INSTALLED] = {"installed",                                                          \
                             "snapshot {}^{} is durable -> {} entries after it stay"},             \
    [RAFT_NOTE_COMPACTED] = {"compacted", "snapshot of {} -> the log begins at {}"},               \
    [RAFT_NOTE_TRANSFER] = {"transfer", "{node} is to lead, it has {} of {} -> no new entries"},   \
    [RAFT_NOTE_TIMEOUT_NOW] = {"timeout_now", "{node} has all -> it shall stand at once"},         \
    [RAFT_NOTE_TRANSFER_FAILED] = {"transfer_failed", "{node} does not lead in time -> goes on"},  \
    [RAFT_NOTE_JOINT] = {"joint", "joint configuration at {} -> {} old and {} new voters agree, "  \
                                  "each with a majority"},                                         \
    [RAFT_NOTE_CONFIGURATION] = {"configuration",                                                  \
                                 "configuration at {} -> {} voters, {} learners"},                 \
    [RAFT_NOTE_LEFT_OUT] = {"left_out", "configuration {} without it is committed -> steps down"}

enum raft_fact {
    RAFT_FACT_LEADER,
    RAFT_FACT_VOTED,
    RAFT_FACT_APPENDED,
    RAFT_FACT_STORED,
    RAFT_FACT_TRUNCATED,
    RAFT_FACT_COMMITTED,
    RAFT_FACT_INSTALLED,
    RAFT_FACT_STEPPED_DOWN,
    RAFT_FACT_LEASE_READ,
    RAFT_FACTS
};
/* Each: its group, then as said. */
#define RAFT_FACT_TEXTS                                                                            \
    [RAFT_FACT_LEADER] = {"leader", "in group {} leads in term {}, its log ends with {}^{}"},      \
    [RAFT_FACT_VOTED] = {"voted", "in group {} voted in term {} for {node}"},                      \
    [RAFT_FACT_APPENDED] = {"appended", "leader of group {} appended {}^{}, log {hex}"},           \
    [RAFT_FACT_STORED] = {"stored", "in group {} has the log up to {}^{}, log {hex}"},             \
    [RAFT_FACT_TRUNCATED] = {"truncated", "in group {} cut its log from {} on, in term {}, {} "    \
                                          "had been committed"},                                   \
    [RAFT_FACT_COMMITTED] = {"committed", "leader of group {} committed {}^{} in term {}"},        \
    [RAFT_FACT_INSTALLED] = {"installed", "in group {} installed snapshot {}^{}, log {hex}"},      \
    [RAFT_FACT_STEPPED_DOWN] = {"stepped_down", "in group {} leads no more in term {}"},           \
    [RAFT_FACT_LEASE_READ] = {"lease_read", "in group {} reads at {} by its lease in term {}"}

#endif
