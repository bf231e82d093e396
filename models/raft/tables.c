/* What the model can be told, and what else it can tell. */
#include "base/text.h"
#include "raft/laws/laws.h"
#include "raft/node.h"

#define MS INT64_C(1000000)
#define HOUR INT64_C(3600000000000)

static const struct sim_param knobs[] = {
    [KNOB_PEERS] = {.name = "peers",
                    .unit = SIM_NODES,
                    .usual = SIM_NONE,
                    .doc =
                        "the group's first voters, the same list for every node; one that is not "
                        "in it waits to be added"},
    [KNOB_GROUP] = {.name = "group",
                    .unit = SIM_COUNT,
                    .usual = 1,
                    .min = 1,
                    .max = 1000000,
                    .doc = "its number, where a world has several"},
    [KNOB_HEARTBEAT] = {.name = "heartbeat",
                        .unit = SIM_NS,
                        .usual = 50 * MS,
                        .min = 1000,
                        .max = HOUR,
                        .doc = "from one round of heartbeats to the next"},
    [KNOB_ELECTION_TIMEOUT] = {.name = "election_timeout",
                               .unit = SIM_NS,
                               .usual = 150 * MS,
                               .min = 1000,
                               .max = HOUR,
                               .doc = "the least time without a leader before a follower stands"},
    [KNOB_ELECTION_TIMEOUT_MAX] = {.name = "election_timeout_max",
                                   .unit = SIM_NS,
                                   .usual = 300 * MS,
                                   .min = 1000,
                                   .max = HOUR,
                                   .doc = "the most; each timeout is drawn anew from between them"},
    [KNOB_PRE_VOTE] = {.name = "pre_vote",
                       .unit = SIM_BOOL,
                       .usual = 1,
                       .min = 0,
                       .max = 1,
                       .doc = "asks whether it would win before it raises the term"},
    [KNOB_CHECK_QUORUM] = {.name = "check_quorum",
                           .unit = SIM_BOOL,
                           .usual = 1,
                           .min = 0,
                           .max = 1,
                           .doc = "a leader without a majority steps down; who hears a leader "
                                  "elects no other"},
    [KNOB_READS] = {.name = "reads",
                    .unit = SIM_CHOICE,
                    .usual = READS_READ_INDEX,
                    .min = READS_READ_INDEX,
                    .max = READS_LOCAL,
                    .choices = "read_index|lease|log|local",
                    .doc = "a round of heartbeats; a lease, if clocks drift no more than "
                           "lease_drift; an entry; what is applied here, however old"},
    [KNOB_LEASE_DRIFT] = {.name = "lease_drift",
                          .unit = SIM_PPM,
                          .usual = 500,
                          .min = 0,
                          .max = 900000,
                          .doc = "lease: how far any clock's rate is from true, it is assumed"},
    [KNOB_FOLLOWER_READS] = {.name = "follower_reads",
                             .unit = SIM_BOOL,
                             .usual = 0,
                             .min = 0,
                             .max = 1,
                             .doc = "a follower asks the leader for a read index and reads itself"},
    [KNOB_BACK_OFF] = {.name = "back_off",
                       .unit = SIM_CHOICE,
                       .usual = BACK_OFF_HINT,
                       .min = BACK_OFF_HINT,
                       .max = BACK_OFF_ONE,
                       .choices = "hint|one",
                       .doc = "after a mismatch: by a term, as the follower hints; by one entry"},
    [KNOB_BATCH] = {.name = "batch",
                    .unit = SIM_COUNT,
                    .usual = 1000,
                    .min = 1,
                    .max = 100000,
                    .doc = "entries of one AppendEntries, at most"},
    [KNOB_BATCH_BYTES] = {.name = "batch_bytes",
                          .unit = SIM_BYTES,
                          .usual = 1000000,
                          .min = 1,
                          .max = 1000000000,
                          .doc = "and what they weigh; one entry always goes"},
    [KNOB_PIPELINE] = {.name = "pipeline",
                       .unit = SIM_COUNT,
                       .usual = 64,
                       .min = 1,
                       .max = 4096,
                       .doc = "AppendEntries in flight to one follower"},
    [KNOB_SNAPSHOT_ENTRIES] = {.name = "snapshot_entries",
                               .unit = SIM_COUNT,
                               .usual = 10000,
                               .min = 0,
                               .max = INT64_C(1000000000),
                               .doc = "a snapshot each time that so many were applied; 0: never"},
    [KNOB_SNAPSHOT_TRAILING] = {.name = "snapshot_trailing",
                                .unit = SIM_COUNT,
                                .usual = 1000,
                                .min = 0,
                                .max = INT64_C(1000000000),
                                .doc = "entries before it that stay, for followers who lag"},
    [KNOB_SNAPSHOT_CHUNK] = {.name = "snapshot_chunk",
                             .unit = SIM_BYTES,
                             .usual = 65536,
                             .min = 64,
                             .max = 100000000,
                             .doc = "of one InstallSnapshot, without what it weighs beyond"},
    [KNOB_SESSIONS_MAX] = {.name = "sessions_max",
                           .unit = SIM_COUNT,
                           .usual = 10000,
                           .min = 1,
                           .max = 1000000,
                           .doc = "clients whose last answer is remembered"},
    [KNOB_RECONNECT] = {.name = "reconnect",
                        .unit = SIM_NS,
                        .usual = 20 * MS,
                        .min = 1000,
                        .max = HOUR,
                        .doc = "from a lost stream to the next attempt"},
    [KNOB_TRANSPORT] = {.name = "transport",
                        .unit = SIM_CHOICE,
                        .usual = TRANSPORT_STREAM,
                        .min = TRANSPORT_STREAM,
                        .max = TRANSPORT_DATAGRAM,
                        .choices = "stream|datagram",
                        .doc = "between members: in order while a stream lasts; each message for "
                               "itself, so that some are lost, late or twice"},
    [RAFT_KNOBS] = {0},
};

