/* Probes, views, and what else an observer sees. */
#include "base/text.h"
#include "parts/record.h"
#include "paxos/multi/node.h"

static const char *role_name(enum paxos_role role) {
    static const char *const names[] = {"follower", "candidate", "leader"};
    return names[role];
}

void paxos_node_describe(const void *state, struct text *text) {
    const struct paxos_node *s = state;
    const struct paxos_group *g = &s->group;
    if (!s->ready) {
        text_add(text, "reads its disk");
        return;
    }
    text_add(text, "%s", role_name(g->role));
    if (g->role != PAXOS_FOLLOWER) text_add(text, " in ballot %lld", (long long)g->ballot);
    text_add(text, ", promised %lld, commit %lld", (long long)g->promised, (long long)g->commit);
    if (g->log.gaps) text_add(text, ", %lld gaps", (long long)g->log.gaps);
}

void paxos_node_describe_message(const struct sim_message *m, struct text *text) {
    struct client_request q;
    struct client_response a;
    static const char *const status[] = {"", "ok", "failed", "unknown", "redirect", "retry"};
    struct reader r = reader_over(m->body.data, m->body.size);
    if (m->type == CLIENT_REQUEST && client_request_read(m->body, &q)) {
        text_add(text, "%lld: %s key %lld", (long long)q.request,
                 client_operation_name(q.operation), (long long)q.key);
    } else if (m->type == CLIENT_RESPONSE && client_response_read(m->body, &a)) {
        text_add(text, "%lld: %s", (long long)a.request, status[a.status]);
    } else if (m->type == MESSAGE_CHUNK || m->type == MESSAGE_NEXT_CHUNK) {
        const long long through = (long long)get_i64(&r), offset = (long long)get_i64(&r);
        text_add(text, "snapshot %lld at %lld", through, offset);
    } else if (m->type >= MESSAGE_CORE) {
        paxos_message_describe(m->type - MESSAGE_CORE, m->body, text);
    }
}

static int64_t in_flight(const struct paxos_group *g) {
    return g->role == PAXOS_LEADER && g->next > g->commit ? g->next - 1 - g->commit : 0;
}

static int64_t lease_remaining(const struct paxos_group *g, const struct sim_clocks *now) {
    const int64_t until = paxos_lease_until(g);
    if (until == SIM_NONE) return SIM_NONE;
    return until > now->mono_ns ? until - now->mono_ns : 0;
}

int64_t paxos_node_probe(const void *state, size_t probe, const struct sim_clocks *now) {
    const struct paxos_node *s = state;
    const struct paxos_group *g = &s->group;
    switch ((enum node_probe)probe) {
    case PROBE_LEADER: return g->role == PAXOS_LEADER;
    case PROBE_BALLOT: return g->promised;
    case PROBE_COMMIT: return g->commit;
    case PROBE_APPLIED: return g->applied;
    case PROBE_IN_FLIGHT: return in_flight(g);
    case PROBE_GAPS: return g->log.gaps;
    case PROBE_COMMANDS: return s->commands;
    case PROBE_QUEUED: return (int64_t)s->queue_count;
    case PROBE_MESSAGES_SENT: return s->messages_sent;
    case PROBE_BYTES_SENT: return s->bytes_sent;
    case PROBE_SYNCS: return s->journal.syncs;
    case PROBE_LEASE_REMAINING: return lease_remaining(g, now);
    case PROBE_LOG_FIRST: return g->log.base + 1;
    case PROBE_REPEATED: return s->kv.repeated;
    }
    return SIM_NONE;
}

/* ---- views ---- */

/* Replicas that have applied the same are equal, to the byte. */
static int64_t state_hash(const struct kv *kv) {
    struct writer w = writer_growing();
    kv_save(kv, true, &w);
    const int64_t hash = (int64_t)(record_hash(0, w.data, w.size) >> 1);
    writer_free(&w);
    return hash;
}

