/*
 * Disks: how long a volume's operations take, and what goes wrong with them.
 *
 * The device transfers one operation's bytes at a time; latency comes on top and overlaps. A WRITE
 * goes to the cache and costs its own latency alone; the bytes are transferred by the SYNC that
 * covers them. Operations on one file end in the order of issue. One that fails for lack of space
 * changes nothing. After a failed SYNC the cache is clean though nothing was written, as on Linux
 * (Rebello et al., "Can applications recover from fsync failures?", ATC'20), unless the disk says
 * that it keeps dirty pages.
 */
#include <stdlib.h>

#include "world/volume.h"
#include "world/world.h"

#define BILLION INT64_C(1000000000)

#define FILE_BYTES_MAX (INT64_C(1) << 40) /* past it an offset is a mistake */

/* Of one file name: the order of its operations, what the next sync has to carry, and how long the
 * file is once all that is under way has been done. */
struct file_line {
    uint64_t file;
    int64_t last_due, dirty, size;
    bool write_failed;
};
struct disk_volume {
    struct volume volume;
    struct map line_of;
    struct file_line *lines;
    size_t line_count, line_capacity;
    int64_t names_due; /* the last change of a name, for the directory's sync */
};
struct operation {
    struct sim_disk disk; /* bytes are the world's memory */
    int64_t dirty;        /* of a SYNC: what it transfers */
    sim_node node;
    uint32_t epoch, incarnation, next_free;
};
struct disk {
    struct disk_settings settings;
    int64_t busy_until;
    int64_t used;     /* modelled bytes of all volumes of the host */
    int64_t slow_ppb; /* BILLION: as it is */
    size_t slow_fault, stuck_fault, full_fault, lie_fault;
    size_t fail_fault[3]; /* of READ, WRITE, SYNC; SIZE_MAX: none */
    int64_t fail_left[3];
    uint32_t stuck_first, stuck_last,
        stuck_count;   /* in order; the first may be in the queue again, */
    bool stuck_drains; /* if so, and whoever comes waits behind */
    struct operation *operations;
    size_t operation_count, operation_capacity;
    uint32_t operation_free;
};

struct disk *disk_open(const struct disk_settings *settings) {
    struct disk *d = must_calloc(1, sizeof *d);
    d->settings = *settings;
    d->slow_ppb = BILLION;
    d->slow_fault = d->stuck_fault = d->full_fault = d->lie_fault = SIZE_MAX;
    for (int i = 0; i < 3; i++) d->fail_fault[i] = SIZE_MAX;
    d->operation_free = NONE;
    return d;
}

void disk_close(struct world *w, struct host *h) {
    struct disk *d = h->disk;
    (void)w;
    free(d->operations);
    free(d);
}

void disk_node_open(struct node *n) {
    n->volume = must_calloc(1, sizeof *n->volume);
    volume_open(&n->volume->volume, n->name);
}

void disk_node_close(struct world *w, struct node *n) {
    (void)w;
    volume_close(&n->volume->volume);
    map_free(&n->volume->line_of);
    free(n->volume->lines);
    free(n->volume);
}

static struct disk *disk_of(struct world *w, sim_node node) {
    return w->hosts[w->nodes[node].host].disk;
}

static struct file_line *line_of(struct disk_volume *v, uint64_t file) {
    uint32_t at = map_get(&v->line_of, file);
    if (at == MAP_NONE) {
        v->lines = must_grow(v->lines, &v->line_capacity, v->line_count + 1, sizeof *v->lines);
        at = (uint32_t)v->line_count++;
        v->lines[at] = (struct file_line){.file = file};
        map_set(&v->line_of, file, at);
    }
    return &v->lines[at];
}

/* A name that is gone keeps no line, unless more is under way: names that are used once must not
 * stay. */
static void line_forget(struct world *w, struct disk_volume *v, uint64_t file) {
    const uint32_t at = map_get(&v->line_of, file);
    if (at == MAP_NONE || v->lines[at].last_due > w->now || v->lines[at].write_failed) return;
    map_remove(&v->line_of, file);
    v->lines[at] = v->lines[--v->line_count];
    if (at < v->line_count) map_set(&v->line_of, v->lines[at].file, at);
}

/* ---- issuing ---- */

