/* What an archive can be told, and what it tells: its tables, its law. */
#include "postgres/archive/wal_archive.h"
#include "postgres/internal.h"

static void archive_encode(const void *state, struct writer *w) {
    const struct wal_archive *a = state;
    put_u64(w, a->file_count);
    for (size_t i = 0; i < a->file_count; i++) {
        put_i64(w, a->files[i].name.timeline);
        put_i64(w, a->files[i].name.segment);
        put_i64(w, a->files[i].real_bytes);
    }
    for (size_t i = 0; i < a->request_count; i++) {
        const struct archive_request *q = &a->requests[i];
        put_u64(w, q->number);
        put_u8(w, (uint8_t)q->stage);
        put_u32(w, q->peer);
        put_bool(w, q->puts);
        put_i64(w, q->name.timeline);
        put_i64(w, q->name.segment);
    }
    put_u64(w, a->last_number);
}

static void archive_describe(const void *state, struct text *text) {
    const struct wal_archive *a = state;
    text_add(text, "%lld segments, %zu requests under way", (long long)archived_segments(a),
             a->request_count);
}

static int64_t kept_bytes(const struct wal_archive *a) {
    int64_t bytes = 0;
    for (size_t i = 0; i < a->file_count; i++) bytes += archive_weight(a->files[i].name);
    return bytes;
}

static int64_t archive_probe(const void *state, size_t probe, const struct sim_clocks *now) {
    const struct wal_archive *a = state;
    (void)now;
    switch ((enum wal_archive_probe)probe) {
    case ARCHIVE_PROBE_SEGMENTS: return archived_segments(a);
    case ARCHIVE_PROBE_BYTES: return kept_bytes(a);
    case ARCHIVE_PROBE_REQUESTS: return (int64_t)a->request_count;
    }
    return SIM_NONE;
}

static void archive_view(const void *state, size_t view, const struct sim_clocks *now,
                         struct sim_rows *rows) {
    const struct wal_archive *a = state;
    char text[ARCHIVE_NAME_TEXT];
    (void)now;
    if (view == ARCHIVE_VIEW_SEGMENTS) {
        for (size_t i = 0; i < a->file_count; i++) {
            sim_cell_text(rows, archive_name_text(a->files[i].name, text));
            sim_cell(rows, archive_weight(a->files[i].name));
        }
        return;
    }
    const struct archived *newest = a->file_count > 0 ? &a->files[a->file_count - 1] : NULL;
    sim_cell(rows, archived_segments(a));
    sim_cell(rows, (int64_t)a->file_count - archived_segments(a));
    sim_cell(rows, kept_bytes(a));
    sim_cell_text(rows, newest ? archive_name_text(newest->name, text) : NULL);
    sim_cell(rows, a->puts);
    sim_cell(rows, a->gets);
    sim_cell(rows, a->refused);
}

/* ---- the law ---- */

struct kept {
    int64_t files;
};

static enum sim_judgement kept_fold(struct sim_fold *fold, const struct sim_fact *fact) {
    struct kept *kept = fold->state;
    if (fact->which == ARCHIVE_FACT_STORED) {
        kept->files = fact->a;
        return SIM_NOTHING;
    }
    const int64_t confirmed = kept->files;
    if (fact->a == 0) kept->files = 0; /* a new disk: it is another archive */
    if (fact->a == 0 || confirmed == 0) return SIM_NOTHING;
    if (fact->a >= confirmed) return SIM_HELD; /* perhaps more: not safe yet, nor confirmed */
    text_add(fold->why, "n%u had confirmed %lld files, and has %lld after a restart", fact->node,
             (long long)confirmed, (long long)fact->a);
    return SIM_BROKEN;
}

static const struct sim_law archived_is_durable = {
    .name = "Archived Is Durable",
    .says = "an archive has, after a restart, every file that it had confirmed",
    .source = "PostgreSQL 15 manual, 26.3.1 Setting Up WAL Archiving",
    .reads = (const char *const[]){[ARCHIVE_FACT_STARTED] = "archive_started",
                                   [ARCHIVE_FACT_STORED] = "archive_stored",
                                   NULL},
    .state_bytes = sizeof(struct kept),
    .per_group = true,
    .fold = kept_fold,
};

