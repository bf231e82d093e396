/*
 * Two passes: the records are gathered, then drawn; what is sent in them and delivered in them is
 * an arrow between their rows, and what begins before or ends after leaves by the edge, dashed.
 */
#include "report/spacetime.h"

#include <stdlib.h>

#include "base/memory.h"
#include "report/export.h"

enum {
    WIDTH = 1000,
    LEFT = 120,
    RIGHT = 20,
    TOP = 84,
    ROW = 26,
    BOTTOM = 40,
    NODES_MAX = 24,
    CHARACTER = 7
};

static const char blue[] = "#0072B2", green[] = "#007A5A", vermillion[] = "#B84E00",
                  grey[] = "#555555", light[] = "#BBBBBB";

struct row {
    struct past_record r; /* with strings of its own */
    size_t node;
};
struct picture {
    int64_t first, last;
    struct row *rows;
    size_t count, capacity;
    char *nodes[NODES_MAX];
    size_t node_count;
    struct output *o;
};

/* ---- gathering ---- */

static bool node_of(struct picture *p, const char *name, size_t *node, struct text *error) {
    for (*node = 0; *node < p->node_count; ++*node)
        if (strcmp(p->nodes[*node], name) == 0) return true;
    if (p->node_count == NODES_MAX) {
        text_add(error, "found more than %d nodes in these records; expected fewer, to be read",
                 NODES_MAX);
        return false;
    }
    p->nodes[p->node_count++] = must_strdup(name);
    return true;
}

static bool gather(void *context, const struct past_record *r, struct text *error) {
    struct picture *p = context;
    if (r->seq < p->first || r->seq > p->last || !r->node[0]) return true;
    if (p->count == SPACETIME_RECORDS_MAX) {
        text_add(error, "found more than %d records from %lld to %lld; expected fewer, to be read",
                 SPACETIME_RECORDS_MAX, (long long)p->first, (long long)p->last);
        return false;
    }
    struct row row = {.r = *r};
    size_t peer;
    if (!node_of(p, r->node, &row.node, error) ||
        (r->peer[0] && !node_of(p, r->peer, &peer, error)))
        return false;
    row.r.kind = must_strdup(r->kind);
    row.r.node = must_strdup(r->node);
    row.r.peer = must_strdup(r->peer);
    row.r.type = must_strdup(r->type);
    row.r.note = must_strdup(r->note);
    p->rows = must_grow(p->rows, &p->capacity, p->count + 1, sizeof *p->rows);
    p->rows[p->count++] = row;
    return true;
}

static void release(struct picture *p) {
    for (size_t i = 0; i < p->count; i++) {
        const struct past_record *r = &p->rows[i].r;
        const char *const strings[] = {r->kind, r->node, r->peer, r->type, r->note};
        for (size_t k = 0; k < 5; k++) free((char *)(uintptr_t)strings[k]);
    }
    free(p->rows);
    for (size_t i = 0; i < p->node_count; i++) free(p->nodes[i]);
}

/* ---- drawing ---- */

static int column_width(const struct picture *p) {
    return (WIDTH - LEFT - RIGHT) / (int)(p->node_count ? p->node_count : 1);
}
static int x_of(const struct picture *p, size_t node) {
    return LEFT + 20 + column_width(p) * (int)node;
}
static int y_of(size_t row) { return TOP + ROW * (int)row + ROW / 2; }
static int y_end(const struct picture *p) { return TOP + ROW * (int)p->count; }

static void put_escaped(struct output *o, const char *s, size_t characters) {
    for (; *s && characters; characters--) {
        do {
            switch (*s) {
            case '<': output_string(o, "&lt;"); break;
            case '>': output_string(o, "&gt;"); break;
            case '&': output_string(o, "&amp;"); break;
            case '"': output_string(o, "&quot;"); break;
            default: output_char(o, (unsigned char)*s < 32 ? ' ' : *s);
            }
            s++;
        } while (((unsigned char)*s & 0xc0) == 0x80); /* a character's further bytes */
    }
    if (*s) output_string(o, "…");
}

static void put_line(struct output *o, int x1, int y1, int x2, int y2, const char *colour,
                     const char *more) {
    output_format(o, "<line x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\" stroke=\"%s\" %s/>\n", x1, y1,
                  x2, y2, colour, more);
}

