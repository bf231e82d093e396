#include "world/volume.h"

#include <stdlib.h>
#include <string.h>

void volume_open(struct volume *v, const char *name) {
    *v = (struct volume){.memory = memory_create(name, 0)};
}

static void extent_free(struct extent *e) {
    free(e->bytes);
    *e = (struct extent){0};
}

static void unsynced_clear(struct volume *v, struct inode *n) {
    for (size_t i = 0; i < n->unsynced_count; i++)
        memory_give(v->memory, n->unsynced[i].bytes, n->unsynced[i].size);
    n->unsynced_count = 0;
}

void volume_close(struct volume *v) {
    for (size_t i = 0; i < v->inode_count; i++) {
        extent_free(&v->inodes[i].seen);
        extent_free(&v->inodes[i].stable);
        free(v->inodes[i].unsynced);
    }
    map_free(&v->seen_of);
    map_free(&v->stable_of);
    map_free(&v->name_known);
    free(v->names);
    free(v->inodes);
    free(v->inodes_free);
    free(v->changes);
    memory_destroy(v->memory);
}

/* ---- contents ---- */

static void extent_size(struct extent *e, size_t size) {
    if (size > e->capacity) e->bytes = must_grow(e->bytes, &e->capacity, size, 1);
    if (size > e->size) memset(e->bytes + e->size, 0, size - e->size); /* a hole reads as zeros */
    e->size = size;
}

static void extent_write(struct extent *e, int64_t offset, const uint8_t *bytes, size_t size) {
    if (size == 0) return; /* nothing, wherever it is, makes no hole */
    const size_t at = (size_t)offset, end = at + size;
    if (at > e->size) extent_size(e, at); /* a hole, and no more, is zeroed */
    if (end > e->capacity) e->bytes = must_grow(e->bytes, &e->capacity, end, 1);
    if (end > e->size) e->size = end;
    memcpy(e->bytes + at, bytes, size);
}

static int64_t share_left(int64_t modelled, size_t size, int64_t left) {
    return left < (int64_t)size ? mul_div(modelled, left, (int64_t)size) : modelled;
}

/* The first `size` bytes of it become durable. */
static void stable_apply(struct inode *n, const struct unsynced *u, size_t size) {
    if (u->truncate) {
        n->stable_modelled = share_left(n->stable_modelled, n->stable.size, u->offset);
        extent_size(&n->stable, (size_t)u->offset);
    } else {
        n->stable_modelled += share_left(u->charged, u->size, (int64_t)size);
        extent_write(&n->stable, u->offset, u->bytes, size);
    }
}

static struct unsynced *unsynced_add(struct inode *n) {
    n->unsynced =
        must_grow(n->unsynced, &n->unsynced_capacity, n->unsynced_count + 1, sizeof *n->unsynced);
    n->unsynced[n->unsynced_count] = (struct unsynced){0};
    return &n->unsynced[n->unsynced_count++];
}

void volume_write(struct volume *v, uint32_t inode, int64_t offset, struct sim_bytes bytes,
                  int64_t charged) {
    struct inode *n = &v->inodes[inode];
    extent_write(&n->seen, offset, bytes.data, bytes.size);
    n->modelled += charged;
    struct unsynced *u = unsynced_add(n);
    u->charged = charged;
    u->offset = offset;
    u->size = bytes.size;
    u->bytes = memory_take(v->memory, bytes.size);
    if (bytes.size) memcpy(u->bytes, bytes.data, bytes.size);
}

void volume_truncate(struct volume *v, uint32_t inode, int64_t size) {
    struct inode *n = &v->inodes[inode];
    n->modelled = share_left(n->modelled, n->seen.size, size);
    extent_size(&n->seen, (size_t)size);
    struct unsynced *u = unsynced_add(n);
    u->truncate = true;
    u->offset = size;
}

size_t volume_sync(struct volume *v, uint32_t inode, bool keep) {
    struct inode *n = &v->inodes[inode];
    const size_t count = n->unsynced_count;
    for (size_t i = 0; keep && i < count; i++)
        stable_apply(n, &n->unsynced[i], n->unsynced[i].size);
    unsynced_clear(v, n);
    return count;
}

/* ---- names ---- */

static void name_note(struct volume *v, uint64_t file) {
    if (map_get(&v->name_known, file) != MAP_NONE) return;
    map_set(&v->name_known, file, 1);
    v->names = must_grow(v->names, &v->name_capacity, v->name_count + 1, sizeof *v->names);
    v->names[v->name_count++] = file;
}

static void change_add(struct volume *v, enum sim_disk_op op, uint64_t file, uint64_t to,
                       uint32_t inode) {
    v->changes =
        must_grow(v->changes, &v->change_capacity, v->change_count + 1, sizeof *v->changes);
    v->changes[v->change_count++] = (struct name_change){op, file, to, inode};
}

uint32_t volume_find(const struct volume *v, uint64_t file) { return map_get(&v->seen_of, file); }