static int64_t latency(struct world *w, struct disk *d, sim_node node, enum sim_disk_op op) {
    const struct distribution *kind = op == SIM_READ   ? &d->settings.read
                                      : op == SIM_SYNC ? &d->settings.sync
                                                       : &d->settings.write;
    struct node *n = &w->nodes[node];
    if (n->disk_ns != w->now) { /* as with links: one operation less moves no other's latency */
        n->disk_ns = w->now;
        n->disk_draws = 0;
    }
    struct random r = {random_at(n->key ^ UINT64_C(0x6469736b) ^ (uint64_t)w->now, n->disk_draws++),
                       0};
    int64_t ns = distribution_sample(kind, &r);
    if (d->slow_ppb != BILLION) {
        ns = mul_div_up(ns, d->slow_ppb, BILLION);
        fault_effective(w, d->slow_fault);
    }
    return ns;
}

/* The device is one: bytes wait for the bytes before them. */
static int64_t transfer_ends(struct world *w, struct disk *d, int64_t bytes) {
    int64_t start = d->busy_until > w->now ? d->busy_until : w->now;
    if (d->settings.bandwidth && bytes > 0) {
        int64_t ns = mul_div_up(bytes, BILLION, d->settings.bandwidth);
        if (d->slow_ppb != BILLION) ns = mul_div_up(ns, d->slow_ppb, BILLION);
        start = d->busy_until = add_sat(start, ns);
    } else if (bytes <= 0) {
        start = w->now;
    }
    return start;
}

/* As things stand when this operation's turn comes: what is under way before it has been done. */
static int64_t size_then(const struct world *w, const struct disk_volume *v,
                         const struct file_line *line) {
    if (line->last_due >= w->now) return line->size;
    const uint32_t inode = volume_find(&v->volume, line->file);
    return inode == MAP_NONE ? 0 : (int64_t)v->volume.inodes[inode].seen.size;
}

/* The real bytes of a READ. */
static int64_t read_bytes(const struct file_line *line, const struct sim_disk *op) {
    const int64_t there = line->size - op->offset;
    return there <= 0 ? 0 : there < op->size ? there : op->size;
}

static int64_t at_least(int64_t due, int64_t other) { return due > other ? due : other; }

static int64_t due_of(struct world *w, sim_node node, struct operation *o) {
    struct sim_disk *op = &o->disk;
    struct disk *d = disk_of(w, node);
    struct disk_volume *v = w->nodes[node].volume;
    struct file_line *line = line_of(v, op->file);
    const int64_t after = w->options.tie_shuffle; /* equal times would change places */
    int64_t due = w->now;
    line->size = size_then(w, v, line);
    switch (op->op) {
    case SIM_READ:
        if (op->modelled_bytes <= 0) op->modelled_bytes = read_bytes(line, op);
        due = transfer_ends(w, d, op->modelled_bytes);
        break;
    case SIM_WRITE:
        line->dirty = add_sat(line->dirty, op->modelled_bytes);
        line->size = op->offset == SIM_APPEND ? line->size + op->size
                                              : at_least(op->offset + op->size, line->size);
        break;
    case SIM_TRUNCATE: line->size = op->size; break;
    case SIM_SYNC:
        o->dirty = line->dirty;
        due = transfer_ends(w, d, o->dirty);
        line->dirty = 0;
        break;
    case SIM_REMOVE: line->dirty = line->size = 0; break;
    default: break;
    }
    due = add_sat(due, latency(w, d, node, op->op));
    due = at_least(due, line->last_due + after);
    if (op->file == SIM_DIRECTORY) due = at_least(due, v->names_due + after);
    if (op->op == SIM_RENAME && op->to_file != op->file) {
        struct file_line *to = line_of(v, op->to_file);
        due = at_least(due, to->last_due + after);
        to->last_due = due;
        line = line_of(v, op->file); /* it may have moved */
        to->dirty = line->dirty;
        to->size = line->size;
        line->dirty = line->size = 0;
    }
    line->last_due = due;
    if (op->op != SIM_READ && op->op != SIM_SYNC && v->names_due < due) v->names_due = due;
    return due;
}

