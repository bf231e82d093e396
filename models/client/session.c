/*
 * Users and their sessions: whose an operation is, and where it is asked.
 *
 * A session is what one user does, in order; what it may expect to see of its own past are the
 * session guarantees: read your writes, monotonic reads, monotonic writes, writes follow reads
 * (Terry et al., "Session guarantees for weakly consistent replicated data", PDIS 1994). Reads from
 * a replica that lags break the first two, and these are the usual remedies:
 *
 *   sticky      a user keeps to one replica, which does not go back in time by itself
 *   primary     a user reads from the primary for a while after it has written, in the hope that
 *               the replicas have caught up by then
 *   position    a read says which version the user has seen, and a replica waits until it is there
 *
 * In a closed loop a loop is a user. In an open loop operations arrive by themselves: without
 * `users` each is of somebody who was never seen before and is never seen again, and so of no
 * session; with `users` each is of one of them who waits for nothing, chosen by chance, as then
 * everyone's operations arrive by a Poisson process too. One that finds all of them waiting is of
 * nobody.
 *
 * A crash of the client's node loses what the sessions remember, though not who they are.
 */
#include "client/client.h"

bool sessions_begin(struct client *c, const struct sim_value *knobs, struct text *refusal) {
    c->read_choice = (enum read_choice)knobs[KNOB_READ_CHOICE].number;
    c->primary_after_write_ns = knobs[KNOB_READ_PRIMARY_AFTER_WRITE].number;
    c->wait_for_version = knobs[KNOB_WAIT_FOR_VERSION].number != 0;
    c->user_count = c->rate_per_1000s > 0 ? (size_t)knobs[KNOB_USERS].number : c->loop_count;
    if (c->user_count == 0 && c->replica_count > 0 &&
        (c->read_choice == READ_STICKY || c->primary_after_write_ns > 0 || c->wait_for_version)) {
        text_add(refusal,
                 "users: read_choice sticky, read_primary_after_write and wait_for_version need "
                 "users, and in an open loop (rate) there are 0 unless their number is given");
        return false;
    }
    c->users = memory_take(c->memory, c->user_count * sizeof *c->users);
    c->idle_users = memory_take(c->memory, c->user_count * sizeof *c->idle_users);
    return true;
}

void sessions_start(struct client *c) {
    for (size_t i = 0; i < c->user_count; i++) {
        c->users[i] = (struct user){.wrote_ns = SIM_NONE, .replica = NOBODY};
        if (c->rate_per_1000s > 0) c->idle_users[c->idle_user_count++] = (uint32_t)i;
    }
}

uint32_t session_of_arrival(struct client *c, struct random *random) {
    if (c->idle_user_count == 0) return NOBODY;
    const size_t at = (size_t)draw_below(random, (int64_t)c->idle_user_count);
    const uint32_t user = c->idle_users[at];
    c->idle_users[at] = c->idle_users[--c->idle_user_count];
    return user;
}

void session_ends_operation(struct client *c, const struct wish *wish, const struct ending *ending,
                            int64_t now_ns) {
    if (wish->user == NOBODY) return;
    guarantees_judge(c, wish, ending);
    struct user *user = &c->users[wish->user];
    if (c->rate_per_1000s > 0) c->idle_users[c->idle_user_count++] = wish->user;
    if (ending->outcome == SIM_DONE && ending->version > user->seen) user->seen = ending->version;
    /* One of unknown outcome may have been a write. */
    if (!only_reads(&wish->request) && ending->outcome != SIM_FAILED) user->wrote_ns = now_ns;
}

/* ---- where a read goes ---- */

static uint32_t replica_in_turn(struct client *c) {
    for (size_t i = 0; i < c->replica_count; i++) {
        const uint32_t server = c->replicas[c->replica_turn];
        c->replica_turn = (c->replica_turn + 1) % c->replica_count;
        if (c->servers[server].up) return server;
    }
    return NOBODY;
}

static uint32_t replica_by_chance(struct client *c, struct random *random) {
    int64_t up = 0;
    for (size_t i = 0; i < c->replica_count; i++) up += c->servers[c->replicas[i]].up;
    if (up == 0) return NOBODY;
    int64_t skip = draw_below(random, up);
    size_t i = 0;
    while (!c->servers[c->replicas[i]].up || skip-- > 0) i++;
    return c->replicas[i];
}

static uint32_t replica_of_user(struct client *c, uint32_t number, const struct sim_event *e,
                                struct sim_out *out) {
    struct user *user = &c->users[number];
    if (user->replica != NOBODY && c->servers[user->replica].up) return user->replica;
    const uint32_t next = replica_by_chance(c, e->random);
    if (next == NOBODY) return NOBODY; /* the primary meanwhile; it stays the user's */
    if (user->replica != NOBODY)
        sim_note(out, NOTE_MOVED, number, c->servers[user->replica].node, c->servers[next].node);
    return user->replica = next;
}

static bool wrote_lately(const struct client *c, const struct user *user, int64_t now_ns) {
    return user->wrote_ns != SIM_NONE && now_ns - user->wrote_ns < c->primary_after_write_ns;
}

uint32_t replica_for(struct client *c, const struct wish *wish, const struct sim_event *e,
                     struct sim_out *out) {
    if (c->replica_count == 0 || wish->at_primary || !only_reads(&wish->request)) return NOBODY;
    const bool known = wish->user != NOBODY;
    if (known && wrote_lately(c, &c->users[wish->user], e->now.mono_ns)) return NOBODY;
    if (c->read_choice == READ_ROUND_ROBIN) return replica_in_turn(c);
    if (c->read_choice == READ_STICKY && known) return replica_of_user(c, wish->user, e, out);
    return replica_by_chance(c, e->random);
}

int64_t version_wanted(const struct client *c, const struct wish *wish) {
    return c->wait_for_version && wish->user != NOBODY ? c->users[wish->user].seen : 0;
}

bool replicas_awaited(const struct client *c) {
    bool untried = false;
    for (size_t i = 0; i < c->replica_count; i++) {
        const struct server *server = &c->servers[c->replicas[i]];
        if (server->up) return false;
        untried |= !server->tried;
    }
    return untried;
}

bool replica_is_up(const struct client *c) {
    for (size_t i = 0; i < c->replica_count; i++)
        if (c->servers[c->replicas[i]].up) return true;
    return false;
}
