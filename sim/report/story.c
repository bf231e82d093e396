/*
 * The story of a run. A bucket of tokens for each (node, kind, type) decides which lines are told;
 * tokens come with virtual time, so the same run always tells the same story.
 */
#include "report/story.h"

#include <stdlib.h>

#include "base/memory.h"
#include "report/describe.h"

enum { LINES_AT_ONCE = 20, LINES_PER_SECOND = 2, NODE_WIDTH_MAX = 20 };

struct bucket {
    uint64_t key;      /* 0: a free place */
    int64_t tokens_ns; /* each line costs 1 s / LINES_PER_SECOND */
    int64_t at_ns;
    int64_t hidden;
    sim_node node;
    char name[32]; /* for the last word on what was hidden */
};

struct story {
    struct world *world;
    struct output *output;
    struct trace_sink sink;
    size_t node_width;
    struct bucket *buckets; /* open addressing, a power of two */
    size_t bucket_count, bucket_places;
    struct text line;
};

static const char legend[] =
    "#\n"
    "# Columns: true time in seconds; the node; what kind of thing; what happened.\n"
    "#   note     the node decided: cause -> decision\n"
    "#   fact     what became true by the node's own word; laws judge these\n"
    "#   fault    injected by the scenario; heal: it ended\n"
    "#   start crash restart pause resume      the life of a process\n"
    "#   peer     a stream between two nodes came up or went down\n"
    "#   command  the scenario asked; reply: the node's answer\n"
    "#   client   an operation that failed (fail) or whose outcome is unknown (info)\n"
    "#   LAW      a law was broken, and how\n"
    "# A line that repeats too often is told now and then: (+120) counts those left out before "
    "it.\n"
    "#\n";

static bool is_told(const struct record *r) {
    switch (r->kind) {
    case RECORD_NOTE:
    case RECORD_FACT:
    case RECORD_FAULT:
    case RECORD_HEAL:
    case RECORD_CRASH:
    case RECORD_RESTART:
    case RECORD_START:
    case RECORD_PAUSE:
    case RECORD_RESUME:
    case RECORD_COMMAND:
    case RECORD_LAW:
    case RECORD_PEER: return true;
    case RECORD_RETURN: return r->type != SIM_DONE;
    case RECORD_SEND:
    case RECORD_DELIVER:
    case RECORD_DROP:
    case RECORD_TIMER:
    case RECORD_DISK:
    case RECORD_WORK:
    case RECORD_DISCIPLINE:
    case RECORD_INVOKE:
    case RECORD_KINDS: return false;
    }
    return false;
}

/* A fault or a breach is never left out. */
static bool is_rationed(enum record_kind kind) {
    return kind == RECORD_NOTE || kind == RECORD_FACT || kind == RECORD_RETURN ||
           kind == RECORD_COMMAND || kind == RECORD_PEER;
}

static struct bucket *find_place(struct bucket *buckets, size_t places, uint64_t key) {
    size_t place = (size_t)((key * UINT64_C(0x9e3779b97f4a7c15)) >> 32) & (places - 1);
    while (buckets[place].key != 0 && buckets[place].key != key) place = (place + 1) & (places - 1);
    return &buckets[place];
}

static void grow_buckets(struct story *story) {
    const size_t places = story->bucket_places ? story->bucket_places * 2 : 64;
    struct bucket *buckets = must_calloc(places, sizeof *buckets);
    for (size_t i = 0; i < story->bucket_places; i++) {
        const struct bucket *old = &story->buckets[i];
        if (old->key) *find_place(buckets, places, old->key) = *old;
    }
    free(story->buckets);
    story->buckets = buckets;
    story->bucket_places = places;
}

static const char *bucket_name(const struct story *story, const struct record *r) {
    if (r->kind == RECORD_RETURN) return r->text ? r->text : "operation";
    const char *name = record_type_name(story->world, r);
    return name ? name : record_kind_name(r->kind);
}

static struct bucket *bucket_of(struct story *story, const struct record *r) {
    const uint64_t type = r->type & 0xffffffu;
    const uint64_t key = ((uint64_t)r->node + 1) << 32 | type << 8 | (uint64_t)r->kind;
    if (story->bucket_count * 2 >= story->bucket_places) grow_buckets(story);
    struct bucket *bucket = find_place(story->buckets, story->bucket_places, key);
    if (bucket->key == 0) {
        story->bucket_count++;
        *bucket = (struct bucket){.key = key, .node = r->node, .at_ns = r->t};
        bucket->tokens_ns = INT64_C(1000000000) / LINES_PER_SECOND * LINES_AT_ONCE;
        strncpy(bucket->name, bucket_name(story, r), sizeof bucket->name - 1);
    }
    return bucket;
}

