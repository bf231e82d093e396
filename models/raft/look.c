/* What can be looked at: views and probes. */
#include "base/text.h"
#include "raft/node.h"

enum view { VIEW_RAFT, VIEW_PROGRESS, VIEW_CONFIGURATION, VIEW_LOG, VIEW_SESSIONS };
enum probe {
    PROBE_LEADER,
    PROBE_TERM,
    PROBE_LAST,
    PROBE_COMMIT,
    PROBE_APPLIED,
    PROBE_LOG_ENTRIES,
    PROBE_IN_FLIGHT,
    PROBE_COMMANDS,
    PROBE_WAITING,
    PROBE_READS_WAITING,
    PROBE_ELECTIONS,
    PROBE_MESSAGES_SENT,
    PROBE_BYTES_SENT,
    PROBE_SYNCS,
    PROBE_REPEATED,
};

#define COLUMN(NAME, UNIT, DOC) \
    { .name = NAME, .unit = UNIT, .doc = DOC }

const struct sim_param raft_probes[] = {
    [PROBE_LEADER] = COLUMN("leader", SIM_BOOL, "it takes itself for the leader"),
    [PROBE_TERM] = COLUMN("term", SIM_COUNT, "its current term"),
    [PROBE_LAST] = COLUMN("last", SIM_COUNT, "index of the log's last entry"),
    [PROBE_COMMIT] = COLUMN("commit", SIM_COUNT, "highest index that it knows to be committed"),
    [PROBE_APPLIED] = COLUMN("applied", SIM_COUNT, "highest index in its state machine"),
    [PROBE_LOG_ENTRIES] = COLUMN("log_entries", SIM_COUNT, "entries that it keeps"),
    [PROBE_IN_FLIGHT] = COLUMN("in_flight", SIM_COUNT, "AppendEntries sent and not answered"),
    [PROBE_COMMANDS] =
        COLUMN("commands", SIM_COUNT, "that it has taken from clients, and that were applied"),
    [PROBE_WAITING] = COLUMN("waiting", SIM_COUNT, "clients' commands that wait to be committed"),
    [PROBE_READS_WAITING] = COLUMN("reads_waiting", SIM_COUNT, "reads that wait"),
    [PROBE_ELECTIONS] = COLUMN("elections", SIM_COUNT, "that it has stood for, since it started"),
    [PROBE_MESSAGES_SENT] =
        COLUMN("messages_sent", SIM_COUNT, "to other members, since it started"),
    [PROBE_BYTES_SENT] = COLUMN("bytes_sent", SIM_BYTES, "in them"),
    [PROBE_SYNCS] = COLUMN("syncs", SIM_COUNT, "of its journal, since it started"),
    [PROBE_REPEATED] =
        COLUMN("repeated", SIM_COUNT, "commands that came again, and were not carried out again"),
    {0},
};

static int64_t in_flight(const struct raft *r) {
    int64_t count = 0;
    for (size_t i = 0; r->role == RAFT_LEADER && i < r->progress_count; i++)
        count += r->progress[i].in_flight_count + r->progress[i].waits;
    return count;
}

int64_t raft_node_probe(const void *state, size_t probe, const struct sim_clocks *now) {
    const struct node *n = state;
    const struct raft *r = &n->raft;
    (void)now;
    switch ((enum probe)probe) {
    case PROBE_LEADER: return r->role == RAFT_LEADER;
    case PROBE_TERM: return r->term;
    case PROBE_LAST: return r->last;
    case PROBE_COMMIT: return r->commit;
    case PROBE_APPLIED: return n->applied;
    case PROBE_LOG_ENTRIES: return r->last - r->base;
    case PROBE_IN_FLIGHT: return in_flight(r);
    case PROBE_COMMANDS: return n->commands_done;
    case PROBE_WAITING: return (int64_t)n->command_count;
    case PROBE_READS_WAITING: return (int64_t)n->reads_open;
    case PROBE_ELECTIONS: return r->elections;
    case PROBE_MESSAGES_SENT: return n->messages_sent;
    case PROBE_BYTES_SENT: return n->bytes_sent;
    case PROBE_SYNCS: return n->journal.syncs;
    case PROBE_REPEATED: return n->kv.repeated;
    }
    return SIM_NONE;
}

/* ---- views ---- */

static const struct sim_param raft_columns[] = {
    COLUMN("role", SIM_TEXT, "follower, pre-candidate, candidate, leader"),
    COLUMN("term", SIM_COUNT, "current term"),
    COLUMN("vote", SIM_NODE, "for whom it has voted in it"),
    COLUMN("leader", SIM_NODE, "whom it takes for the leader"),
    COLUMN("commit", SIM_COUNT, "highest index known to be committed"),
    COLUMN("applied", SIM_COUNT, "highest index applied"),
    COLUMN("first", SIM_COUNT, "the log's first index"),
    COLUMN("last", SIM_COUNT, "its last"),
    COLUMN("last_term", SIM_COUNT, "and that entry's term"),
    COLUMN("durable", SIM_COUNT, "the last index that is on disk"),
    COLUMN("snapshot", SIM_COUNT, "the last index that the snapshot stands for"),
    COLUMN("lease", SIM_BOOL, "it may read by its lease now"),
    {0}};
static const struct sim_param progress_columns[] = {
    COLUMN("follower", SIM_NODE, "whom"),
    COLUMN("state", SIM_TEXT, "probe, replicate, snapshot"),
    COLUMN("next", SIM_COUNT, "the next index to send"),
    COLUMN("match", SIM_COUNT, "the highest index known to be there"),
    COLUMN("in_flight", SIM_COUNT, "AppendEntries sent and not answered"),
    COLUMN("acknowledged", SIM_NS, "since it sent what was last answered"),
    COLUMN("voter", SIM_BOOL, "or a learner"),
    {0}};
