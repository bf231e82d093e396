/* What the witness can be told, and what it can tell. */
#include "base/text.h"
#include "patroni/laws.h"
#include "patroni/witness.h"

static void witness_encode(const void *state, struct writer *writer) {
    const struct witness *w = state;
    put_i64(writer, w->key.holder);
    put_i64(writer, w->key.server);
    put_i64(writer, w->key.term);
    put_i64(writer, w->key.ttl_ns);
    put_i64(writer, w->key.position);
    put_i64(writer, w->key.timeline);
    put_i64(writer, w->expires_ns);
    put_u8(writer, (uint8_t)w->register_state);
    put_i64(writer, w->wanted.holder);
    put_i64(writer, w->written);
    put_bool(writer, w->answers);
    put_u32(writer, w->asker);
    put_i64(writer, w->request);
    for (size_t i = 0; i < w->member_count; i++) {
        const struct witness_member *m = &w->members[i];
        put_u32(writer, m->entry.agent);
        put_u32(writer, m->entry.server);
        put_i64(writer, m->entry.status.state);
        put_i64(writer, m->entry.status.timeline);
        put_i64(writer, m->entry.status.lsn);
        put_bool(writer, m->entry.status.streaming);
        put_i64(writer, m->entry.primary_term);
        put_i64(writer, m->until_ns);
    }
}

static void witness_describe(const void *state, struct text *text) {
    const struct witness *w = state;
    if (w->key.holder == SIM_NONE)
        text_add(text, "no leader, last term %lld", (long long)w->key.term);
    else
        text_add(text, "leader n%lld in term %lld", (long long)w->key.holder,
                 (long long)w->key.term);
}

static int64_t witness_probe(const void *state, size_t probe, const struct sim_clocks *now) {
    const struct witness *w = state;
    struct dcs_cluster c;
    witness_cluster(w, now->mono_ns, &c);
    switch ((enum witness_probe)probe) {
    case WITNESS_PROBE_LEADER: return c.server;
    case WITNESS_PROBE_TERM: return c.term;
    case WITNESS_PROBE_REMAINING: return c.remaining_ns;
    }
    return SIM_NONE;
}

/* As patronictl list names them. */
static const char *state_name(const struct member_status *s) {
    switch (s->state) {
    case CONTROL_STOPPED: return "stopped";
    case CONTROL_STARTING: return "starting";
    case CONTROL_STANDBY: return s->streaming ? "streaming" : "running";
    case CONTROL_PRIMARY: return "running";
    default: return "unknown";
    }
}

static void witness_view(const void *state, size_t view, const struct sim_clocks *now,
                         struct sim_rows *rows) {
    struct dcs_cluster c;
    (void)view; /* there is one */
    witness_cluster(state, now->mono_ns, &c);
    for (int64_t i = 0; i < c.count; i++) {
        const struct dcs_member *m = &c.members[i];
        const bool leads = c.leader == (int64_t)m->agent, known = m->status.state != 0;
        int64_t lag = leads || !known || c.position == 0 ? SIM_NONE : c.position - m->status.lsn;
        if (lag != SIM_NONE && lag < 0) lag = 0; /* the leader's position is older */
        sim_cell(rows, m->server);
        sim_cell_text(rows, leads ? "Leader" : "Replica");
        sim_cell_text(rows, state_name(&m->status));
        sim_cell(rows, m->status.timeline > 0 ? m->status.timeline : SIM_NONE);
        sim_cell(rows, lag);
    }
}

static const struct sim_param cluster_columns[] = {
    {.name = "member", .unit = SIM_NODE, .doc = "the server"},
    {.name = "role", .unit = SIM_TEXT, .doc = "Leader: its agent holds the leader key; Replica"},
    {.name = "state", .unit = SIM_TEXT, .doc = "running, streaming, starting, stopped, unknown"},
    {.name = "tl", .unit = SIM_COUNT, .doc = "its timeline"},
    {.name = "lag", .unit = SIM_BYTES, .doc = "behind the leader's position, as last heard"},
    {0}};

extern const struct sim_model witness_model;
const struct sim_model witness_model = {
    .name = "witness",
    .summary = "the consensus store of patroni (etcd, Consul), from outside: one leader key",
    .init = witness_init,
    .step = witness_step,
    .encode = witness_encode,
    .describe = witness_describe,
    .describe_message = dcs_describe_message,
    .probe = witness_probe,
    .view = witness_view,
    .probes =
        (const struct sim_param[]){
            [WITNESS_PROBE_LEADER] = {.name = "leader",
                                      .unit = SIM_NODE,
                                      .doc = "the server whose agent holds the leader key"},
            [WITNESS_PROBE_TERM] = {.name = "term",
                                    .unit = SIM_COUNT,
                                    .doc = "of the leader key, or of the last one"},
            [WITNESS_PROBE_REMAINING] = {.name = "lease_remaining",
                                         .unit = SIM_NS,
                                         .doc = "until the leader key expires"},
            {0}},
    .views = (const struct sim_table[]){{"cluster", cluster_columns, "patronictl list"}, {0}},
    .messages = (const struct sim_name[]){[DCS_REQUEST] = {"dcs_request", NULL},
                                          [DCS_ANSWER] = {"dcs_answer", NULL},
                                          [CONTROL_ORDER] = {"control_order", NULL},
                                          [CONTROL_ANSWER] = {"control_answer", NULL},
                                          [DCS_CHANGED] = {"dcs_changed", NULL},
                                          {0}},
    .notes =
        (const struct sim_name[]){
            [WITNESS_NOTE_GRANTED] = {"granted", "no leader key -> {node} holds it in term {} for "
                                                 "{ns}"},
            [WITNESS_NOTE_REFUSED] = {"refused", "the leader key is not for {node}, term {} -> no"},
            [WITNESS_NOTE_EXPIRED] = {"expired",
                                      "{node} has not renewed in term {} -> its key expires"},
            [WITNESS_NOTE_RELEASED] = {"released", "{node} gives up term {} -> its key is deleted"},
            [WITNESS_NOTE_RECOVERED] = {"recovered",
                                        "term {} found on disk -> a lease in it counts from its "
                                        "full time"},
            [WITNESS_NOTE_FULL] = {"full", "{node} is one agent too many -> no entry for it ({} "
                                           "at most)"},
            {0}},
    .facts =
        (const struct sim_name[]){
            [FACT_LEASE_GRANTED] = {"lease_granted", "{node} gave the leader key to {node}'s "
                                                     "agent in term {}"},
            [FACT_LEASE_LOST] = {"lease_lost", "at {node} the leader key of {node}'s agent of "
                                               "term {} is gone"},
            {0}},
    .channels = (const struct sim_channel[]){[DCS_CHANNEL] = {"dcs", true}, {0}},
    .laws = (const struct sim_law *const[]){&patroni_one_leader_per_term, NULL},
    .bugs =
        (const struct sim_bug[]){
            [BUG_UNSYNCED_LEASE] = {"unsynced_lease", "the leader key is written, but never synced",
                                    "One Leader Per Term",
                                    "after a power loss it is given away again in the same term"},
            {0}},
};