/* What no disk can do is the model author's mistake. */
static const char *mistake(const struct sim_disk *op) {
    const int64_t size = op->op == SIM_WRITE ? (int64_t)op->bytes.size : op->size;
    if (op->file == SIM_DIRECTORY && op->op != SIM_SYNC)
        return "the directory is only to be synced";
    if (op->op == SIM_RENAME && op->to_file == SIM_DIRECTORY) return "file 0 is the directory";
    if (op->op != SIM_READ && op->op != SIM_WRITE && op->op != SIM_TRUNCATE) return NULL;
    if (size < 0 || size > FILE_BYTES_MAX) return "a size out of range";
    if (op->op == SIM_TRUNCATE || (op->op == SIM_WRITE && op->offset == SIM_APPEND)) return NULL;
    return op->offset < 0 || op->offset > FILE_BYTES_MAX - size ? "an offset out of range" : NULL;
}

void disk_issue(struct world *w, sim_node node, const struct sim_disk *op) {
    struct disk *d = disk_of(w, node);
    struct node *n = &w->nodes[node];
    if (mistake(op)) {
        world_fail(w, WORLD_MODEL_ERROR,
                   "%s: disk operation %d on file %llu at %lld, size %lld: %s", n->name, op->op,
                   (unsigned long long)op->file, (long long)op->offset, (long long)op->size,
                   mistake(op));
        return;
    }
    uint32_t at = d->operation_free;
    if (at == NONE) {
        d->operations = must_grow(d->operations, &d->operation_capacity, d->operation_count + 1,
                                  sizeof *d->operations);
        at = (uint32_t)d->operation_count++;
    } else {
        d->operation_free = d->operations[at].next_free;
    }
    struct operation *o = &d->operations[at];
    *o = (struct operation){
        .disk = *op, .node = node, .epoch = n->volume->volume.epoch, .incarnation = n->incarnation};
    if (op->op == SIM_WRITE) {
        uint8_t *bytes = under_way_take(w, op->bytes.size);
        if (op->bytes.size) memcpy(bytes, op->bytes.data, op->bytes.size);
        o->disk.bytes.data = bytes;
        o->disk.size = (int64_t)op->bytes.size;
    } else {
        o->disk.bytes = (struct sim_bytes){NULL, 0};
    }
    o->disk.error = SIM_OK;
    if (o->disk.modelled_bytes <= 0)
        o->disk.modelled_bytes = op->op == SIM_WRITE ? o->disk.size : 0;
    const int64_t due = due_of(w, node, o);
    const uint32_t i = slot_take(w);
    struct slot *s = &w->slots[i];
    s->kind = SLOT_DISK;
    s->flags = 0;
    s->node = node;
    s->incarnation = n->incarnation;
    s->cause = w->cause;
    s->disk.operation = at;
    schedule(w, due, i);
}

/* ---- taking effect ---- */

static enum sim_disk_error fails(struct world *w, struct disk *d, enum sim_disk_op op) {
    if (op > SIM_SYNC || d->fail_fault[op] == SIZE_MAX) return SIM_OK;
    fault_effective(w, d->fail_fault[op]);
    if (d->fail_left[op] > 0 && --d->fail_left[op] == 0) d->fail_fault[op] = SIZE_MAX;
    return SIM_EIO;
}

static enum sim_disk_error do_write(struct world *w, struct disk *d, struct disk_volume *v,
                                    struct sim_disk *op) {
    const uint32_t found = volume_find(&v->volume, op->file);
    const int64_t end = found == MAP_NONE ? 0 : (int64_t)v->volume.inodes[found].seen.size;
    if (op->offset == SIM_APPEND) op->offset = end;
    const int64_t grows = op->offset + op->size - end;
    const int64_t charged = grows <= 0          ? 0
                            : grows >= op->size ? op->modelled_bytes
                                                : mul_div(op->modelled_bytes, grows, op->size);
    if (charged > 0 && d->full_fault != SIZE_MAX) {
        fault_effective(w, d->full_fault);
        return SIM_ENOSPC;
    }
    if (d->settings.capacity && charged > 0 && charged > d->settings.capacity - d->used)
        return SIM_ENOSPC;
    const enum sim_disk_error error = fails(w, d, SIM_WRITE);
    if (error) return error;
    const uint32_t inode = volume_create(&v->volume, op->file);
    volume_write(&v->volume, inode, op->offset, op->bytes, charged);
    d->used += charged;
    return SIM_OK;
}