static bool take_token(struct bucket *bucket, int64_t now) {
    const int64_t price = INT64_C(1000000000) / LINES_PER_SECOND;
    const int64_t most = price * LINES_AT_ONCE;
    const int64_t passed = now - bucket->at_ns;
    bucket->tokens_ns = passed >= most - bucket->tokens_ns ? most : bucket->tokens_ns + passed;
    bucket->at_ns = now;
    if (bucket->tokens_ns < price) return false;
    bucket->tokens_ns -= price;
    return true;
}

/* Seconds with six decimals, aligned on the point up to 99,999 s. */
static void add_time(struct text *line, int64_t t) {
    text_add(line, "%5lld.%06lld", (long long)(t / 1000000000), (long long)(t % 1000000000 / 1000));
}

static const char *kind_word(const struct record *r) {
    if (r->kind == RECORD_LAW) return "LAW";
    if (r->kind == RECORD_RETURN) return "client";
    if (r->kind == RECORD_COMMAND && r->peer == r->node) return "reply";
    return record_kind_name(r->kind);
}

static void begin_line(struct story *story, int64_t t, sim_node node, const char *kind) {
    struct text *line = &story->line;
    text_clear(line);
    add_time(line, t);
    text_add(line, "  %s", node_name_or(story->world, node, "-"));
    text_pad_to(line, 14 + story->node_width);
    text_add(line, "  %-7s  ", kind);
}

static void end_line(struct story *story) {
    while (story->line.size > 0 && story->line.data[story->line.size - 1] == ' ') {
        story->line.size--;
    }
    text_add_char(&story->line, '\n');
    output_text(story->output, &story->line);
}

static void add_what(struct story *story, const struct record *r) {
    struct text *line = &story->line;
    switch (r->kind) {
    case RECORD_START:
        text_add(line, "power on, %lld file%s survived", (long long)r->a, r->a == 1 ? "" : "s");
        break;
    case RECORD_COMMAND: text_add(line, "%s ", bucket_name(story, r)); break;
    case RECORD_RETURN:
        text_add(line, "%s of process %lld -> ", bucket_name(story, r), (long long)r->a);
        break;
    case RECORD_FACT: text_add(line, "%s: ", bucket_name(story, r)); break;
    case RECORD_PEER: text_add(line, "%s ", node_name_or(story->world, r->peer, "?")); break;
    case RECORD_LAW:
        if (r->type < world_laws(story->world)) {
            text_add(line, "%s: ", world_law(story->world, r->type).law->name);
        }
        break;
    default: break;
    }
    describe_record(story->world, r, line);
    if (r->kind == RECORD_LAW) text_add(line, " (record %lld)", (long long)r->seq);
}

static void story_record(void *context, const struct record *r) {
    struct story *story = context;
    if (!is_told(r)) return;
    int64_t hidden = 0;
    if (is_rationed(r->kind)) {
        struct bucket *bucket = bucket_of(story, r);
        if (!take_token(bucket, r->t)) {
            bucket->hidden++;
            return;
        }
        hidden = bucket->hidden;
        bucket->hidden = 0;
    }
    begin_line(story, r->t, r->node, kind_word(r));
    add_what(story, r);
    if (hidden > 0) text_add(&story->line, "  (+%lld)", (long long)hidden);
    end_line(story);
}

static void find_width(struct story *story) {
    for (size_t i = 0; i < world_nodes(story->world); i++) {
        const size_t size = strlen(world_node_name(story->world, (sim_node)i));
        if (size > story->node_width) story->node_width = size;
    }
    if (story->node_width > NODE_WIDTH_MAX) story->node_width = NODE_WIDTH_MAX;
}

struct story *story_open(struct world *world, struct output *output, const char *title,
                         const char *about) {
    struct story *story = must_calloc(1, sizeof *story);
    story->world = world;
    story->output = output;
    story->sink = (struct trace_sink){story_record, story, NULL};
    find_width(story);
    output_format(output, "# Orrery, the story of %s\n", title);
    if (about && about[0]) output_format(output, "# %s\n", about);
    output_string(output, legend);
    world_add_sink(world, &story->sink);
    return story;
}

static int by_key(const void *left, const void *right) {
    const struct bucket *a = left, *b = right;
    return (a->key > b->key) - (a->key < b->key);
}

void story_close(struct story *story) {
    if (!story) return;
    if (story->bucket_places) {
        qsort(story->buckets, story->bucket_places, sizeof *story->buckets, by_key);
    }
    for (size_t i = 0; i < story->bucket_places; i++) {
        const struct bucket *bucket = &story->buckets[i];
        if (bucket->hidden == 0) continue;
        begin_line(story, world_now(story->world), bucket->node, "...");
        text_add(&story->line, "%lld more of: %s", (long long)bucket->hidden, bucket->name);
        end_line(story);
    }
    text_free(&story->line);
    free(story->buckets);
    free(story);
}