uint32_t volume_create(struct volume *v, uint64_t file) {
    uint32_t at = map_get(&v->seen_of, file);
    if (at != MAP_NONE) return at;
    if (v->free_count) {
        at = v->inodes_free[--v->free_count];
    } else {
        v->inodes = must_grow(v->inodes, &v->inode_capacity, v->inode_count + 1, sizeof *v->inodes);
        at = (uint32_t)v->inode_count++;
        v->inodes[at] = (struct inode){0};
    }
    v->inodes[at].linked = true;
    name_note(v, file);
    map_set(&v->seen_of, file, at);
    change_add(v, SIM_WRITE, file, 0, at); /* as a creation */
    return at;
}

bool volume_remove(struct volume *v, uint64_t file) {
    const uint32_t at = map_get(&v->seen_of, file);
    if (at == MAP_NONE) return false;
    map_remove(&v->seen_of, file);
    change_add(v, SIM_REMOVE, file, 0, at);
    return true;
}

bool volume_rename(struct volume *v, uint64_t file, uint64_t to_file) {
    const uint32_t at = map_get(&v->seen_of, file);
    if (at == MAP_NONE) return false;
    name_note(v, to_file);
    map_remove(&v->seen_of, file);
    map_set(&v->seen_of, to_file, at);
    change_add(v, SIM_RENAME, file, to_file, at);
    return true;
}

static void change_apply(struct map *names, const struct name_change *c) {
    switch (c->op) {
    case SIM_REMOVE: map_remove(names, c->file); break;
    case SIM_RENAME: /* its creation may have been lost: then the rename carries the file itself */
        map_remove(names, c->file);
        map_set(names, c->to_file, c->inode);
        break;
    default: map_set(names, c->file, c->inode); break;
    }
}

/* Inodes that no name stands for are used again. */
static void inodes_sweep(struct volume *v) {
    for (size_t i = 0; i < v->inode_count; i++) v->inodes[i].linked = false;
    for (size_t i = 0; i < v->name_count; i++) {
        const uint32_t seen = map_get(&v->seen_of, v->names[i]);
        const uint32_t stable = map_get(&v->stable_of, v->names[i]);
        if (seen != MAP_NONE) v->inodes[seen].linked = true;
        if (stable != MAP_NONE) v->inodes[stable].linked = true;
    }
    for (size_t i = 0; i < v->change_count; i++) v->inodes[v->changes[i].inode].linked = true;
    v->free_count = 0;
    for (size_t i = v->inode_count; i-- > 0;) {
        struct inode *n = &v->inodes[i];
        if (n->linked) continue;
        unsynced_clear(v, n);
        n->seen.size = n->stable.size = 0;
        n->modelled = n->stable_modelled = 0;
        v->inodes_free =
            must_grow(v->inodes_free, &v->free_capacity, v->free_count + 1, sizeof *v->inodes_free);
        v->inodes_free[v->free_count++] = (uint32_t)i;
    }
}

/* Names that nothing knows any more leave the walk. */
static void names_sweep(struct volume *v) {
    size_t kept = 0;
    for (size_t i = 0; i < v->name_count; i++) {
        const uint64_t file = v->names[i];
        if (map_get(&v->seen_of, file) == MAP_NONE && map_get(&v->stable_of, file) == MAP_NONE)
            map_remove(&v->name_known, file);
        else
            v->names[kept++] = file;
    }
    v->name_count = kept;
}

void volume_sync_names(struct volume *v) {
    bool gone = false;
    for (size_t i = 0; i < v->change_count; i++) {
        change_apply(&v->stable_of, &v->changes[i]);
        gone |= v->changes[i].op != SIM_WRITE;
    }
    v->change_count = 0;
    if (!gone) return;
    inodes_sweep(v);
    names_sweep(v);
}

/* ---- misfortune ---- */

/* Which of `count` changes are kept. For a prefix: those below a number drawn once. */
static bool kept(enum volume_keep keep, size_t i, size_t prefix, struct random *r) {
    switch (keep) {
    case VOLUME_PREFIX: return i < prefix;
    case VOLUME_ANY: return draw_below(r, 2) == 0;
    default: return false;
    }
}

/* How much of a write that was cut gets to the medium: it ends at a sector of the medium, not of
 * the write, or before it began. Less than the whole. */
static size_t torn_part(const struct unsynced *u, struct random *r) {
    const int64_t first = SECTOR_BYTES - u->offset % SECTOR_BYTES, size = (int64_t)u->size;
    const int64_t ends = first < size ? (size - first - 1) / SECTOR_BYTES + 1 : 0;
    const int64_t end = draw_below(r, ends + 1);
    return end ? (size_t)(first + (end - 1) * SECTOR_BYTES) : 0;
}