static enum sim_disk_error do_read(struct world *w, struct disk *d, struct disk_volume *v,
                                   struct sim_disk *op) {
    const enum sim_disk_error error = fails(w, d, SIM_READ);
    if (error) return error;
    const uint32_t inode = volume_find(&v->volume, op->file);
    if (inode == MAP_NONE) return SIM_ENOENT;
    const struct extent *seen = &v->volume.inodes[inode].seen;
    const int64_t there = (int64_t)seen->size - op->offset;
    const int64_t size = there < 0 ? 0 : there < op->size ? there : op->size;
    uint8_t *bytes = under_way_take(w, (size_t)size);
    if (size) memcpy(bytes, seen->bytes + op->offset, (size_t)size);
    op->bytes = (struct sim_bytes){bytes, (size_t)size};
    return SIM_OK;
}

static enum sim_disk_error do_sync(struct world *w, struct disk *d, struct disk_volume *v,
                                   const struct operation *o) {
    const struct sim_disk *op = &o->disk;
    struct file_line *line = line_of(v, op->file);
    const uint32_t inode = op->file == SIM_DIRECTORY ? MAP_NONE : volume_find(&v->volume, op->file);
    if (line->write_failed) {
        line->write_failed = false;
        return SIM_EIO;
    }
    const enum sim_disk_error error = fails(w, d, SIM_SYNC);
    if (error) {
        if (d->settings.keeps_dirty)
            line->dirty = add_sat(line->dirty, o->dirty);
        else if (inode != MAP_NONE)
            volume_sync(&v->volume, inode, false);
        return error;
    }
    if (d->lie_fault != SIZE_MAX) {
        if (inode == MAP_NONE ? v->volume.change_count : v->volume.inodes[inode].unsynced_count)
            fault_effective(w, d->lie_fault);
        return SIM_OK;
    }
    if (op->file == SIM_DIRECTORY)
        volume_sync_names(&v->volume);
    else if (inode == MAP_NONE)
        return SIM_ENOENT;
    else
        volume_sync(&v->volume, inode, true);
    return SIM_OK;
}

static enum sim_disk_error do_truncate(struct disk *d, struct disk_volume *v,
                                       const struct sim_disk *op) {
    const uint32_t inode = volume_find(&v->volume, op->file);
    if (inode == MAP_NONE) return SIM_ENOENT;
    const int64_t before = v->volume.inodes[inode].modelled;
    volume_truncate(&v->volume, inode, op->size);
    d->used -= before - v->volume.inodes[inode].modelled;
    return SIM_OK;
}

static enum sim_disk_error do_remove(struct world *w, struct disk *d, struct disk_volume *v,
                                     const struct sim_disk *op) {
    const uint32_t inode = volume_find(&v->volume, op->file);
    if (inode == MAP_NONE) return SIM_ENOENT;
    d->used -= v->volume.inodes[inode].modelled;
    volume_remove(&v->volume, op->file);
    line_of(v, op->file)->write_failed = false;
    line_forget(w, v, op->file);
    return SIM_OK;
}

static enum sim_disk_error do_rename(struct world *w, struct disk *d, struct disk_volume *v,
                                     const struct sim_disk *op) {
    const uint32_t replaced = volume_find(&v->volume, op->to_file);
    const bool moves = op->file != op->to_file;
    if (!volume_rename(&v->volume, op->file, op->to_file)) return SIM_ENOENT;
    if (!moves) return SIM_OK;
    if (replaced != MAP_NONE) d->used -= v->volume.inodes[replaced].modelled;
    const bool failed = line_of(v, op->file)->write_failed; /* it goes with the contents */
    line_of(v, op->file)->write_failed = false;
    line_of(v, op->to_file)->write_failed = failed;
    line_forget(w, v, op->file);
    return SIM_OK;
}

static void take_effect(struct world *w, struct disk *d, struct operation *o) {
    struct disk_volume *v = w->nodes[o->node].volume;
    struct sim_disk *op = &o->disk;
    switch (op->op) {
    case SIM_READ: op->error = do_read(w, d, v, op); break;
    case SIM_WRITE: op->error = do_write(w, d, v, op); break;
    case SIM_SYNC: op->error = do_sync(w, d, v, o); break;
    case SIM_TRUNCATE: op->error = do_truncate(d, v, op); break;
    case SIM_REMOVE: op->error = do_remove(w, d, v, op); break;
    case SIM_RENAME: op->error = do_rename(w, d, v, op); break;
    }
    if (op->error && op->op == SIM_WRITE && op->quiet) line_of(v, op->file)->write_failed = true;
}

