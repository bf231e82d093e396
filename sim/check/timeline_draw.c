/* A layout as SVG. */
#include "check/timeline_draw.h"

#include <string.h>

#include "base/units.h"

enum {
    ROW = 62,
    BAR = 26,
    FONT = 15,
    SMALL = 13,
    LANE = 18,
    STATE_HEIGHT = 30,
    LEGEND = 74,
    AXIS = 46
};
#define CHARACTER (FONT * 0.64) /* the width of one, of DejaVu Sans, about */

static const char blue[] = "#0072B2", orange[] = "#E69F00", green[] = "#009E73",
                  vermillion[] = "#D55E00";

struct drawing {
    const struct timeline *t;
    struct text *svg;
    double top, states, axis, height,
        width; /* y of the first row, of the lane of states, of the axis */
};

/* ---- text ---- */

static void add_escaped(struct text *svg, const char *text, size_t size) {
    for (size_t i = 0; i < size; i++) {
        if (i + 2 < size && memcmp(text + i, "\xef\xbf", 2) == 0 &&
            ((unsigned char)text[i + 2] & 0xfe) == 0xbe) {
            text_add(svg, "\xef\xbf\xbd"); /* XML has no U+FFFE and U+FFFF */
            i += 2;
            continue;
        }
        switch (text[i]) {
        case '<': text_add(svg, "&lt;"); break;
        case '>': text_add(svg, "&gt;"); break;
        case '&': text_add(svg, "&amp;"); break;
        case '"': text_add(svg, "&quot;"); break;
        default: text_add_char(svg, text[i]); break;
        }
    }
}

/* Cut in the middle where there is no room for all of it; nothing where there is hardly any. */
static void add_words(struct drawing *d, double x, double y, const char *style, const char *words,
                      double room) {
    enum { LEAST = 3 };
    const size_t size = strlen(words), fits = room > 0 ? (size_t)(room / CHARACTER) : 0;
    if (fits < LEAST && fits < size) return;
    text_add(d->svg, "<text x=\"%.1f\" y=\"%.1f\" %s>", x, y, style);
    if (size <= fits) {
        add_escaped(d->svg, words, size);
    } else {
        size_t head = (fits - 1) / 2, tail = size - (fits - 1 - head);
        while (head > 0 && ((unsigned char)words[head] & 0xc0) == 0x80) head--;
        while (tail < size && ((unsigned char)words[tail] & 0xc0) == 0x80) tail++;
        add_escaped(d->svg, words, head);
        text_add(d->svg, "…");
        add_escaped(d->svg, words + tail, size - tail);
    }
    text_add(d->svg, "</text>\n");
}

/* Over several lines; returns how many. */
static int add_lines(struct drawing *d, double y, const char *words, double room) {
    enum { LINES_MAX = 5, STEP = 20 };
    const size_t fits = (size_t)(room / (SMALL * 0.56));
    int lines = 0;
    while (*words && lines < LINES_MAX) {
        size_t size = strlen(words), cut = size;
        if (size > fits)
            for (cut = fits; cut > fits / 2 && words[cut] != ' '; cut--) {}
        while (cut > 0 && ((unsigned char)words[cut] & 0xc0) == 0x80)
            cut--; /* within a character */
        text_add(d->svg, "<text x=\"16\" y=\"%.1f\" class=\"small\">", y + lines++ * STEP);
        add_escaped(d->svg, words, cut);
        text_add(d->svg, "%s</text>\n", lines == LINES_MAX && cut < size ? " …" : "");
        words += cut + (words[cut] == ' ');
    }
    return lines;
}

/* ---- faults ---- */

static double x_of_time(const struct timeline *t, int64_t ns) {
    size_t column = 0;
    if (ns <= t->moments[0].ns) return timeline_x(t, 0);
    while (column + 1 < t->moment_count && t->moments[column + 1].ns <= ns) column++;
    if (column + 1 == t->moment_count) return timeline_right(t);
    const double from = (double)t->moments[column].ns, to = (double)t->moments[column + 1].ns;
    return timeline_x(t, column) + ((double)ns - from) / (to - from) * t->column_width;
}

