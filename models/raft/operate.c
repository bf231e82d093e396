/* An operator's commands. Those that change who is in the group are the leader's to carry out. */
#include "parts/propose.h"
#include "raft/node.h"

enum command { CAMPAIGN, TRANSFER, ADD, REMOVE, PROMOTE, RECONFIGURE, SNAPSHOT, PROPOSE };

const struct sim_table raft_commands[] = {
    [CAMPAIGN] = {"campaign", NULL, "stands for election at once"},
    [TRANSFER] = {"transfer",
                  (const struct sim_param[]){
                      {.name = "to", .unit = SIM_NODE, .usual = SIM_NONE, .doc = "a voter"}, {0}},
                  "hands leadership over: answered when it is begun"},
    [ADD] = {"add",
             (const struct sim_param[]){
                 {.name = "node", .unit = SIM_NODE, .usual = SIM_NONE, .doc = "whom"},
                 {.name = "learner",
                  .unit = SIM_BOOL,
                  .usual = 0,
                  .min = 0,
                  .max = 1,
                  .doc = "it gets the log, and has no vote"},
                 {0}},
             "one member more"},
    [REMOVE] = {"remove",
                (const struct sim_param[]){
                    {.name = "node", .unit = SIM_NODE, .usual = SIM_NONE, .doc = "whom"}, {0}},
                "one member less"},
    [PROMOTE] = {"promote",
                 (const struct sim_param[]){
                     {.name = "node", .unit = SIM_NODE, .usual = SIM_NONE, .doc = "a learner"},
                     {0}},
                 "a learner, once it has nearly all of the log, becomes a voter"},
    [RECONFIGURE] = {"reconfigure",
                     (const struct sim_param[]){{.name = "voters",
                                                 .unit = SIM_NODES,
                                                 .usual = SIM_NONE,
                                                 .doc = "all of the new ones"},
                                                {0}},
                     "other voters: by joint consensus where more than one differs"},
    [SNAPSHOT] = {"snapshot", NULL, "saves the store now: answered when it is durable"},
    [PROPOSE] = PROPOSE_COMMAND,
    {0},
};

static void answer(uint64_t request, const char *problem, struct sim_out *out) {
    const char *words = problem ? problem : "";
    sim_reply(out, request, !problem, (struct sim_bytes){(const uint8_t *)words, strlen(words)});
}

static const char *change(struct node *n, const struct raft_configuration *c,
                          const struct sim_event *e) {
    const struct raft_moment now = moment_of(e);
    return raft_change(&n->raft, &now, c);
}

static const char *add(struct node *n, sim_node node, bool learner, const struct sim_event *e) {
    struct raft_configuration c = *raft_configuration_of(&n->raft);
    if (raft_is_member(&c, node)) return "that node is a member already";
    if (c.voters.count + c.learners.count == RAFT_MEMBERS_MAX) return "the group is full";
    raft_set_add(learner ? &c.learners : &c.voters, node);
    return change(n, &c, e);
}

static const char *remove_member(struct node *n, sim_node node, const struct sim_event *e) {
    struct raft_configuration c = *raft_configuration_of(&n->raft);
    if (!raft_is_member(&c, node)) return "that node is no member";
    raft_set_remove(&c.voters, node);
    raft_set_remove(&c.learners, node);
    return change(n, &c, e);
}

/* "Before adding the new server, wait until it has caught up" (thesis 4.2.1). */
static const char *promote(struct node *n, sim_node node, const struct sim_event *e) {
    struct raft_configuration c = *raft_configuration_of(&n->raft);
    if (!raft_set_has(&c.learners, node)) return "that node is no learner";
    if (n->raft.role != RAFT_LEADER) return "it does not lead";
    if (!raft_caught_up(&n->raft, e->now.mono_ns, node)) return "that node has not caught up";
    raft_set_remove(&c.learners, node);
    raft_set_add(&c.voters, node);
    return change(n, &c, e);
}

static const char *reconfigure(struct node *n, const struct sim_value *voters,
                               const struct sim_event *e) {
    struct raft_configuration c = *raft_configuration_of(&n->raft);
    if (voters->count + c.learners.count > RAFT_MEMBERS_MAX) return "too many members";
    c.voters.count = 0;
    for (size_t i = 0; i < voters->count; i++) {
        raft_set_add(&c.voters, voters->nodes[i]);
        raft_set_remove(&c.learners, voters->nodes[i]);
    }
    return change(n, &c, e);
}

static const char *propose(struct node *n, const struct sim_event *e) {
    const struct sim_value *args = e->command.args;
    if (n->raft.role != RAFT_LEADER) return "it does not lead";
    if (n->raft.transfer_to != RAFT_NOBODY) return "it hands over its leadership";
    if (n->load.on) return "a load is under way";
    n->load = (struct load){.on = true,
                            .request = e->command.request,
                            .left = args[PROPOSE_COUNT].number,
                            .bytes = args[PROPOSE_BYTES].number,
                            .in_flight = args[PROPOSE_IN_FLIGHT].number};
    return NULL;
}

static const char *snapshot(struct node *n, const struct sim_event *e, struct sim_out *out) {
    if (n->snapshot_wanted) return "one is asked for already";
    if (n->applied <= n->raft.snapshot.index) return "nothing was applied since the last";
    n->snapshot_wanted = true;
    n->snapshot_wanted_from = n->applied;
    n->snapshot_request = e->command.request;
    snapshot_look(n, out);
    return NULL;
}

void operate(struct node *n, const struct sim_event *e, struct sim_out *out) {
    const struct sim_value *args = e->command.args;
    const struct raft_moment now = moment_of(e);
    const uint64_t request = e->command.request;
    const char *problem = NULL;
    if (!n->running) {
        answer(request, "it is still reading its log", out);
        return;
    }
    const bool names_node = e->command.which >= TRANSFER && e->command.which <= PROMOTE;
    if (names_node && args[0].number == SIM_NONE) {
        answer(request, "which node?", out);
        return;
    }
    const sim_node node = names_node ? (sim_node)args[0].number : RAFT_NOBODY;
    switch ((enum command)e->command.which) {
    case CAMPAIGN: problem = raft_campaign(&n->raft, &now); break;
    case TRANSFER: problem = raft_transfer(&n->raft, &now, node); break;
    case ADD: problem = add(n, node, args[1].number != 0, e); break;
    case REMOVE: problem = remove_member(n, node, e); break;
    case PROMOTE: problem = promote(n, node, e); break;
    case RECONFIGURE: problem = reconfigure(n, &args[0], e); break;
    case SNAPSHOT:
        problem = snapshot(n, e, out);
        if (!problem) return;
        break;
    case PROPOSE:
        problem = propose(n, e);
        if (!problem) return;
        break;
    }
    answer(request, problem, out);
}