static void operation_give(struct world *w, struct disk *d, uint32_t at) {
    struct operation *o = &d->operations[at];
    if (o->disk.bytes.data)
        memory_give(w->memory, (void *)(uintptr_t)o->disk.bytes.data, o->disk.bytes.size);
    o->disk.bytes = (struct sim_bytes){NULL, 0};
    o->next_free = d->operation_free;
    d->operation_free = at;
}

static void stuck_add(struct world *w, struct disk *d, uint32_t i) {
    w->slots[i].next = NONE;
    if (d->stuck_count++)
        w->slots[d->stuck_last].next = i;
    else
        d->stuck_first = i;
    d->stuck_last = i;
}

/* Those that were stuck go on one by one, as events of their own, and in their order: what comes
 * due meanwhile waits behind them. */
static void stuck_next(struct world *w, struct disk *d) {
    d->stuck_drains = d->stuck_count > 0;
    if (d->stuck_drains) schedule(w, w->now, d->stuck_first);
}

/* True: it has to wait. */
static bool stuck(struct world *w, struct disk *d, uint32_t i) {
    const bool first = d->stuck_drains && i == d->stuck_first;
    if (d->stuck_fault != SIZE_MAX) {
        fault_effective(w, d->stuck_fault);
        if (first)
            d->stuck_drains = false; /* stuck again */
        else
            stuck_add(w, d, i);
        return true;
    }
    if (d->stuck_drains && !first) {
        stuck_add(w, d, i);
        return true;
    }
    if (first) {
        d->stuck_first = w->slots[i].next;
        d->stuck_count--;
        stuck_next(w, d);
    }
    return false;
}

void disk_popped(struct world *w, uint32_t i) {
    struct slot *s = &w->slots[i];
    struct disk *d = disk_of(w, s->node);
    struct operation *o = &d->operations[s->disk.operation];
    const struct node *n = &w->nodes[s->node];
    if (stuck(w, d, i)) return;
    if (o->epoch != n->volume->volume.epoch) { /* the power went while it was under way */
        operation_give(w, d, s->disk.operation);
        slot_give(w, i);
        return;
    }
    take_effect(w, d, o);
    /* A process that died had given it to the kernel: it happens, and nobody is told. */
    const bool told = n->up && n->incarnation == o->incarnation &&
                      (!o->disk.quiet || o->disk.error);
    if (told) {
        node_arrive(w, i);
        return;
    }
    operation_give(w, d, s->disk.operation);
    slot_give(w, i);
}

bool disk_take(struct world *w, struct slot *s, struct sim_disk *answer) {
    *answer = disk_of(w, s->node)->operations[s->disk.operation].disk;
    if (answer->op == SIM_WRITE) answer->bytes = (struct sim_bytes){NULL, 0};
    return true;
}

void disk_done(struct world *w, struct slot *s) {
    operation_give(w, disk_of(w, s->node), s->disk.operation);
}

/* ---- crashes, faults ---- */

int64_t disk_crash_node(struct world *w, sim_node node, bool power) {
    if (!power) return 0;
    struct disk *d = disk_of(w, node);
    struct disk_volume *v = w->nodes[node].volume;
    struct random r = {random_at(w->nodes[node].key ^ UINT64_C(0x6372617368), (uint64_t)w->now), 0};
    const enum volume_keep keep = d->settings.crash == DISK_LOSES_ALL      ? VOLUME_NONE
                                  : d->settings.crash == DISK_KEEPS_PREFIX ? VOLUME_PREFIX
                                                                           : VOLUME_ANY;
    d->used -= volume_used(&v->volume);
    const int64_t lost = volume_power_loss(&v->volume, keep, d->settings.tears, &r);
    d->used += volume_used(&v->volume); /* what was written is gone, what was removed is back */
    if (lost && d->lie_fault != SIZE_MAX) fault_effective(w, d->lie_fault);
    map_clear(&v->line_of);
    v->line_count = 0;
    v->names_due = 0;
    d->busy_until = w->now;
    return lost;
}