static void draw_faults(struct drawing *d) {
    enum { THIN = 3, LANES = 3 };
    const struct timeline *t = d->t;
    for (size_t i = 0; i < t->fault_count; i++) {
        const double x = x_of_time(t, t->faults[i].from_ns), to = x_of_time(t, t->faults[i].to_ns);
        const double y = d->top - LANE * (1 + (double)(i % LANES));
        text_add(d->svg,
                 "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" class=\"fault\"/>\n",
                 x, y - LANE + 5, to - x > THIN ? to - x : THIN, d->axis - y + LANE - 5);
        add_words(d, x + 5, y, "class=\"small\" fill=\"#444444\"", t->faults[i].label,
                  timeline_right(t) - x - 5);
    }
}

/* ---- operations ---- */

static bool is_open(const struct operation *o) {
    return o->end == OPERATION_OPEN || o->end == OPERATION_INFO;
}

static const char *colour_of(const char *f) {
    if (strcmp(f, "read") == 0 || strcmp(f, "get") == 0) return blue;
    return strcmp(f, "cas") == 0 || strcmp(f, "rmw") == 0 ? green : orange;
}

/* Where the next of the row begins; the right end, if none does. */
static double room_until(const struct timeline *t, const struct operation *o) {
    double until = timeline_right(t);
    for (size_t i = 0; i < t->operation_count; i++) {
        const struct operation *other = &t->history->operations[t->operations[i]];
        if (other->process != o->process || other->invoked_line <= o->invoked_line) continue;
        const double x = timeline_x(t, timeline_column(t, other->invoked_line));
        if (x < until) until = x;
    }
    return until;
}

static void name_operation(const struct timeline *t, const struct operation *o, bool stuck,
                           struct text *name) {
    const char *f = names_string(&t->history->functions, o->f);
    const bool tells = operation_is_ok(o) && (strcmp(f, "read") == 0 || strcmp(f, "get") == 0);
    const uint32_t value = tells ? o->told : o->asked;
    text_add(name, "%s", f);
    if (tells || value != VALUE_NULL)
        text_add(name, " %s", names_string(&t->history->values, value));
    if (strcmp(f, "rmw") == 0 && operation_is_ok(o))
        text_add(name, " saw %s", names_string(&t->history->values, o->told));
    if (o->end == OPERATION_FAIL) text_add(name, ": failed");
    if (is_open(o)) text_add(name, " ?");
    if (stuck) text_add(name, " ✗");
}

static void draw_operation(struct drawing *d, uint32_t number) {
    const struct timeline *t = d->t;
    const struct operation *o = &t->history->operations[number];
    const bool stuck = t->explanation && number == t->explanation->stuck;
    const double x = timeline_x(t, timeline_column(t, o->invoked_line));
    const double to = is_open(o) ? timeline_right(t)
                                 : timeline_x(t, timeline_column(t, o->ended_line));
    const double y = d->top + (double)timeline_row(t, o->process) * ROW + (ROW - BAR) - 6;
    const char *colour = stuck ? vermillion : colour_of(names_string(&t->history->functions, o->f));
    if (is_open(o)) /* no right end */
        text_add(
            d->svg,
            "<path d=\"M%.1f %.1f H%.1f V%.1f H%.1f\" fill=\"%s\" class=\"open\" stroke=\"%s\"/>\n",
            to, y, x, y + BAR, to, colour, colour);
    else
        text_add(d->svg,
                 "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%d\" rx=\"4\" fill=\"%s\" %s "
                 "stroke=\"%s\"/>\n",
                 x, y, to - x, BAR, stuck ? "url(#hatched)" : colour,
                 stuck ? "class=\"stuck\"" : "class=\"bar\"", colour);
    struct text name = {0};
    name_operation(t, o, stuck, &name);
    add_words(d, x, y - 6, stuck ? "fill=\"#A04000\" font-weight=\"bold\"" : "", text_string(&name),
              room_until(t, o) - x - 4);
    text_free(&name);
}

static void draw_rows(struct drawing *d) {
    const struct timeline *t = d->t;
    for (size_t row = 0; row < t->row_count; row++) {
        const double y = d->top + (double)row * ROW;
        if (row % 2 == 0)
            text_add(d->svg,
                     "<rect x=\"0\" y=\"%.1f\" width=\"%.1f\" height=\"%d\" fill=\"#f5f5f5\"/>\n",
                     y, d->width, ROW);
        text_add(d->svg, "<text x=\"16\" y=\"%.1f\">process %s</text>\n", y + ROW - BAR / 2 - 1,
                 names_string(&t->history->processes, t->rows[row]));
    }
}