static void view_paxos(const struct paxos_node *s, const struct sim_clocks *now,
                       struct sim_rows *rows) {
    const struct paxos_group *g = &s->group;
    sim_cell_text(rows, role_name(g->role));
    sim_cell(rows, g->promised ? g->promised : SIM_NONE);
    sim_cell(rows, g->leader);
    sim_cell(rows, g->commit);
    sim_cell(rows, g->applied);
    sim_cell(rows, g->log.base + 1);
    sim_cell(rows, g->log.last);
    sim_cell(rows, g->log.gaps);
    sim_cell(rows, g->role == PAXOS_LEADER ? g->next : SIM_NONE);
    sim_cell(rows, in_flight(g));
    sim_cell(rows, paxos_members_have(g, g->commit + 1, g->config.self));
    sim_cell(rows, s->snapshot_through ? s->snapshot_through : SIM_NONE);
    sim_cell(rows, lease_remaining(g, now));
    sim_cell(rows, state_hash(&s->kv));
}

static void view_instances(const struct paxos_group *g, struct sim_rows *rows) {
    static const char *const kinds[] = {"", "noop", "command", "members", "fill"};
    const int64_t first = g->log.first > g->commit ? g->log.first : g->commit + 1;
    for (int64_t i = first; i <= g->log.last; i++) {
        const struct paxos_entry *e = paxos_log_find(&g->log, i);
        sim_cell(rows, i);
        sim_cell(rows, e ? e->ballot : SIM_NONE);
        sim_cell_text(rows, e ? kinds[value_kind(paxos_log_value(e))] : "gap");
        sim_cell(rows, e ? (int64_t)e->size + e->extra : SIM_NONE);
        sim_cell(rows, e && g->role == PAXOS_LEADER ? paxos_quorum_size(e->acceptances) : SIM_NONE);
        sim_cell(rows, e && g->role == PAXOS_LEADER ? e->chosen : SIM_NONE);
    }
}

static void view_peers(const struct paxos_group *g, const struct sim_clocks *now,
                       struct sim_rows *rows) {
    const bool leads = g->role == PAXOS_LEADER;
    for (int i = 0; i < g->peer_count; i++) {
        const struct paxos_peer *p = &g->peers[i];
        if (p->node == g->config.self) continue;
        int64_t open = 0;
        for (int64_t k = g->commit + 1; leads && k < g->next; k++) {
            const struct paxos_entry *e = paxos_log_find(&g->log, k);
            open += e && !(e->acceptances >> i & 1) && paxos_members_have(g, k, p->node);
        }
        sim_cell(rows, p->node);
        sim_cell(rows, p->up);
        sim_cell(rows, leads ? now->mono_ns - p->heard_ns : SIM_NONE);
        sim_cell(rows, p->commit);
        sim_cell(rows, leads ? open : SIM_NONE);
        sim_cell(rows, leads ? (int64_t)(g->promises >> i & 1) : SIM_NONE);
    }
}

static void view_members(const struct paxos_group *g, struct sim_rows *rows) {
    for (int i = 0; i < g->config_count; i++)
        for (int64_t k = 0; k < g->configs[i].quorum.count; k++) {
            sim_cell(rows, g->configs[i].from);
            sim_cell(rows, g->configs[i].quorum.members[k]);
            sim_cell(rows, g->configs[i].quorum.q1);
            sim_cell(rows, g->configs[i].quorum.q2);
        }
}

void paxos_node_view(const void *state, size_t view, const struct sim_clocks *now,
                     struct sim_rows *rows) {
    const struct paxos_node *s = state;
    switch ((enum node_view)view) {
    case VIEW_PAXOS: view_paxos(s, now, rows); return;
    case VIEW_INSTANCES: view_instances(&s->group, rows); return;
    case VIEW_PEERS: view_peers(&s->group, now, rows); return;
    case VIEW_MEMBERS: view_members(&s->group, rows); return;
    }
}
