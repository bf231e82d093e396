/* Raft's core, many times in one node, as a sharded store has it. */
#include "raft_core_fixture.h"

/* ---- many in one node ---- */

enum { GROUPS = 300, NODES = 3 };
struct store { /* a node of a sharded store: its groups share an output, and all is durable at once
                */
    struct memory *memory;
    struct raft_output out;
    struct raft group[GROUPS];
};
struct post { /* a message on its way between stores */
    int group, from, to;
    enum raft_type type;
    struct writer bytes;
};
struct stores {
    struct store of[NODES];
    struct post posts[GROUPS * NODES * 8];
    size_t post_count;
    struct random random;
    int64_t now_ns;
};

static void drain(struct stores *s, int node, int group) {
    struct store *store = &s->of[node];
    struct raft_output *o = &store->out;
    const struct raft_moment now = {s->now_ns, &s->random};
    while (o->write > 0 || o->message_count > 0 || o->said_count > 0) {
        const int64_t write = o->write;
        for (size_t i = 0; i < o->message_count; i++) {
            assert_true(s->post_count < sizeof s->posts / sizeof *s->posts);
            struct post *p = &s->posts[s->post_count++];
            *p = (struct post){group, node, (int)o->messages[i].peer, o->messages[i].type,
                               writer_growing()};
            raft_message_write(&store->group[group], &o->messages[i], &p->bytes);
        }
        raft_output_clear(o);
        if (write > 0) raft_durable(&store->group[group], &now, write);
    }
}

static void deliver_posts(struct stores *s) {
    for (size_t at = 0; at < s->post_count; at++) {
        struct post p = s->posts[at];
        const struct raft_moment now = {s->now_ns, &s->random};
        struct raft_message m;
        assert_true(raft_message_read(p.type, (struct sim_bytes){p.bytes.data, p.bytes.size}, &m));
        m.peer = (sim_node)p.from;
        raft_receive(&s->of[p.to].group[p.group], &now, &m);
        drain(s, p.to, p.group);
        writer_free(&p.bytes);
    }
    s->post_count = 0;
}

static void a_node_may_hold_hundreds_of_groups(void **state) {
    static struct stores s;
    const struct raft_settings set = plain_settings();
    const struct raft_configuration members = {.voters = {3, {0, 1, 2}}};
    s = (struct stores){.random = {.key = 3}};
    for (int n = 0; n < NODES; n++) {
        s.of[n].memory = memory_create("store", 0);
        raft_output_begin(&s.of[n].out, s.of[n].memory);
        for (int g = 0; g < GROUPS; g++) {
            const struct raft_moment now = {0, &s.random};
            raft_begin(&s.of[n].group[g], s.of[n].memory, &set, &s.of[n].out, g + 1, (sim_node)n);
            raft_restore_members(&s.of[n].group[g], &members);
            raft_start(&s.of[n].group[g], &now);
        }
    }
    for (int g = 0; g < GROUPS; g++) { /* each led by another node than the next */
        const struct raft_moment now = {s.now_ns, &s.random};
        raft_campaign(&s.of[g % NODES].group[g], &now);
        drain(&s, g % NODES, g);
    }
    deliver_posts(&s);
    for (int g = 0; g < GROUPS; g++) {
        struct raft *r = &s.of[g % NODES].group[g];
        const struct raft_moment now = {s.now_ns, &s.random};
        assert_int_equal(r->role, RAFT_LEADER);
        for (int i = 0; i < 5; i++) {
            assert_int_equal(raft_propose(r, &now, (struct sim_bytes){(const uint8_t *)"x", 1}, 0),
                             i + 2);
            drain(&s, g % NODES, g);
        }
        raft_flush(r, &now);
        drain(&s, g % NODES, g);
        deliver_posts(&s);
        assert_int_equal(r->commit, 6);
    }
    for (int n = 0; n < NODES; n++) {
        assert_true(memory_used(s.of[n].memory) < (size_t)GROUPS * 8192);
        memory_destroy(s.of[n].memory);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_node_may_hold_hundreds_of_groups),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