static void node_describe(const void *state, struct text *text) {
    const struct node *n = state;
    const struct raft *r = &n->raft;
    text_add(text, "%s in term %lld, log %lld to %lld, commit %lld, applied %lld",
             raft_role_name(r->role), (long long)r->term, (long long)r->base + 1,
             (long long)r->last, (long long)r->commit, (long long)n->applied);
}

static void describe_message(const struct sim_message *m, struct text *text) {
    struct raft_message message;
    struct client_request q;
    struct client_response a;
    if (m->type == CLIENT_REQUEST && client_request_read(m->body, &q))
        text_add(text, "%s of key %lld, attempt %lld", client_operation_name(q.operation),
                 (long long)q.key, (long long)q.attempt);
    else if (m->type == CLIENT_RESPONSE && client_response_read(m->body, &a))
        text_add(text, "answer to %lld", (long long)a.request);
    else if (m->type >= RAFT_TYPE_FIRST &&
             raft_message_read((enum raft_type)(m->type - RAFT_TYPE_FIRST), m->body, &message))
        raft_message_describe(&message, text);
    else
        text_add(text, "malformed");
}

static void node_fini(void *state) {
    struct node *n = state;
    writer_free(&n->body);
}

extern const struct sim_model raft_model;
const struct sim_model raft_model = {
    .name = "raft",
    .summary = "a replicated key-value store by Raft: elections, snapshots, membership, reads",
    .init = raft_node_init,
    .step = raft_node_step,
    .fini = node_fini,
    .encode = raft_node_encode,
    .describe = node_describe,
    .describe_message = describe_message,
    .probe = raft_node_probe,
    .view = raft_node_view,
    .knobs = knobs,
    .probes = raft_probes,
    .views = raft_views,
    .commands = raft_commands,
    .messages =
        (const struct sim_name[]){
            [CLIENT_REQUEST] = {"request", NULL},
            [CLIENT_RESPONSE] = {"response", NULL},
            [RAFT_TYPE_FIRST + RAFT_APPEND] = {"append", NULL},
            [RAFT_TYPE_FIRST + RAFT_APPEND_REPLY] = {"append_reply", NULL},
            [RAFT_TYPE_FIRST + RAFT_VOTE] = {"vote", NULL},
            [RAFT_TYPE_FIRST + RAFT_VOTE_REPLY] = {"vote_reply", NULL},
            [RAFT_TYPE_FIRST + RAFT_PRE_VOTE] = {"pre_vote", NULL},
            [RAFT_TYPE_FIRST + RAFT_PRE_VOTE_REPLY] = {"pre_vote_reply", NULL},
            [RAFT_TYPE_FIRST + RAFT_SNAPSHOT] = {"snapshot", NULL},
            [RAFT_TYPE_FIRST + RAFT_SNAPSHOT_REPLY] = {"snapshot_reply", NULL},
            [RAFT_TYPE_FIRST + RAFT_TIMEOUT_NOW] = {"timeout_now", NULL},
            [RAFT_TYPE_FIRST + RAFT_READ] = {"read_index", NULL},
            [RAFT_TYPE_FIRST + RAFT_READ_REPLY] = {"read_index_reply", NULL},
            {0}},
    .notes =
        (const struct sim_name[]){
            RAFT_NOTE_TEXTS,
            [NOTE_RECOVERED] = {"recovered", "on disk: term {}, log {} to {}, the store as of {} "
                                             "-> starts as a follower"},
            [NOTE_FRESH] = {"fresh", "nothing on disk, a group of {} -> {starts as a "
                                     "follower|waits to be added}"},
            [NOTE_LINK_DOWN] = {"link_down", "stream to {node} is down -> what was under way on it "
                                             "is sent again"},
            [NOTE_GAVE_UP] = {"gave_up",
                              "{} clients wait, and it leads no more -> tells them that it "
                              "does not know"},
            [NOTE_SAVED] = {"saved", "the store as of {}, {bytes}, is durable -> the log before it "
                                     "may go"},
            {0}},
    .facts =
        (const struct sim_name[]){
            RAFT_FACT_TEXTS,
            [FACT_APPLIED] = {"applied", "in group {} applied {}^{}, log {hex}"},
            [FACT_STATE] = {"state", "in group {} has, as of {}, the state {hex}"},
            {0}},
    .channels =
        (const struct sim_channel[]){[CLIENT_CHANNEL] = {"client", true},
                                     [RAFT_CHANNEL] = {"raft", true},
                                     [RAFT_DATAGRAMS] = {"raft_datagrams", false},
                                     {0}},
    .laws = (const struct sim_law *const[]){&raft_election_safety, &raft_leader_append_only,
                                            &raft_log_matching, &raft_leader_completeness,
                                            &raft_state_machine_safety, &raft_one_vote_a_term,
                                            &raft_replicas_agree, &raft_lease_is_exclusive, NULL},
    .bugs =
        (const struct sim_bug[]){
            {"unsynced_vote", "a vote is told before it is on disk", "One Vote A Term",
             "after a power loss the voter votes again in the same term, for another"},
            {"commit_old_term", "an entry of an earlier term is committed by counting its copies",
             "Leader Completeness", "figure 8 of the paper: it may be overwritten all the same"},
            {"no_election_restriction", "votes go to candidates whose log is behind",
             "Leader Completeness", "a leader without committed entries overwrites them"},
            {"truncate_always", "a follower cuts its log at every AppendEntries, stale ones too",
             "Leader Completeness", "entries that it had acknowledged are gone"},
            {"change_at_once",
             "single-server changes before an entry of the leader's own term is committed",
             "Leader Completeness", "two majorities that do not overlap: raft-dev, 10 July 2015"},
            {"lease_without_margin", "the lease lasts for the longest election timeout",
             "Lease Is Exclusive", "another leads while the old one still reads by its lease"},
            {"next_never_backs_off", "the leader sends the same entries after a mismatch",
             "an expectation", "liveness: a follower whose log differs never catches up"},
            {"local_reads", "a leader reads what it has, without asking whether it still leads",
             "register", "a deposed leader returns old values"},
            {"forget_sessions", "snapshots leave out what clients were answered", "Replicas Agree",
             "a command that comes again after a snapshot is carried out twice"},
            {"apply_uncommitted", "entries are applied when they are in the log",
             "State Machine Safety", "what was applied, and answered, is overwritten"},
            {0}},
};
