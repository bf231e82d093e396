/*
 * The leader key on disk: one register in two slots of one file.
 *
 * Each record has the next number and goes to the slot of its parity, so a write never touches the
 * last record that is durable, and one torn by a crash leaves that to be found. The next write
 * waits for the sync of the one before. (Two copies that take turns: LMDB's meta pages, the
 * headers of redo logs.) The file never grows, so there is nothing to compact.
 *
 * A disk that fails ends the process: a register that does not know what it holds must not answer.
 */
#include "base/codec.h"
#include "parts/record.h"
#include "patroni/witness.h"

enum { FILE_REGISTER = 1 };
enum { SLOT_BYTES = 512, PAYLOAD_BYTES = 56 };
enum { TAG_READ = 1, TAG_WRITE, TAG_SYNC, TAG_SYNC_NAME };

void register_load(struct witness *w, const struct sim_event *e, struct sim_out *out) {
    w->register_state = REGISTER_LOADING;
    for (size_t i = 0; i < e->start.count; i++)
        if (e->start.files[i].file == FILE_REGISTER) {
            sim_disk(out, (struct sim_disk){.op = SIM_READ,
                                            .file = FILE_REGISTER,
                                            .size = 2 * SLOT_BYTES,
                                            .tag = TAG_READ});
            return;
        }
    w->register_state = REGISTER_IDLE; /* a new one */
    witness_loaded(w, e, out);
}

void register_write(struct witness *w, struct leader_key key, struct sim_out *out) {
    uint8_t payload[PAYLOAD_BYTES], slot[SLOT_BYTES] = {0};
    struct writer p = writer_over(payload, sizeof payload), s = writer_over(slot, sizeof slot);
    w->register_state = REGISTER_WRITING;
    w->wanted = key;
    w->written++;
    put_i64(&p, w->written);
    put_i64(&p, key.holder);
    put_i64(&p, key.server);
    put_i64(&p, key.term);
    put_i64(&p, key.ttl_ns);
    put_i64(&p, key.position);
    put_i64(&p, key.timeline);
    record_write(&s, p.data, p.size);
    sim_disk(out, (struct sim_disk){.op = SIM_WRITE,
                                    .quiet = !w->unsynced_lease, /* the sync tells of its failure */
                                    .file = FILE_REGISTER,
                                    .offset = w->written % 2 * SLOT_BYTES,
                                    .bytes = {slot, sizeof slot},
                                    .tag = TAG_WRITE});
    if (!w->unsynced_lease)
        sim_disk(out, (struct sim_disk){.op = SIM_SYNC, .file = FILE_REGISTER, .tag = TAG_SYNC});
}

static void read_slot(struct witness *w, struct sim_bytes slot) {
    struct sim_bytes payload;
    size_t next;
    if (record_read(slot, 0, &payload, &next) != RECORD_WHOLE) return;
    struct reader r = reader_over(payload.data, payload.size);
    const int64_t number = get_i64(&r);
    if (number <= w->written) return;
    w->written = number;
    w->key.holder = get_i64(&r);
    w->key.server = get_i64(&r);
    w->key.term = get_i64(&r);
    w->key.ttl_ns = get_i64(&r);
    w->key.position = get_i64(&r);
    w->key.timeline = get_i64(&r);
}

static void on_read(struct witness *w, const struct sim_event *e, struct sim_out *out) {
    const struct sim_bytes file = e->disk.bytes;
    for (size_t at = 0; at < file.size; at += SLOT_BYTES) {
        const size_t left = file.size - at;
        read_slot(w, (struct sim_bytes){file.data + at, left < SLOT_BYTES ? left : SLOT_BYTES});
    }
    w->register_state = REGISTER_IDLE;
    witness_loaded(w, e, out);
}

void register_answered(struct witness *w, const struct sim_event *e, struct sim_out *out) {
    if (e->disk.error != SIM_OK) {
        sim_halt(out, "the disk failed");
        return;
    }
    switch (e->disk.tag) {
    case TAG_READ: on_read(w, e, out); return;
    case TAG_SYNC:
        if (w->written == 1) { /* a new file: its name, too */
            sim_disk(out, (struct sim_disk){
                              .op = SIM_SYNC, .file = SIM_DIRECTORY, .tag = TAG_SYNC_NAME});
            return;
        }
        break;
    default: break; /* TAG_SYNC_NAME; TAG_WRITE, with the bug */
    }
    w->register_state = REGISTER_IDLE;
    witness_written(w, e, out);
}