static const struct sim_param configuration_columns[] = {
    COLUMN("member", SIM_NODE, "who"),
    COLUMN("role", SIM_TEXT, "voter, learner; in a joint one: old voter, new voter, both"),
    COLUMN("index", SIM_COUNT, "the entry that says so; 0: as it was begun"),
    COLUMN("committed", SIM_BOOL, "that entry"),
    {0}};
static const struct sim_param log_columns[] = {
    COLUMN("index", SIM_COUNT, "its place"),
    COLUMN("term", SIM_COUNT, "of the leader that made it"),
    COLUMN("kind", SIM_TEXT, "no-op, command, configuration"),
    COLUMN("durable", SIM_BOOL, "it is on disk"),
    COLUMN("committed", SIM_BOOL, "as far as this node knows"),
    {0}};
static const struct sim_param sessions_columns[] = {
    COLUMN("session", SIM_COUNT, "a client's number; the one used longest ago first"),
    COLUMN("request", SIM_COUNT, "the last command that it was answered"),
    {0}};

const struct sim_table raft_views[] = {
    [VIEW_RAFT] = {"raft", raft_columns, "this member: figure 2 of the paper"},
    [VIEW_PROGRESS] = {"progress", progress_columns, "what the leader knows of each follower"},
    [VIEW_CONFIGURATION] = {"configuration", configuration_columns, "who is in the group"},
    [VIEW_LOG] = {"log", log_columns, "the last 100 entries"},
    [VIEW_SESSIONS] = {"sessions", sessions_columns, "what each client was last answered"},
    {0},
};

static int64_t node_or_none(sim_node node) { return node == RAFT_NOBODY ? SIM_NONE : node; }

static void view_raft(const struct node *n, const struct sim_clocks *now, struct sim_rows *rows) {
    const struct raft *r = &n->raft;
    sim_cell_text(rows, raft_role_name(r->role));
    sim_cell(rows, r->term);
    sim_cell(rows, node_or_none(r->vote));
    sim_cell(rows, node_or_none(r->leader));
    sim_cell(rows, r->commit);
    sim_cell(rows, n->applied);
    sim_cell(rows, r->base + 1);
    sim_cell(rows, r->last);
    sim_cell(rows, raft_last_term(r));
    sim_cell(rows, r->stable);
    sim_cell(rows, r->snapshot.index);
    sim_cell(rows, raft_leads_surely(r, now->mono_ns));
}

static void view_progress(const struct raft *r, const struct sim_clocks *now,
                          struct sim_rows *rows) {
    for (size_t i = 0; r->role == RAFT_LEADER && i < r->progress_count; i++) {
        const struct raft_progress *p = &r->progress[i];
        sim_cell(rows, p->node);
        sim_cell_text(rows, raft_flow_name(p->flow));
        sim_cell(rows, p->next);
        sim_cell(rows, p->match);
        sim_cell(rows, p->in_flight_count + p->waits);
        sim_cell(rows, now->mono_ns - p->acked_ns);
        sim_cell(rows, raft_is_voter(raft_configuration_of(r), p->node));
    }
}

static void member_row(const struct raft *r, sim_node node, const char *role,
                       struct sim_rows *rows) {
    const int64_t index = raft_configuration_index(r);
    sim_cell(rows, node);
    sim_cell_text(rows, role);
    sim_cell(rows, index);
    sim_cell(rows, index <= r->commit);
}

static void view_configuration(const struct raft *r, struct sim_rows *rows) {
    const struct raft_configuration *c = raft_configuration_of(r);
    const bool joint = raft_is_joint(c);
    for (uint32_t i = 0; i < c->voters.count; i++) {
        const bool both = raft_set_has(&c->outgoing, c->voters.nodes[i]);
        member_row(r, c->voters.nodes[i], !joint ? "voter" : both ? "both" : "new voter", rows);
    }
    for (uint32_t i = 0; i < c->outgoing.count; i++)
        if (!raft_set_has(&c->voters, c->outgoing.nodes[i]))
            member_row(r, c->outgoing.nodes[i], "old voter", rows);
    for (uint32_t i = 0; i < c->learners.count; i++)
        member_row(r, c->learners.nodes[i], "learner", rows);
}

static void view_log(const struct raft *r, struct sim_rows *rows) {
    static const char *const kinds[] = {
        [RAFT_NOOP] = "no-op", [RAFT_COMMAND] = "command", [RAFT_CONFIGURATION] = "configuration"};
    enum { SHOWN = 100 };
    int64_t i = r->last - SHOWN + 1;
    if (i <= r->base) i = r->base + 1;
    for (; i <= r->last; i++) {
        const struct raft_entry *e = raft_entry_at(r, i);
        sim_cell(rows, i);
        sim_cell(rows, e->term);
        sim_cell_text(rows, kinds[e->kind]);
        sim_cell(rows, i <= r->stable);
        sim_cell(rows, i <= r->commit);
    }
}

void raft_node_view(const void *state, size_t view, const struct sim_clocks *now,
                    struct sim_rows *rows) {
    const struct node *n = state;
    switch ((enum view)view) {
    case VIEW_RAFT: view_raft(n, now, rows); return;
    case VIEW_PROGRESS: view_progress(&n->raft, now, rows); return;
    case VIEW_CONFIGURATION: view_configuration(&n->raft, rows); return;
    case VIEW_LOG: view_log(&n->raft, rows); return;
    case VIEW_SESSIONS:
        for (uint32_t i = n->kv.oldest; i != KV_NOBODY; i = n->kv.sessions[i].newer) {
            sim_cell(rows, n->kv.sessions[i].session);
            sim_cell(rows, n->kv.sessions[i].request);
        }
        return;
    }
}
