#include "postgres/archive/protocol.h"

enum { SEGMENTS_PER_ID = 256, HISTORY_WEIGHT = 100 };

static struct sim_bytes rest(const struct reader *r) {
    return (struct sim_bytes){r->data + r->at, r->size - r->at};
}

void archive_request_write(struct writer *w, struct archive_name name) {
    put_i64(w, name.timeline);
    put_i64(w, name.segment);
}

bool archive_request_read(struct sim_bytes body, struct archive_name *name,
                          struct sim_bytes *contents) {
    struct reader r = reader_over(body.data, body.size);
    name->timeline = get_i64(&r);
    name->segment = get_i64(&r);
    if (r.bad) return false;
    *contents = rest(&r);
    return name->timeline > 0 && name->timeline <= UINT32_MAX && name->segment >= ARCHIVE_HISTORY &&
           name->segment < UINT32_MAX;
}

void archive_answer_write(struct writer *w, enum archive_outcome outcome,
                          struct archive_name name) {
    put_i64(w, outcome);
    archive_request_write(w, name);
}

bool archive_answer_read(struct sim_bytes body, enum archive_outcome *outcome,
                         struct archive_name *name, struct sim_bytes *contents) {
    struct reader r = reader_over(body.data, body.size);
    const int64_t number = get_i64(&r);
    if (r.bad || number < ARCHIVE_OK || number > ARCHIVE_SILENT) return false;
    *outcome = (enum archive_outcome)number;
    return archive_request_read(rest(&r), name, contents);
}

int64_t archive_weight(struct archive_name name) {
    return name.segment == ARCHIVE_HISTORY ? HISTORY_WEIGHT : SEGMENT_BYTES;
}

static char *put_hex(char *to, int64_t number) {
    for (int shift = 28; shift >= 0; shift -= 4) *to++ = "0123456789ABCDEF"[number >> shift & 15];
    return to;
}

const char *archive_name_text(struct archive_name name, char text[ARCHIVE_NAME_TEXT]) {
    static const char history[] = ".history";
    char *end = put_hex(text, name.timeline);
    if (name.segment == ARCHIVE_HISTORY) {
        memcpy(end, history, sizeof history);
        return text;
    }
    end = put_hex(end, name.segment / SEGMENTS_PER_ID);
    end = put_hex(end, name.segment % SEGMENTS_PER_ID);
    *end = '\0';
    return text;
}
