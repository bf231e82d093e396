/* What an operator asks: each is answered at once, or when it is done. */
#include "base/text.h"
#include "paxos/multi/node.h"

void paxos_reply_text(struct sim_out *out, uint64_t request, bool ok, const char *text) {
    sim_reply(out, request, ok, (struct sim_bytes){(const uint8_t *)text, strlen(text)});
}

static void propose(struct paxos_node *s, const struct sim_event *e, struct sim_out *out) {
    const struct sim_value *args = e->command.args;
    if (s->group.role != PAXOS_LEADER || s->fill.on) {
        paxos_reply_text(out, e->command.request, false,
                         s->fill.on ? "one is under way" : "not the leader");
        return;
    }
    s->fill = (struct fill){.on = true,
                            .request = e->command.request,
                            .left = args[0].number,
                            .bytes = args[1].number,
                            .in_flight = args[2].number};
}

static void campaign(struct paxos_node *s, const struct sim_event *e, struct sim_out *out) {
    const bool ok = paxos_campaign(&s->group, e->now.mono_ns, e->random, &s->output);
    paxos_reply_text(out, e->command.request, ok,
                     ok ? "prepares" : "it is no member, or another holds a lease");
}

/* Refused here when all would refuse it, and once it is a value of the log it is applied. */
static void reconfigure(struct paxos_node *s, const struct sim_event *e, struct sim_out *out) {
    const struct sim_value *voters = &e->command.args[0];
    const struct paxos_config *c = &s->group.config;
    struct quorum_system q;
    struct text why = {0};
    uint8_t bytes[VALUE_MEMBERS_BYTES];
    if (!paxos_quorum_begin(&q, voters->nodes, voters->count, c->q1, c->q2, c->insist, &why)) {
        paxos_reply_text(out, e->command.request, false, text_string(&why));
    } else if (!paxos_members_room(&s->group)) {
        paxos_reply_text(out, e->command.request, false, "too many memberships are under way");
    } else if (!paxos_may_propose(&s->group)) {
        paxos_reply_text(out, e->command.request, false,
                         s->group.role == PAXOS_LEADER ? "the window is full" : "not the leader");
    } else {
        paxos_propose(&s->group, paxos_value_members_write(voters->nodes, voters->count, bytes), 0,
                      &s->output);
        paxos_reply_text(out, e->command.request, true, "proposed");
    }
    text_free(&why);
}

static void snapshot(struct paxos_node *s, const struct sim_event *e, struct sim_out *out) {
    if (!paxos_snapshot_take(s, e->now.mono_ns, out)) {
        paxos_reply_text(out, e->command.request, false,
                         "nothing to take, or one is being taken or sent");
        return;
    }
    s->store.request = e->command.request;
    s->store.has_request = true;
}

void paxos_command_received(struct paxos_node *s, const struct sim_event *e, struct sim_out *out) {
    if (!s->ready) {
        paxos_reply_text(out, e->command.request, false, "it is starting");
        return;
    }
    switch ((enum node_command)e->command.which) {
    case COMMAND_PROPOSE: propose(s, e, out); return;
    case COMMAND_CAMPAIGN: campaign(s, e, out); return;
    case COMMAND_RECONFIGURE: reconfigure(s, e, out); return;
    case COMMAND_SNAPSHOT: snapshot(s, e, out); return;
    }
}
