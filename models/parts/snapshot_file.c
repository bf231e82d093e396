#include "parts/snapshot_file.h"

#include <assert.h>

enum { TAG_READ, TAG_WRITE, TAG_SYNC, TAG_NAMED };
#define WHOLE_FILE (INT64_C(1) << 40) /* more than it ever has */

void snapshot_file_begin(struct snapshot_file *f, uint64_t file, uint64_t tags) {
    *f = (struct snapshot_file){.file = file, .tags = tags};
}

static void order(const struct snapshot_file *f, struct sim_disk disk, uint64_t file, uint64_t tag,
                  struct sim_out *out) {
    disk.file = file;
    disk.tag = f->tags + tag;
    sim_disk(out, disk);
}

static bool is_there(const struct sim_event *e, uint64_t file) {
    for (size_t i = 0; i < e->start.count; i++)
        if (e->start.files[i].file == file) return true;
    return false;
}

bool snapshot_file_start(struct snapshot_file *f, const struct sim_event *e, struct sim_out *out) {
    if (is_there(e, f->file + 1))
        order(f, (struct sim_disk){.op = SIM_REMOVE, .quiet = true}, f->file + 1, TAG_WRITE, out);
    if (!is_there(e, f->file)) return false;
    order(f, (struct sim_disk){.op = SIM_READ, .size = WHOLE_FILE}, f->file, TAG_READ, out);
    return true;
}

void snapshot_file_write(struct snapshot_file *f, struct sim_bytes bytes, int64_t weight,
                         struct sim_out *out) {
    assert(f->state == SNAPSHOT_FILE_IDLE);
    f->state = SNAPSHOT_FILE_WRITTEN;
    order(f,
          (struct sim_disk){.op = SIM_WRITE,
                            .quiet = true,
                            .bytes = bytes,
                            .modelled_bytes = (int64_t)bytes.size + weight},
          f->file + 1, TAG_WRITE, out);
    order(f, (struct sim_disk){.op = SIM_SYNC}, f->file + 1, TAG_SYNC, out);
}

static void name_it(struct snapshot_file *f, struct sim_out *out) {
    f->state = SNAPSHOT_FILE_NAMED;
    order(f, (struct sim_disk){.op = SIM_RENAME, .quiet = true, .to_file = f->file}, f->file + 1,
          TAG_WRITE, out);
    order(f, (struct sim_disk){.op = SIM_SYNC}, SIM_DIRECTORY, TAG_NAMED, out);
}

static const char *failure_of(const struct sim_disk *answer, uint64_t tag) {
    if (tag == TAG_READ) return "snapshot: it cannot be read";
    return answer->error == SIM_ENOSPC ? "snapshot: the disk is full"
                                       : "snapshot: a write has failed";
}

enum snapshot_file_news snapshot_file_answered(struct snapshot_file *f,
                                               const struct sim_disk *answer, struct sim_out *out) {
    const uint64_t tag = answer->tag - f->tags;
    if (answer->error) {
        f->failure = failure_of(answer, tag);
        return SNAPSHOT_FILE_FAILED;
    }
    if (tag == TAG_READ) return SNAPSHOT_FILE_READ;
    if (tag == TAG_SYNC) name_it(f, out);
    if (tag != TAG_NAMED) return SNAPSHOT_FILE_NOTHING;
    f->state = SNAPSHOT_FILE_IDLE;
    return SNAPSHOT_FILE_STORED;
}
