/* What the node can be told, and what it can tell. */
#include "base/text.h"
#include "paxos/core/facts.h"
#include "paxos/decree/decree_node.h"
#include "paxos/laws/laws.h"

#define MS INT64_C(1000000)
#define HOUR INT64_C(3600000000000)

static const char *phase_name(enum decree_phase phase) {
    static const char *const names[] = {"idle", "waiting", "preparing", "accepting"};
    return names[phase];
}

static void decree_encode(const void *state, struct writer *w) {
    const struct decree_node *s = state;
    const struct decree *d = &s->decree;
    put_i64(w, d->acceptor.promised);
    put_i64(w, d->acceptor.accepted_ballot);
    put_i64(w, d->acceptor.value);
    put_u8(w, (uint8_t)d->phase);
    put_i64(w, d->own);
    put_i64(w, d->ballot);
    put_i64(w, d->tried);
    put_i64(w, d->bound);
    put_i64(w, d->bound_to);
    put_u64(w, d->promises);
    put_u64(w, d->acceptances);
    put_i64(w, d->attempts);
    put_i64(w, d->learned);
    put_u64(w, d->held_count);
    for (size_t i = 0; i < d->held_count; i++) {
        put_u8(w, (uint8_t)d->held[i].message.type);
        put_u32(w, d->held[i].message.peer);
        put_i64(w, d->held[i].message.ballot);
        put_i64(w, d->held[i].message.accepted_ballot);
        put_i64(w, d->held[i].message.value);
        put_i64(w, d->held[i].after);
    }
    put_i64(w, d->records);
    put_i64(w, d->durable);
    for (int64_t i = 0; i < d->config.quorum.count; i++) put_i64(w, s->heard_ns[i]);
    put_u64(w, s->request_count);
    for (size_t i = 0; i < s->request_count; i++) put_u64(w, s->requests[i]);
    journal_encode(&s->journal, w);
    put_i64(w, s->messages_sent);
}

static void decree_describe(const void *state, struct text *text) {
    const struct decree *d = &((const struct decree_node *)state)->decree;
    if (d->learned)
        text_add(text, "learned %lld", (long long)d->learned);
    else
        text_add(text, "%s, promised %lld", phase_name(d->phase), (long long)d->acceptor.promised);
}

static void decree_describe_message(const struct sim_message *m, struct text *text) {
    struct decree_message d;
    if (!decree_node_read(m, &d)) return;
    const long long ballot = (long long)d.ballot, accepted = (long long)d.accepted_ballot;
    const long long value = (long long)d.value;
    switch (d.type) {
    case DECREE_PREPARE: text_add(text, "%lld", ballot); return;
    case DECREE_PROMISE:
        if (accepted)
            text_add(text, "%lld, accepted %lld in %lld", ballot, value, accepted);
        else
            text_add(text, "%lld, accepted nothing", ballot);
        return;
    case DECREE_ACCEPT:
    case DECREE_ACCEPTED:
    case DECREE_LEARN: text_add(text, "%lld: %lld", ballot, value); return;
    case DECREE_REJECT: text_add(text, "%lld, promised %lld", ballot, accepted); return;
    case DECREE_FORWARD: text_add(text, "%lld", value); return;
    case DECREE_ALIVE:
    case DECREE_TYPES: return;
    }
}

static int64_t decree_probe(const void *state, size_t probe, const struct sim_clocks *now) {
    const struct decree_node *s = state;
    (void)now;
    switch ((enum decree_probe)probe) {
    case PROBE_BALLOT: return s->decree.ballot;
    case PROBE_ATTEMPTS: return s->decree.attempts;
    case PROBE_LEARNED: return s->decree.learned ? s->decree.learned : SIM_NONE;
    case PROBE_MESSAGES_SENT: return s->messages_sent;
    case PROBE_SYNCS: return s->journal.syncs;
    }
    return SIM_NONE;
}

static int64_t or_none(int64_t number) { return number ? number : SIM_NONE; }

static void decree_view(const void *state, size_t view, const struct sim_clocks *now,
                        struct sim_rows *rows) {
    const struct decree_node *s = state;
    const struct decree *d = &s->decree;
    (void)view; /* there is one */
    sim_cell_text(rows, phase_name(d->phase));
    sim_cell(rows, or_none(d->ballot));
    sim_cell(rows, or_none(d->own));
    sim_cell(rows, or_none(d->acceptor.promised));
    sim_cell(rows, or_none(d->acceptor.accepted_ballot));
    sim_cell(rows, or_none(d->acceptor.value));
    sim_cell(rows, paxos_quorum_size(d->promises));
    sim_cell(rows, paxos_quorum_size(d->acceptances));
    sim_cell(rows, or_none(d->learned));
    sim_cell(rows, paxos_distinguished_proposer(s, now->mono_ns));
}