size_t disk_files(struct world *w, sim_node node, struct sim_file **files) {
    return volume_list(&w->nodes[node].volume->volume, files);
}

/* The device is gone, with the files of every node there. What is under way finds an empty one. */
static bool disk_lost(struct world *w, uint32_t host) {
    bool any = false;
    for (size_t i = 0; i < w->hosts[host].node_count; i++) {
        struct volume *v = &w->nodes[w->hosts[host].nodes[i]].volume->volume;
        w->hosts[host].disk->used -= volume_used(v);
        any |= volume_erase(v) > 0;
    }
    return any;
}

bool disk_fault(struct world *w, const struct fault *f, size_t index) {
    struct disk *d = disk_of(w, f->a);
    struct disk_volume *v = w->nodes[f->a].volume;
    struct random r = {
        random_at(w->nodes[f->a].key ^ UINT64_C(0x726f74) ^ (uint64_t)f->kind, (uint64_t)w->now),
        0};
    switch (f->kind) {
    case FAULT_DISK_SLOW:
        d->slow_ppb = f->x;
        d->slow_fault = index;
        return false;
    case FAULT_DISK_STUCK: d->stuck_fault = index; return false;
    case FAULT_DISK_FULL: d->full_fault = index; return false;
    case FAULT_SYNC_LIES: d->lie_fault = index; return false;
    case FAULT_READ_FAILS:
    case FAULT_WRITE_FAILS:
    case FAULT_SYNC_FAILS: {
        const int op = f->kind == FAULT_READ_FAILS    ? SIM_READ
                       : f->kind == FAULT_WRITE_FAILS ? SIM_WRITE
                                                      : SIM_SYNC;
        if (f->x == 0) return false; /* none of the next */
        d->fail_fault[op] = index;
        d->fail_left[op] = f->x;
        return false;
    }
    case FAULT_BIT_ROT: return volume_flip_bits(&v->volume, f->x, f->y, &r) > 0;
    case FAULT_DISK_LOST: return disk_lost(w, w->nodes[f->a].host);
    default: return false;
    }
}

/* The last fault of that kind that still lasts there; NULL: none. */
static const struct fault *still(struct world *w, const struct fault *healed, size_t *index) {
    const uint32_t *lasting;
    const size_t count = faults_lasting(w, &lasting);
    for (size_t i = count; i-- > 0;) {
        const struct fault *f = &world_fault_entry(w, lasting[i])->fault;
        if (f->kind != healed->kind || w->nodes[f->a].host != w->nodes[healed->a].host) continue;
        *index = lasting[i];
        return f;
    }
    *index = SIZE_MAX;
    return NULL;
}

void disk_heal(struct world *w, const struct fault *f, size_t index) {
    struct disk *d = disk_of(w, f->a);
    size_t other;
    const struct fault *lasts = still(w, f, &other);
    if (d->slow_fault == index) {
        d->slow_fault = other;
        d->slow_ppb = lasts ? lasts->x : BILLION;
    }
    if (d->full_fault == index) d->full_fault = other;
    if (d->lie_fault == index) d->lie_fault = other;
    for (int i = 0; i < 3; i++) {
        if (d->fail_fault[i] != index) continue;
        const bool all = lasts && lasts->x < 0; /* an earlier count was over when this one came */
        d->fail_fault[i] = all ? other : SIZE_MAX;
        d->fail_left[i] = -1;
    }
    if (d->stuck_fault == index) {
        d->stuck_fault = other;
        if (other == SIZE_MAX && !d->stuck_drains) stuck_next(w, d);
    }
}

int64_t disk_measure(struct world *w, const char *what, sim_node node) {
    const struct disk *d = disk_of(w, node);
    const struct disk_volume *v = w->nodes[node].volume;
    if (!strcmp(what, "disk_bytes")) return d->used;
    if (!strcmp(what, "disk_queue_ns")) return d->busy_until > w->now ? d->busy_until - w->now : 0;
    if (strcmp(what, "disk_dirty_bytes")) return SIM_NONE;
    int64_t dirty = 0;
    for (size_t i = 0; i < v->line_count; i++) dirty += v->lines[i].dirty;
    return dirty;
}