static bool is(const struct past_record *r, const char *kind) { return strcmp(r->kind, kind) == 0; }

static void draw_lifelines(const struct picture *p) {
    for (size_t n = 0; n < p->node_count; n++) {
        const int x = x_of(p, n);
        int from = TOP - 8;
        bool up = true;
        for (size_t i = 0; i < p->count; i++) {
            const struct past_record *r = &p->rows[i].r;
            if (p->rows[i].node != n || is(r, "crash") != up || (!up && !is(r, "start"))) continue;
            put_line(p->o, x, from, x, y_of(i), up ? grey : light,
                     up ? "stroke-width=\"1.5\"" : "stroke-width=\"1.5\" stroke-dasharray=\"2 5\"");
            from = y_of(i);
            up = !up;
        }
        put_line(p->o, x, from, x, y_end(p), up ? grey : light,
                 up ? "stroke-width=\"1.5\"" : "stroke-width=\"1.5\" stroke-dasharray=\"2 5\"");
        output_format(p->o, "<text x=\"%d\" y=\"%d\" font-weight=\"bold\">", x - 6, TOP - 16);
        put_escaped(p->o, p->nodes[n], (size_t)(column_width(p) / (CHARACTER + 1)));
        output_string(p->o, "</text>\n");
    }
}

static size_t find_node(const struct picture *p, const char *name) {
    size_t n = 0;
    while (n < p->node_count && strcmp(p->nodes[n], name) != 0) n++;
    return n;
}

/* The row in which a message was sent; count: none of these. */
static size_t sent_in(const struct picture *p, int64_t message, size_t before) {
    for (size_t i = before; i-- > 0;)
        if (is(&p->rows[i].r, "send") && p->rows[i].r.msg == message) return i;
    return p->count;
}
static bool ends_in(const struct picture *p, int64_t message, size_t after) {
    for (size_t i = after; i < p->count; i++)
        if ((is(&p->rows[i].r, "deliver") || is(&p->rows[i].r, "drop")) &&
            p->rows[i].r.msg == message)
            return true;
    return false;
}

static void draw_arrows(const struct picture *p) {
    static const char whole[] = "stroke-width=\"2\" marker-end=\"url(#tip)\"",
                      cut[] = "stroke-width=\"2\" stroke-dasharray=\"7 4\"",
                      cut_tip[] =
                          "stroke-width=\"2\" stroke-dasharray=\"7 4\" marker-end=\"url(#tip)\"";
    for (size_t i = 0; i < p->count; i++) {
        const struct past_record *r = &p->rows[i].r;
        if (r->msg < 0 || !r->peer[0]) continue;
        const size_t peer = find_node(p, r->peer);
        const int here = x_of(p, p->rows[i].node), there = x_of(p, peer);
        if (is(r, "deliver") || is(r, "drop")) {
            const bool lost = is(r, "drop");
            const size_t from = sent_in(p, r->msg, i);
            const int y1 = from < p->count ? y_of(from) : TOP - 8;
            const int x2 = lost ? there + (here - there) * 3 / 4 : here;
            const int y2 = lost ? y1 + (y_of(i) - y1) * 3 / 4 : y_of(i);
            put_line(p->o, there, y1, x2, y2, lost ? vermillion : blue,
                     lost              ? cut
                     : from < p->count ? whole
                                       : cut_tip);
            if (lost)
                output_format(p->o,
                              "<text x=\"%d\" y=\"%d\" fill=\"%s\" font-weight=\"bold\">×</text>\n",
                              x2 - 4, y2 + 5, vermillion);
        } else if (is(r, "send") && !ends_in(p, r->msg, i)) {
            put_line(p->o, here, y_of(i), here + (there - here) / 2, y_end(p), blue, cut);
        }
    }
}

static const char *colour_of(const struct past_record *r) {
    if (is(r, "crash") || is(r, "drop") || is(r, "law") || is(r, "fault") || is(r, "pause"))
        return vermillion;
    if (is(r, "note") || is(r, "fact")) return green;
    if (is(r, "send") || is(r, "deliver")) return blue;
    return grey;
}

