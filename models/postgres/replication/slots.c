/*
 * Physical replication slots (src/backend/replication/slot.c, slotfuncs.c; manual 27.2.6).
 *
 * A slot remembers, for a standby that may be away, from where it will need WAL: restart_lsn, the
 * position that it last said it had flushed (PhysicalConfirmReceivedLocation). A slot is created on
 * disk at once; its position is saved with each checkpoint, so after a crash it may be a little
 * old, which keeps too much and is safe.
 */
#include "postgres/internal.h"

enum { SLOT_BYTES = 4 + NAME_BYTES + 1 + 8 + 8 };
_Static_assert(4 + SLOTS_MAX * SLOT_BYTES <= SMALL_FILE_BYTES, "all slots fit into their file");

uint32_t slot_find(const struct postgres *p, const char *name) {
    for (uint32_t i = 0; i < SLOTS_MAX; i++)
        if (p->slots[i].used && strcmp(p->slots[i].name, name) == 0) return i;
    return NOBODY;
}

void slots_save(struct postgres *p, struct sim_out *out) {
    if (p->slots_writing) {
        p->slots_again = true;
        return;
    }
    uint8_t payload[SMALL_FILE_BYTES];
    struct writer w = writer_over(payload, sizeof payload);
    uint32_t count = 0;
    for (uint32_t i = 0; i < SLOTS_MAX; i++) count += p->slots[i].used;
    if (count == 0 && !p->slots_again) return;
    put_u32(&w, count);
    for (uint32_t i = 0; i < SLOTS_MAX; i++) {
        const struct slot *s = &p->slots[i];
        if (!s->used) continue;
        put_string(&w, s->name, strlen(s->name));
        put_bool(&w, s->lost);
        put_i64(&w, s->restart_lsn);
        put_i64(&w, s->xmin);
    }
    p->slots_writing = p->slots_saved = true;
    p->slots_again = false;
    replace_record(p, FILE_SLOTS_NEW, FILE_SLOTS, &w, TAG_SLOTS_DONE, out);
}

void slots_answered(struct postgres *p, const struct sim_event *e, struct sim_out *out) {
    if (e->disk.error != SIM_OK) {
        sim_halt(out, "PANIC: could not fsync a replication slot");
        return;
    }
    p->slots_writing = false;
    if (p->slots_again) slots_save(p, out);
}

bool slots_load(struct postgres *p, struct sim_bytes bytes) {
    struct reader r;
    if (!only_record(bytes, &r)) return false;
    p->slots_saved = true;
    const uint32_t count = get_u32(&r);
    for (uint32_t i = 0; i < count && i < SLOTS_MAX; i++) {
        struct slot *s = &p->slots[i];
        size_t size;
        const uint8_t *name = get_string(&r, &size);
        if (size >= NAME_BYTES) return false;
        *s = (struct slot){.used = true, .sender = NOBODY};
        if (size > 0) memcpy(s->name, name, size);
        s->lost = get_bool(&r);
        s->restart_lsn = get_i64(&r);
        s->xmin = get_i64(&r);
    }
    return !r.bad;
}

/* ---- the commands: pg_create_physical_replication_slot, pg_drop_replication_slot ---- */

static const char *create(struct postgres *p, const char *name, bool reserve, struct sim_out *out) {
    if (slot_find(p, name) != NOBODY) return "replication slot already exists";
    uint32_t i = 0;
    while (i < SLOTS_MAX && p->slots[i].used) i++;
    if (i == SLOTS_MAX) return "all replication slots are in use";
    struct slot *s = &p->slots[i];
    *s = (struct slot){.used = true, .sender = NOBODY};
    memcpy(s->name, name, NAME_BYTES);
    if (reserve) s->restart_lsn = p->control.redo; /* ReplicationSlotReserveWal */
    sim_note(out, NOTE_SLOT_CREATED, i, s->restart_lsn);
    return NULL;
}

static const char *drop(struct postgres *p, const char *name, struct sim_out *out) {
    const uint32_t i = slot_find(p, name);
    if (i == NOBODY) return "replication slot does not exist";
    if (p->slots[i].sender != NOBODY) return "replication slot is active";
    sim_note(out, NOTE_SLOT_DROPPED, i, p->slots[i].restart_lsn);
    sim_fact(out, FACT_XMIN_FORGOTTEN, p->self, NOBODY, i + 1);
    p->slots[i] = (struct slot){.sender = NOBODY};
    p->slots_again = true; /* even if none is left */
    return NULL;
}

void slot_command(struct postgres *p, bool is_create, const struct sim_event *e,
                  struct sim_out *out) {
    const struct sim_value *args = e->command.args;
    char name[NAME_BYTES] = {0};
    const char *why = NULL;
    if (args[0].text.size == 0 || args[0].text.size >= NAME_BYTES)
        why = "a slot's name has 1 to 63 characters";
    else
        memcpy(name, args[0].text.data, args[0].text.size);
    if (!why && p->stage != STAGE_PRIMARY && p->stage != STAGE_STANDBY)
        why = "the database system is starting up";
    if (!why) why = is_create ? create(p, name, args[1].number != 0, out) : drop(p, name, out);
    if (!why) slots_save(p, out);
    sim_reply(out, e->command.request, !why,
              (struct sim_bytes){(const uint8_t *)why, why ? strlen(why) : 0});
}
