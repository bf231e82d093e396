#include "paxos/core/value.h"

#include "base/codec.h"
#include "parts/record.h"

struct sim_bytes paxos_value_noop(void) {
    static const uint8_t noop[] = {VALUE_NOOP};
    return (struct sim_bytes){noop, sizeof noop};
}

struct sim_bytes paxos_value_members_write(const sim_node *members, size_t count, uint8_t *buffer) {
    struct writer w = writer_over(buffer, VALUE_MEMBERS_BYTES);
    put_u8(&w, VALUE_MEMBERS);
    put_u32(&w, (uint32_t)count);
    for (size_t i = 0; i < count; i++) put_u32(&w, members[i]);
    return (struct sim_bytes){w.data, w.size};
}

size_t paxos_value_members_read(struct sim_bytes value, sim_node members[PAXOS_MEMBERS_MAX]) {
    struct reader r = reader_over(value.data, value.size);
    const uint8_t kind = get_u8(&r);
    const uint32_t count = get_u32(&r);
    if (kind != VALUE_MEMBERS || count > PAXOS_MEMBERS_MAX) return 0;
    for (uint32_t i = 0; i < count; i++) members[i] = get_u32(&r);
    return r.bad ? 0 : count;
}

int64_t paxos_value_hash(struct sim_bytes value) {
    return (int64_t)(record_hash(0, value.data, value.size) >> 1 | 1);
}