/* The arrow says from whom and to whom. */
static void add_label(const struct past_record *r, struct text *label) {
    if ((is(r, "note") || is(r, "fact") || is(r, "law") || is(r, "fault")) && r->note[0]) {
        text_add(label, "%s", r->note);
        return;
    }
    if (is(r, "deliver") && r->type[0])
        text_add(label, "%s", r->type);
    else
        text_add(label, "%s%s%s", r->kind, r->type[0] ? " " : "", r->type);
    if (r->note[0]) text_add(label, ": %s", r->note);
}

static void draw_rows(const struct picture *p) {
    for (size_t i = 0; i < p->count; i++) {
        const struct past_record *r = &p->rows[i].r;
        const int x = x_of(p, p->rows[i].node), y = y_of(i);
        const char *colour = colour_of(r);
        struct text label = {0};
        add_label(r, &label);
        if (i == 0 || p->rows[i - 1].r.t != r->t) {
            char seconds[32];
            *seconds_write(seconds, r->t) = '\0';
            output_format(p->o,
                          "<text x=\"%d\" y=\"%d\" fill=\"%s\" text-anchor=\"end\">%s s</text>\n",
                          LEFT - 14, y + 4, grey, seconds);
        }
        output_format(p->o, "<g><title>%lld", (long long)r->seq);
        output_format(p->o, " (cause %lld) ", (long long)r->cause);
        put_escaped(p->o, text_string(&label), 400);
        output_format(p->o, "</title><circle cx=\"%d\" cy=\"%d\" r=\"4\" fill=\"%s\"/>", x, y,
                      colour);
        /* White behind the letters, so that lines that cross them leave them readable. */
        output_format(p->o,
                      "<text x=\"%d\" y=\"%d\" fill=\"%s\" stroke=\"#ffffff\" stroke-width=\"3\" "
                      "paint-order=\"stroke\">",
                      x + 9, y + 4, colour);
        const size_t room = p->rows[i].node + 1 < p->node_count
                                ? (size_t)(column_width(p) - 18) / CHARACTER
                                : (size_t)(WIDTH - RIGHT - x - 9) / CHARACTER;
        put_escaped(p->o, text_string(&label), room > 4 ? room : 4);
        output_string(p->o, "</text></g>\n");
        text_free(&label);
    }
}

static void draw(const struct picture *p) {
    const int height = y_end(p) + BOTTOM;
    output_format(
        p->o,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d "
        "%d\" font-family=\"DejaVu Sans, sans-serif\" font-size=\"12\">\n"
        "<defs><marker id=\"tip\" viewBox=\"0 0 10 10\" refX=\"11\" refY=\"5\" "
        "markerWidth=\"6\" markerHeight=\"6\" orient=\"auto\"><path d=\"M0 0L10 5L0 10z\" "
        "fill=\"%s\"/></marker></defs>\n<rect width=\"100%%\" height=\"100%%\" "
        "fill=\"#ffffff\"/>\n",
        WIDTH, height, WIDTH, height, blue);
    output_format(p->o,
                  "<text x=\"20\" y=\"30\" font-size=\"18\" font-weight=\"bold\">Messages, records "
                  "%lld to %lld</text>\n",
                  (long long)p->rows[0].r.seq, (long long)p->rows[p->count - 1].r.seq);
    output_format(p->o, "<text x=\"20\" y=\"%d\" fill=\"%s\">virtual time</text>\n", TOP - 16,
                  grey);
    draw_lifelines(p);
    draw_arrows(p);
    draw_rows(p);
    output_format(
        p->o,
        "<text x=\"20\" y=\"%d\" fill=\"%s\">blue: messages, dashed when they begin or end "
        "elsewhere; × lost; green: decisions and facts; orange: faults. Time downwards, a row "
        "a record.</text>\n</svg>\n",
        height - 14, grey);
}

bool spacetime_draw(const char *folder, int64_t first, int64_t last, struct output *o,
                    struct text *error) {
    struct picture p = {.first = first, .last = last, .o = o};
    bool good = trace_read(folder, gather, &p, error);
    if (good && p.count == 0) {
        text_add(error, "%s: found no record of a node from %lld to %lld", folder, (long long)first,
                 (long long)last);
        good = false;
    }
    if (good) draw(&p);
    release(&p);
    return good;
}