static const struct sim_param knobs[] = {
    [KNOB_PEERS] = {.name = "peers",
                    .unit = SIM_NODES,
                    .doc =
                        "all nodes of the synod, itself too, at most 16; the same list for each"},
    [KNOB_GROUP] = {.name = "group",
                    .unit = SIM_COUNT,
                    .usual = 1,
                    .min = 1,
                    .max = INT64_C(1000000000),
                    .doc = "number of the decree, in facts"},
    [KNOB_RETRY_MIN] =
        {.name = "retry_min",
         .unit = SIM_NS,
         .usual = 10 * MS,
         .min = 0,
         .max = HOUR,
         .doc = "whoever is outbid tries again after so long, at least; more than 0 if it "
                "doubles"},
    [KNOB_RETRY_MAX] = {.name = "retry_max",
                        .unit = SIM_NS,
                        .usual = 1000 * MS,
                        .min = 0,
                        .max = HOUR,
                        .doc = "at most, when the wait is exponential"},
    [KNOB_EXPONENTIAL] = {.name = "exponential",
                          .unit = SIM_BOOL,
                          .usual = 1,
                          .min = 0,
                          .max = 1,
                          .doc = "the wait is drawn from a span that doubles with each attempt; "
                                 "else it is retry_min"},
    [KNOB_TIMEOUT] = {.name = "timeout",
                      .unit = SIM_NS,
                      .usual = 500 * MS,
                      .min = 1000,
                      .max = HOUR,
                      .doc = "an attempt that nobody answers is begun anew after so long"},
    [KNOB_DISTINGUISHED] = {.name = "distinguished",
                            .unit = SIM_CHOICE,
                            .max = DISTINGUISHED_NODE,
                            .choices = "none|lowest_alive|node",
                            .doc = "who may propose: anyone; the lowest that was heard of lately; "
                                   "the node `proposer`"},
    [KNOB_PROPOSER] = {.name = "proposer",
                       .unit = SIM_NODE,
                       .usual = SIM_NONE,
                       .doc = "of distinguished = \"node\": one of peers"},
    [KNOB_ALIVE_INTERVAL] = {.name = "alive_interval",
                             .unit = SIM_NS,
                             .usual = 50 * MS,
                             .min = 1000,
                             .max = HOUR,
                             .doc = "lowest_alive: each tells the others so often"},
    [KNOB_SUSPECT_AFTER] = {.name = "suspect_after",
                            .unit = SIM_NS,
                            .usual = 200 * MS,
                            .min = 1000,
                            .max = HOUR,
                            .doc = "lowest_alive: who was not heard of in so long is down"},
    [KNOB_PROCESS] = {.name = "process",
                      .unit = SIM_NS,
                      .usual = 0,
                      .min = 0,
                      .max = HOUR,
                      .doc = "of CPU that each message takes"},
    [KNOB_Q1] = {.name = "q1",
                 .unit = SIM_COUNT,
                 .usual = 0,
                 .min = 0,
                 .max = PAXOS_MEMBERS_MAX,
                 .doc = "promises that end phase 1; 0: a majority"},
    [KNOB_Q2] = {.name = "q2",
                 .unit = SIM_COUNT,
                 .usual = 0,
                 .min = 0,
                 .max = PAXOS_MEMBERS_MAX,
                 .doc = "acceptances that choose a value; 0: a majority; q1 + q2 > n"},
    [KNOB_INSIST] = {.name = "insist",
                     .unit = SIM_BOOL,
                     .usual = 0,
                     .min = 0,
                     .max = 1,
                     .doc = "take quorums that do not intersect: a mistake, to see what becomes of "
                            "it"},
    [DECREE_KNOBS] = {0},
};

static const struct sim_param decree_columns[] = {
    {.name = "phase", .unit = SIM_TEXT, .doc = "of its proposer"},
    {.name = "ballot", .unit = SIM_COUNT, .doc = "of its last proposal: round * 1000 + node"},
    {.name = "own", .unit = SIM_COUNT, .doc = "the value it proposes if it is free to choose"},
    {.name = "promised", .unit = SIM_COUNT, .doc = "acceptor: nothing below this ballot"},
    {.name = "accepted_ballot", .unit = SIM_COUNT, .doc = "acceptor: the last proposal"},
    {.name = "accepted_value", .unit = SIM_COUNT, .doc = "acceptor: its value"},
    {.name = "promises", .unit = SIM_COUNT, .doc = "for its ballot"},
    {.name = "acceptances", .unit = SIM_COUNT, .doc = "of its ballot"},
    {.name = "learned", .unit = SIM_COUNT, .doc = "the value that is chosen"},
    {.name = "distinguished", .unit = SIM_NODE, .doc = "whom it takes for the one to propose"},
    {0}};