/* ---- the tables ---- */

#define COLUMN(NAME, UNIT, DOC) \
    { .name = NAME, .unit = UNIT, .doc = DOC }
static const struct sim_param archive_columns[] = {
    COLUMN("segments", SIM_COUNT, "WAL segments kept"),
    COLUMN("histories", SIM_COUNT, "timeline history files kept"),
    COLUMN("bytes", SIM_BYTES, "of all"),
    COLUMN("newest", SIM_TEXT, "the last by name: of the newest timeline"),
    COLUMN("stored", SIM_COUNT, "new files since its start"),
    COLUMN("given", SIM_COUNT, "files read since its start"),
    COLUMN("refused", SIM_COUNT, "files that it had with other contents"),
    {0}};
static const struct sim_param segment_columns[] = {
    COLUMN("name", SIM_TEXT, "of the file"), COLUMN("bytes", SIM_BYTES, "its size"), {0}};

#define FILE_NAME "timeline {} segment {} (-1: its history)"
extern const struct sim_model wal_archive_model;
const struct sim_model wal_archive_model = {
    .name = "wal_archive",
    .summary = "an archive of PostgreSQL's WAL segments: an object store, or a NAS",
    .init = wal_archive_init,
    .step = wal_archive_step,
    .encode = archive_encode,
    .describe = archive_describe,
    .describe_message = postgres_describe_message,
    .probe = archive_probe,
    .view = archive_view,
    .knobs =
        (const struct sim_param[]){
            [ARCHIVE_KNOB_LATENCY] = {.name = "latency",
                                      .unit = SIM_NS,
                                      .usual = 20000000,
                                      .min = 0,
                                      .max = INT64_C(3600000000000),
                                      .doc = "of a request, besides its disk and the network"},
            {0}},
    .probes =
        (const struct sim_param[]){
            [ARCHIVE_PROBE_SEGMENTS] = {.name = "segments", .unit = SIM_COUNT, .doc = "kept"},
            [ARCHIVE_PROBE_BYTES] = {.name = "bytes", .unit = SIM_BYTES, .doc = "kept"},
            [ARCHIVE_PROBE_REQUESTS] = {.name = "requests", .unit = SIM_COUNT, .doc = "under way"},
            {0}},
    .views =
        (const struct sim_table[]){
            [ARCHIVE_VIEW_ARCHIVE] = {"archive", archive_columns, "one row"},
            [ARCHIVE_VIEW_SEGMENTS] = {"segments", segment_columns, "a row for each file"},
            {0}},
    .messages = postgres_messages,
    .notes =
        (const struct sim_name[]){
            [ARCHIVE_NOTE_STARTED] = {"archive_started", "{} files are here"},
            [ARCHIVE_NOTE_STORED] = {"stored", "from {node}: " FILE_NAME " -> stored"},
            [ARCHIVE_NOTE_HAD_IT] = {"had_it", "from {node}: " FILE_NAME
                                               " is here, with these contents -> accepted"},
            [ARCHIVE_NOTE_REFUSED] =
                {"refused", "from {node}: " FILE_NAME " is here, with other contents -> refused"},
            [ARCHIVE_NOTE_GAVE] = {"gave", "to {node}: " FILE_NAME},
            [ARCHIVE_NOTE_MISSING] = {"missing", "to {node}: " FILE_NAME " is not here"},
            [ARCHIVE_NOTE_DISK] = {"disk_error", "for {node}: " FILE_NAME
                                                 ", the disk fails -> the request fails"},
            {0}},
    .facts =
        (const struct sim_name[]){
            [ARCHIVE_FACT_STARTED] = {"archive_started", "{node} has {} files"},
            [ARCHIVE_FACT_STORED] = {"archive_stored", "{node} has {} files"},
            {0}},
    .channels = postgres_channels,
    .laws = (const struct sim_law *const[]){&archived_is_durable, NULL},
};