static int64_t inode_power_loss(struct inode *n, enum volume_keep keep, bool tears,
                                struct random *r) {
    int64_t lost = 0;
    const size_t prefix =
        keep == VOLUME_PREFIX ? (size_t)draw_below(r, (int64_t)n->unsynced_count + 1) : 0;
    for (size_t i = 0; i < n->unsynced_count; i++) {
        const struct unsynced *u = &n->unsynced[i];
        if (kept(keep, i, prefix, r)) {
            stable_apply(n, u, u->size);
            continue;
        }
        if (lost++ == 0 && tears && keep != VOLUME_NONE && !u->truncate && u->size) {
            const size_t part = torn_part(u, r);
            if (part) stable_apply(n, u, part);
        }
    }
    return lost;
}

static int by_file(const void *a, const void *b) {
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

int64_t volume_power_loss(struct volume *v, enum volume_keep keep, bool tears, struct random *r) {
    int64_t lost = 0;
    const size_t prefix =
        keep == VOLUME_PREFIX ? (size_t)draw_below(r, (int64_t)v->change_count + 1) : 0;
    for (size_t i = 0; i < v->change_count; i++)
        if (kept(keep, i, prefix, r)) change_apply(&v->stable_of, &v->changes[i]);
    v->change_count = 0;
    for (size_t i = 0; i < v->inode_count; i++) {
        struct inode *n = &v->inodes[i];
        struct random own = {random_at(r->key, (1 << 20) + i), 0};
        lost += inode_power_loss(n, keep, tears, &own);
        unsynced_clear(v, n);
        n->modelled = n->stable_modelled;
        extent_size(&n->seen, n->stable.size);
        if (n->stable.size) memcpy(n->seen.bytes, n->stable.bytes, n->stable.size);
    }
    map_clear(&v->seen_of);
    for (size_t i = 0; i < v->name_count; i++) {
        const uint32_t at = map_get(&v->stable_of, v->names[i]);
        if (at != MAP_NONE) map_set(&v->seen_of, v->names[i], at);
    }
    inodes_sweep(v);
    names_sweep(v);
    v->epoch++;
    return lost;
}

size_t volume_flip_bits(struct volume *v, int64_t bits, int64_t file, struct random *r) {
    size_t flipped = 0;
    if (v->name_count == 0) return 0; /* no array yet, and NULL is nothing to sort */
    qsort(v->names, v->name_count, sizeof *v->names, by_file);
    for (int64_t i = 0; i < bits; i++) {
        int64_t total = 0;
        for (size_t k = 0; k < v->name_count; k++) {
            const uint32_t at = map_get(&v->stable_of, v->names[k]);
            if (at == MAP_NONE || (file >= 0 && v->names[k] != (uint64_t)file)) continue;
            total += (int64_t)v->inodes[at].stable.size;
        }
        if (total == 0) break;
        int64_t bit = draw_below(r, total * 8);
        for (size_t k = 0; k < v->name_count; k++) {
            const uint32_t at = map_get(&v->stable_of, v->names[k]);
            if (at == MAP_NONE || (file >= 0 && v->names[k] != (uint64_t)file)) continue;
            struct inode *n = &v->inodes[at];
            if (bit >= (int64_t)n->stable.size * 8) {
                bit -= (int64_t)n->stable.size * 8;
                continue;
            }
            n->stable.bytes[bit / 8] = (uint8_t)(n->stable.bytes[bit / 8] ^ 1u << bit % 8);
            if ((size_t)(bit / 8) < n->seen.size)
                n->seen.bytes[bit / 8] = (uint8_t)(n->seen.bytes[bit / 8] ^ 1u << bit % 8);
            flipped++;
            break;
        }
    }
    return flipped;
}

int64_t volume_erase(struct volume *v) {
    int64_t files = 0;
    for (size_t i = 0; i < v->name_count; i++)
        if (map_get(&v->seen_of, v->names[i]) != MAP_NONE ||
            map_get(&v->stable_of, v->names[i]) != MAP_NONE)
            files++;
    map_clear(&v->seen_of);
    map_clear(&v->stable_of);
    v->change_count = 0;
    inodes_sweep(v);
    names_sweep(v);
    return files;
}

int64_t volume_used(const struct volume *v) {
    int64_t used = 0;
    for (size_t i = 0; i < v->name_count; i++) {
        const uint32_t at = map_get(&v->seen_of, v->names[i]);
        if (at != MAP_NONE) used += v->inodes[at].modelled;
    }
    return used;
}

static int file_order(const void *a, const void *b) {
    const struct sim_file *x = a, *y = b;
    return x->file < y->file ? -1 : x->file > y->file;
}

size_t volume_list(const struct volume *v, struct sim_file **files) {
    *files = must_calloc(v->name_count + 1, sizeof **files);
    size_t count = 0;
    for (size_t i = 0; i < v->name_count; i++) {
        const uint32_t at = map_get(&v->seen_of, v->names[i]);
        if (at == MAP_NONE) continue;
        (*files)[count++] = (struct sim_file){v->names[i], (int64_t)v->inodes[at].seen.size};
    }
    qsort(*files, count, sizeof **files, file_order);
    return count;
}
