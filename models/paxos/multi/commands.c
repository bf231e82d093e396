/* What an operator asks: each is answered at once, or when it is done. */
#include "base/text.h"
#include "parts/propose.h"
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
                            .left = args[PROPOSE_COUNT].number,
                            .bytes = args[PROPOSE_BYTES].number,
                            .in_flight = args[PROPOSE_IN_FLIGHT].number};
}

static void campaign(struct paxos_node *s, const struct sim_event *e, struct sim_out *out) {
    const bool ok = paxos_campaign(&s->group, e->now.mono_ns, e->random, &s->output);
    paxos_reply_text(out, e->command.request, ok,
                     ok ? "prepares" : "it is no member, or another holds a lease");
}

static bool may_change(struct paxos_node *s, const struct sim_value *voters, struct text *why) {
    const struct paxos_config *c = &s->group.config;
    struct quorum_system q;
    if (s->group.role != PAXOS_LEADER)
        text_add(why, "not the leader");
    else if (s->change.waits)
        text_add(why, "another membership waits to be proposed");
    else if (!paxos_members_room(&s->group))
        text_add(why, "too many memberships are under way");
    else
        return paxos_quorum_begin(&q, voters->nodes, voters->count, c->q1, c->q2, c->insist, why);
    return false;
}

/* Refused here when all would refuse it, and once it is a value of the log it is applied. It is
 * proposed, and answered, as soon as the window has room. */
static void reconfigure(struct paxos_node *s, const struct sim_event *e, struct sim_out *out) {
    const struct sim_value *voters = &e->command.args[0];
    struct text why = {0};
    if (may_change(s, voters, &why)) {
        s->change.waits = true;
        s->change.request = e->command.request;
        s->change.size =
            paxos_value_members_write(voters->nodes, voters->count, s->change.value).size;
    } else {
        paxos_reply_text(out, e->command.request, false, text_string(&why));
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