static const struct sim_name notes[] = {
    [DECREE_NOTE_PREPARE] = {"prepare", "wants {} -> prepares ballot {}, attempt {}"},
    [DECREE_NOTE_PROMISED] = {"promises", "no promise is above ballot {} of {node} -> promises it "
                                          "(accepted so far: ballot {})"},
    [DECREE_NOTE_PREPARE_REJECTED] = {"rejects_prepare",
                                      "prepare {} of {node} is below promise {} -> rejected"},
    [DECREE_NOTE_ACCEPTED] = {"accepts", "no promise is above ballot {} -> accepts {} from {node}"},
    [DECREE_NOTE_ACCEPT_REJECTED] = {"rejects_accept",
                                     "accept {} of {node} is below promise {} -> rejected"},
    [DECREE_NOTE_FREE] = {"free", "ballot {}: no promise binds it -> proposes its own {} ({} "
                                  "promises)"},
    [DECREE_NOTE_BOUND] = {"bound", "ballot {}: a promise tells of ballot {} -> proposes its value "
                                    "{}"},
    [DECREE_NOTE_PREEMPTED] = {"outbid", "ballot {} is outbid by {} -> tries again in {ns}"},
    [DECREE_NOTE_TIMEOUT] = {"timed_out", "ballot {} came to no end in time -> tries again"},
    [DECREE_NOTE_CHOSEN] = {"chosen", "{} is accepted in ballot {} by {} -> it is chosen"},
    [DECREE_NOTE_LEARNED] = {"learns", "learns that {} is chosen, in ballot {}"},
    [DECREE_NOTE_RECOVERED] = {"recovered", "found on disk: promised {}, accepted in ballot {} "
                                            "value {}"},
    [NOTE_FORWARDED] = {"forwarded", "{node} is the one to propose -> sends it {}"},
    {0},
};

extern const struct sim_model paxos_decree_model;
const struct sim_model paxos_decree_model = {
    .name = "paxos_decree",
    .summary = "Paxos, one decree: each node proposer, acceptor and learner",
    .init = decree_node_init,
    .step = decree_node_step,
    .encode = decree_encode,
    .describe = decree_describe,
    .describe_message = decree_describe_message,
    .probe = decree_probe,
    .view = decree_view,
    .knobs = knobs,
    .probes =
        (const struct sim_param[]){
            [PROBE_BALLOT] = {.name = "ballot",
                              .unit = SIM_COUNT,
                              .doc = "of its last proposal: round * 1000 + node"},
            [PROBE_ATTEMPTS] = {.name = "attempts",
                                .unit = SIM_COUNT,
                                .doc = "ballots that it has begun"},
            [PROBE_LEARNED] = {.name = "learned", .unit = SIM_COUNT, .doc = "the chosen value"},
            [PROBE_MESSAGES_SENT] = {.name = "messages_sent",
                                     .unit = SIM_COUNT,
                                     .doc = "since it started"},
            [PROBE_SYNCS] = {.name = "syncs", .unit = SIM_COUNT, .doc = "since it started"},
            {0}},
    .views =
        (const struct sim_table[]){{"decree", decree_columns, "its three roles; one row"}, {0}},
    .commands =
        (const struct sim_table[]){
            [COMMAND_PROPOSE] = {"propose",
                                 (const struct sim_param[]){
                                     {.name = "value",
                                      .unit = SIM_COUNT,
                                      .usual = 1,
                                      .min = 1,
                                      .max = INT64_C(1000000000000000000),
                                      .doc = "unless another has been chosen"},
                                     {0}},
                                 "asks for a value; the answer is the value that is chosen"},
            {0}},
    .messages = (const struct sim_name[]){[DECREE_PREPARE] = {"prepare", NULL},
                                          [DECREE_PROMISE] = {"promise", NULL},
                                          [DECREE_ACCEPT] = {"accept", NULL},
                                          [DECREE_ACCEPTED] = {"accepted", NULL},
                                          [DECREE_REJECT] = {"reject", NULL},
                                          [DECREE_LEARN] = {"learn", NULL},
                                          [DECREE_FORWARD] = {"forward", NULL},
                                          [DECREE_ALIVE] = {"alive", NULL},
                                          {0}},
    .notes = notes,
    .facts = (const struct sim_name[]){PAXOS_FACT_NAMES, {0}},
    .channels = (const struct sim_channel[]){[CHANNEL_SYNOD] = {"synod", false}, {0}},
    .laws = paxos_decree_laws,
    .bugs =
        (const struct sim_bug[]){
            [BUG_UNSYNCED_PROMISE] =
                {"unsynced_promise", "an acceptor answers a prepare before it has kept the promise",
                 "Promises Are Kept", "after a restart it accepts what it had promised not to"},
            [BUG_IGNORE_ACCEPTED] = {"ignore_accepted",
                                     "a proposer takes its own value, whatever the promises tell",
                                     "At Most One Value Is Chosen",
                                     "what was chosen is chosen again, differently"},
            [BUG_REUSED_BALLOT] =
                {"reused_ballot", "a proposer counts its rounds in memory alone",
                 "Only Chosen Values Are Learned",
                 "after a restart it uses a ballot again, and takes acceptances of "
                 "its first life for those of its second"},
            {0}},
};
