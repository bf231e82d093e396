/* Raft's core: the state that is hashed leaves nothing out that decides what comes next. */
#include "raft_core_fixture.h"

static uint64_t encoded(const struct raft *r) {
    struct writer w = writer_growing();
    uint64_t hash = 14695981039346656037u; /* FNV-1a */
    raft_encode(r, &w);
    for (size_t i = 0; i < w.size; i++) hash = (hash ^ w.data[i]) * 1099511628211u;
    writer_free(&w);
    return hash;
}

/* Nothing but that byte changes. */
static void expect_seen(const struct raft *r, void *field, const char *name) {
    uint8_t *byte = field;
    const uint64_t before = encoded(r);
    *byte ^= 1;
    if (encoded(r) == before) fail_msg("%s is left out", name);
    *byte ^= 1;
    assert_true(encoded(r) == before);
}
#define SEEN(FIELD) expect_seen(r, &r->FIELD, #FIELD)

/* A leader that has all of it: entries not durable yet, a snapshot that is being sent, a read that
 * waits, a transfer. */
static struct cores *busy_leader(void) {
    struct cores *c = cores_begin(3);
    static const uint8_t store[40] = "the state machine, in forty bytes";
    elect(c, 0);
    for (int i = 0; i < 5; i++) {
        propose(c, 0, "x");
        deliver_but(c, 1 << 2);
    }
    assert_true(raft_compact(R(0), 4, (struct sim_bytes){store, sizeof store}, 9, 0));
    const struct raft_moment now = now_of(c);
    raft_unreachable(R(0), &now, 2);
    R(0)->progress[1].next = 1;
    heartbeats(c);
    drop_all(c);
    c->syncs_at_once = false;
    propose(c, 0, "y");
    c->now_ns += 1;
    const struct raft_moment later = now_of(c);
    assert_true(raft_read(R(0), &later, 1));
    assert_null(raft_transfer(R(0), &later, 1));
    take_output(c, 0);
    return c;
}

static void a_leaders_state_is_seen(void **state) {
    struct cores *c = busy_leader();
    struct raft *r = R(0);
    assert_int_equal(r->progress[0].in_flight_count, 1);
    SEEN(term), SEEN(vote), SEEN(leader), SEEN(commit), SEEN(base_term), SEEN(stable);
    SEEN(writes), SEEN(durable), SEEN(state_write), SEEN(vote_write), SEEN(sought_by_leader);
    SEEN(heard_ns), SEEN(led_ns), SEEN(timeout_ns), SEEN(granted.nodes[0]), SEEN(elections);
    SEEN(term_first), SEEN(heartbeat_ns), SEEN(unsent), SEEN(asked_ns);
    SEEN(transfer_to), SEEN(transfer_until_ns), SEEN(transfer_told), SEEN(may_be_challenged);
    SEEN(configurations[0].index), SEEN(configurations[0].is.voters.nodes[0]);
    SEEN(entries[r->last].write), SEEN(entries[r->last].hash);
    SEEN(reads[0].number), SEEN(reads[0].at_ns), SEEN(reads[0].index), SEEN(reads[0].from);
    SEEN(snapshot.index), SEEN(snapshot.term), SEEN(snapshot.hash), SEEN(snapshot.weight);
    SEEN(snapshot.bytes[7]), SEEN(snapshot.configuration.voters.nodes[2]);
    SEEN(progress[0].in_flight[r->progress[0].in_flight_first]), SEEN(progress[0].node);
    SEEN(progress[1].flow), SEEN(progress[1].waits), SEEN(progress[1].keeps_up);
    SEEN(progress[1].since_ns), SEEN(progress[1].next), SEEN(progress[1].match);
    SEEN(progress[1].acked_ns), SEEN(progress[1].heard_ns), SEEN(progress[1].offset);
    SEEN(progress[1].chunk_ns), SEEN(progress[1].snapshot), SEEN(progress[1].anew),
        SEEN(progress[1].round_last);
    SEEN(progress[1].round_ns);
    cores_end(c);
}

/* A follower that answers a leader once its log is durable, and has a snapshot half. */
static void a_followers_state_is_seen(void **state) {
    struct cores *c = busy_leader();
    struct raft *r = R(1);
    deliver(c);
    c->now_ns += 100;
    propose(c, 0, "z");
    deliver(c);
    assert_true(r->held_count > 0);
    SEEN(held[r->held_first].write), SEEN(held[r->held_first].message.peer);
    SEEN(held[r->held_first].message.index), SEEN(held[r->held_first].message.stamp);
    SEEN(held[r->held_first].message.commit), SEEN(held[r->held_first].message.log_term);
    SEEN(held[r->held_first].message.offset), SEEN(held[r->held_first].message.ok);
    send_to(c, 1,
            (struct raft_message){.type = RAFT_SNAPSHOT,
                                  .peer = 0,
                                  .term = r->term,
                                  .index = 50,
                                  .log_term = 1,
                                  .stamp = 7,
                                  .total = 40,
                                  .bytes = {(const uint8_t *)"\1\0\0\0\0\0\0half", 11}});
    assert_int_equal(r->incoming_size, 4);
    SEEN(incoming.index), SEEN(incoming.term), SEEN(incoming.weight), SEEN(incoming.bytes[3]);
    SEEN(incoming_stamp), SEEN(incoming_term), SEEN(installing);
    cores_end(c);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_leaders_state_is_seen),
        cmocka_unit_test(a_followers_state_is_seen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
