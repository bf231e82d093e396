/*
 * Who belongs to a group, and what a majority is.
 *
 * In a joint configuration "agreement (for elections and entry commitment) requires separate
 * majorities from both the old and new configurations" (paper 6). Learners have no vote
 * (thesis 4.2.1).
 */
#include "raft/core/internal.h"

bool raft_set_has(const struct raft_set *s, sim_node node) {
    for (uint32_t i = 0; i < s->count; i++)
        if (s->nodes[i] == node) return true;
    return false;
}

void raft_set_add(struct raft_set *s, sim_node node) {
    if (s->count < RAFT_SET_MAX && !raft_set_has(s, node)) s->nodes[s->count++] = node;
}

void raft_set_remove(struct raft_set *s, sim_node node) {
    uint32_t kept = 0;
    for (uint32_t i = 0; i < s->count; i++)
        if (s->nodes[i] != node) s->nodes[kept++] = s->nodes[i];
    s->count = kept;
}

bool raft_is_voter(const struct raft_configuration *c, sim_node node) {
    return raft_set_has(&c->voters, node) || raft_set_has(&c->outgoing, node);
}

bool raft_is_member(const struct raft_configuration *c, sim_node node) {
    return raft_is_voter(c, node) || raft_set_has(&c->learners, node);
}

static void write_set(const struct raft_set *s, struct writer *w) {
    put_u8(w, (uint8_t)s->count);
    for (uint32_t i = 0; i < s->count; i++) put_u32(w, s->nodes[i]);
}

static void read_set(struct reader *r, struct raft_set *s) {
    const uint32_t count = get_u8(r);
    *s = (struct raft_set){0};
    if (count > RAFT_SET_MAX) r->bad = true;
    for (uint32_t i = 0; i < count && !r->bad; i++) s->nodes[s->count++] = get_u32(r);
}

void raft_configuration_write(const struct raft_configuration *c, struct writer *w) {
    write_set(&c->voters, w);
    write_set(&c->outgoing, w);
    write_set(&c->learners, w);
}

bool raft_configuration_read(struct reader *r, struct raft_configuration *c) {
    read_set(r, &c->voters);
    read_set(r, &c->outgoing);
    read_set(r, &c->learners);
    return !r->bad;
}

uint32_t other_voters(const struct raft *r, sim_node nodes[RAFT_SET_MAX]) {
    const struct raft_configuration *c = raft_configuration_of(r);
    uint32_t count = 0;
    for (uint32_t i = 0; i < c->voters.count; i++)
        if (c->voters.nodes[i] != r->self) nodes[count++] = c->voters.nodes[i];
    for (uint32_t i = 0; i < c->outgoing.count; i++)
        if (c->outgoing.nodes[i] != r->self && !raft_set_has(&c->voters, c->outgoing.nodes[i]))
            nodes[count++] = c->outgoing.nodes[i];
    return count;
}

static bool majority_of(const struct raft_set *voters, const struct raft_set *those) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < voters->count; i++) count += raft_set_has(those, voters->nodes[i]);
    return count > voters->count / 2;
}

bool majority_in(const struct raft_configuration *c, const struct raft_set *those) {
    return majority_of(&c->voters, those) &&
           (!raft_is_joint(c) || majority_of(&c->outgoing, those));
}

/* Sorted downwards, the one in the middle: a majority has it or more. */
static int64_t middle(const struct raft *r, const struct raft_set *voters,
                      int64_t (*value_of)(const struct raft *, sim_node)) {
    int64_t sorted[RAFT_SET_MAX];
    for (uint32_t i = 0; i < voters->count; i++) {
        const int64_t value = value_of(r, voters->nodes[i]);
        uint32_t at = i;
        for (; at > 0 && sorted[at - 1] < value; at--) sorted[at] = sorted[at - 1];
        sorted[at] = value;
    }
    return voters->count ? sorted[voters->count / 2] : INT64_MAX;
}

int64_t majority_value(const struct raft *r, int64_t (*value_of)(const struct raft *, sim_node)) {
    const struct raft_configuration *c = raft_configuration_of(r);
    const int64_t incoming = middle(r, &c->voters, value_of);
    const int64_t outgoing = middle(r, &c->outgoing, value_of);
    return incoming < outgoing ? incoming : outgoing;
}
