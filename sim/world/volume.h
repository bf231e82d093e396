/*
 * A volume: one node's files, as the process sees them and as the medium holds them.
 *
 * Each file is an inode with two contents: what a read finds, and what is durable. Between them
 * stand the writes that no sync has covered, in order; a sync carries them over, a power loss keeps
 * none, a prefix or any subset of them, and may tear the first one lost at a sector. Names are
 * durable apart from contents, after a sync of the directory (POSIX promises no more; Pillai et
 * al., "All file systems are not created equal", OSDI'14). No time passes here: the disk decides
 * when.
 */
#ifndef WORLD_VOLUME_H
#define WORLD_VOLUME_H

#include "base/map.h"
#include "base/memory.h"
#include "base/random.h"
#include "wall/model.h"

enum { SECTOR_BYTES = 512 };

struct extent { uint8_t *bytes; size_t size, capacity; };
struct unsynced { bool truncate; int64_t offset, charged; size_t size; uint8_t *bytes; };
struct inode {
    struct extent seen, stable;
    struct unsynced *unsynced;
    size_t unsynced_count, unsynced_capacity;
    int64_t modelled, stable_modelled; /* space charged to the disk, as seen and as durable */
    bool linked;      /* some name, seen or durable, stands for it */
};
struct name_change { enum sim_disk_op op; uint64_t file, to_file; uint32_t inode; };
struct volume {
    struct map seen_of, stable_of; /* name -> inode */
    uint64_t *names;               /* every name ever used, for walks in a fixed order */
    size_t name_count, name_capacity;
    struct map name_known;
    struct inode *inodes;
    size_t inode_count, inode_capacity;
    uint32_t *inodes_free;
    size_t free_count, free_capacity;
    struct name_change *changes; /* not yet durable */
    size_t change_count, change_capacity;
    uint32_t epoch; /* power losses: what was under way before one is gone */
    struct memory *memory;
};

void volume_open(struct volume *, const char *name);
void volume_close(struct volume *);
uint32_t volume_find(const struct volume *, uint64_t file);   /* MAP_NONE: no such file */
uint32_t volume_create(struct volume *, uint64_t file);       /* or finds */
/* charged: the space that it takes, more than the file had. */
void volume_write(struct volume *, uint32_t inode, int64_t offset, struct sim_bytes,
                  int64_t charged);
void volume_truncate(struct volume *, uint32_t inode, int64_t size);
size_t volume_sync(struct volume *, uint32_t inode, bool keep); /* writes carried over, or let go */
bool volume_remove(struct volume *, uint64_t file);
bool volume_rename(struct volume *, uint64_t file, uint64_t to_file);
void volume_sync_names(struct volume *);
enum volume_keep { VOLUME_NONE, VOLUME_PREFIX, VOLUME_ANY };
/* lost */
int64_t volume_power_loss(struct volume *, enum volume_keep, bool tears, struct random *);
size_t volume_flip_bits(struct volume *, int64_t bits, int64_t file, struct random *); /* flipped */
int64_t volume_erase(struct volume *); /* every file; how many */
int64_t volume_used(const struct volume *); /* space charged to the files that are seen */
size_t volume_list(const struct volume *, struct sim_file **); /* malloc'ed, in order of file */

#endif