/* ---- the order, and what was there ---- */

static void draw_steps(struct drawing *d) {
    enum { RADIUS = 11, DOWN = 5 };
    const struct timeline *t = d->t;
    const struct check_explanation *e = t->explanation;
    for (size_t i = 0; e && i < e->step_count; i++) {
        const struct operation *o = &t->history->operations[e->steps[i].operation];
        const double y = d->top + (double)timeline_row(t, o->process) * ROW + ROW - BAR / 2.0 - 6;
        text_add(d->svg, "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" class=\"down\"/>\n",
                 t->step_x[i], y, t->step_x[i], d->states);
        text_add(d->svg, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"%d\"/>", t->step_x[i], y, RADIUS);
        text_add(d->svg, "<text x=\"%.1f\" y=\"%.1f\" class=\"number\">%llu</text>\n", t->step_x[i],
                 y + DOWN, (unsigned long long)(e->steps_before + i + 1));
    }
}

static void draw_state(struct drawing *d, double from, double to, const char *state) {
    text_add(d->svg, "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%d\" class=\"state\"/>\n",
             from, d->states, to - from, STATE_HEIGHT);
    add_words(d, from + 5, d->states + STATE_HEIGHT - 9, "", state, to - from - 8);
}

static void draw_states(struct drawing *d) {
    const struct timeline *t = d->t;
    const struct check_explanation *e = t->explanation;
    if (!e || !e->state) return;
    double from = timeline_x(t, 0);
    const char *state = e->state;
    text_add(d->svg, "<text x=\"16\" y=\"%.1f\">then held</text>\n", d->states + STATE_HEIGHT - 9);
    for (size_t i = 0; i < e->step_count; i++) {
        if (strcmp(e->steps[i].state, state) == 0) continue;
        draw_state(d, from, t->step_x[i], state);
        from = t->step_x[i];
        state = e->steps[i].state;
    }
    draw_state(d, from, timeline_right(t), state);
}

/* ---- axis, legend, title ---- */

struct unit {
    int64_t ns;
    const char *name;
};

static struct unit unit_for(int64_t span) {
    static const struct unit units[] = {
        {1000000000, "s"}, {1000000, "ms"}, {1000, "µs"}, {1, "ns"}};
    size_t i = 0;
    while (i < 3 && span < 2 * units[i].ns) i++;
    return units[i];
}

static void draw_axis(struct drawing *d) {
    enum { LABEL_WIDTH = 44 };
    const struct timeline *t = d->t;
    const int64_t first = t->moments[0].ns, span = t->moments[t->moment_count - 1].ns - first;
    const int64_t base = first > span ? first
                                      : 0; /* far from the beginning: from the first event on */
    const struct unit unit = unit_for(span + (base ? 0 : first));
    double free_from = 0;
    text_add(d->svg, "<line x1=\"%d\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"#444444\"/>\n",
             TIMELINE_LEFT, d->axis, timeline_right(t), d->axis);
    for (size_t i = 0; i < t->moment_count; i++) {
        const double x = timeline_x(t, i),
                     value = (double)(t->moments[i].ns - base) / (double)unit.ns;
        text_add(d->svg,
                 "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"#444444\"/>", x,
                 d->axis, x, d->axis + 5);
        if (x < free_from) continue;
        text_add(d->svg, "<text x=\"%.1f\" y=\"%.1f\" class=\"tick\">%.*f</text>\n", x,
                 d->axis + 20,
                 unit.ns == 1 || value >= 1000 ? 0
                 : value >= 100                ? 1
                                               : 2,
                 value);
        free_from = x + LABEL_WIDTH;
    }
    struct text title = {0};
    text_add(&title, "time [%s]", unit.name);
    if (base) {
        text_add(&title, " after ");
        text_add_ns(&title, base);
    }
    text_add(&title, ", events evenly spaced");
    text_add(d->svg,
             "<text x=\"%.1f\" y=\"%.1f\" class=\"small\" text-anchor=\"middle\">%s</text>\n",
             (TIMELINE_LEFT + timeline_right(t)) / 2, d->axis + 38, text_string(&title));
    text_free(&title);
}

static void draw_legend(struct drawing *d) {
    static const struct {
        const char *fill, *class, *words;
        double width;
    } entries[] = {
        {"#0072B2", "bar", "reads", 92},
        {"#E69F00", "bar", "writes", 96},
        {"#009E73", "bar", "both", 84},
        {"url(#hatched)", "stuck\" stroke=\"#D55E00", "fits nowhere", 140},
        {"#999999", "open\" stroke=\"#666666", "? outcome unknown", 182},
        {"#888888", "fault", "fault", 84},
    };
    const double y = d->height - 56;
    double x = 24;
    for (size_t i = 0; i < sizeof entries / sizeof *entries; i++) {
        text_add(d->svg,
                 "<rect x=\"%.1f\" y=\"%.1f\" width=\"28\" height=\"16\" fill=\"%s\" class=\"%s\"/>"
                 "<text x=\"%.1f\" y=\"%.1f\" class=\"small\">%s</text>\n",
                 x, y, entries[i].fill, entries[i].class, x + 34, y + 13, entries[i].words);
        x += entries[i].width;
    }
    text_add(d->svg,
             "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"10\"/><text x=\"%.1f\" y=\"%.1f\" "
             "class=\"number\">1</text>"
             "<text x=\"%.1f\" y=\"%.1f\" class=\"small\">the longest order of the "
             "others that was found: each takes effect at its number</text>\n",
             38.0, y + 34, 38.0, y + 39, 58.0, y + 39);
}

static void draw_head(struct drawing *d) {
    const struct timeline *t = d->t;
    struct text title = {0};
    text_add(&title, "%s: %s", t->spec->name, t->anomaly->name);
    if (t->anomaly->key != VALUE_NULL)
        text_add(&title, ", key %s", names_string(&t->history->keys, t->anomaly->key));
    add_words(d, 16, 30, "font-size=\"20\" font-weight=\"bold\"", text_string(&title), d->width);
    text_free(&title);
}

static const char head[] =
    "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%.0f\" height=\"%.0f\" viewBox=\"0 0 %.0f "
    "%.0f\" "
    "font-family=\"DejaVu Sans, sans-serif\" font-size=\"15\">\n"
    "<defs><pattern id=\"hatched\" width=\"8\" height=\"8\" patternUnits=\"userSpaceOnUse\" "
    "patternTransform=\"rotate(45)\"><rect width=\"8\" height=\"8\" fill=\"#ffffff\"/>"
    "<rect width=\"4\" height=\"8\" fill=\"#D55E00\"/></pattern></defs>\n"
    "<style>.bar{fill-opacity:.55}.stuck{stroke-width:3}.open{fill-opacity:.25;stroke-dasharray:6 "
    "4}"
    ".fault{fill:#888888;fill-opacity:.16}.state{fill:#ffffff;stroke:#444444}"
    ".down{stroke:#444444;stroke-dasharray:2 "
    "4}.number{fill:#ffffff;font-size:13px;text-anchor:middle}"
    ".small{font-size:13px}.tick{font-size:13px;text-anchor:middle;fill:#444444}</style>\n"
    "<rect width=\"100%%\" height=\"100%%\" fill=\"#ffffff\"/>\n";

void timeline_draw(const struct timeline *t, struct text *svg) {
    enum { HEAD = 44, LINE = 20, MARGIN = 24, LANES = 3 };
    struct text words = {0};
    struct drawing d = {.t = t, .svg = &words, .width = timeline_right(t) + MARGIN};
    const int lines = add_lines(&d, HEAD + 12, t->anomaly->why, d.width - 2 * MARGIN);
    const size_t lanes = t->fault_count < LANES ? t->fault_count : LANES;
    d.top = HEAD + lines * LINE + 16 + (double)lanes * LANE;
    d.states = d.top + (double)t->row_count * ROW + 14;
    d.axis = d.states + STATE_HEIGHT + 12;
    d.height = d.axis + AXIS + LEGEND;
    text_add(svg, head, d.width, d.height, d.width, d.height);
    d.svg = svg;
    draw_rows(&d);
    text_add_bytes(svg, words.data, words.size);
    draw_head(&d);
    draw_faults(&d);
    for (size_t i = 0; i < t->operation_count; i++) draw_operation(&d, t->operations[i]);
    draw_steps(&d);
    draw_states(&d);
    draw_axis(&d);
    draw_legend(&d);
    text_add(svg, "</svg>\n");
    text_free(&words);
}
