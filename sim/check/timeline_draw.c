/* A layout as SVG. */
#include "check/timeline_draw.h"

#include <string.h>

#include "check/brief.h"

enum { ROW = 62, BAR = 26, LANE = 18, STATE_HEIGHT = 30, AXIS = 46 };

static const char blue[] = "#0072B2", orange[] = "#E69F00", green[] = "#009E73",
                  vermillion[] = "#D55E00";

/* ---- faults ---- */

/* Of events at one time a fault has all within it: it begins at the first, and ends at the last. */
static double x_of_time(const struct timeline *t, int64_t ns, bool begins) {
    size_t column = 0;
    while (column + 1 < t->moment_count && t->moments[column + 1].ns <= ns) column++;
    if (ns <= t->moments[column].ns) {
        while (begins && column > 0 && t->moments[column - 1].ns == ns) column--;
        return timeline_x(t, column);
    }
    if (column + 1 == t->moment_count) return timeline_right(t);
    const double from = (double)t->moments[column].ns, to = (double)t->moments[column + 1].ns;
    const double x = timeline_x(t, column), next = timeline_x(t, column + 1);
    return x + ((double)ns - from) / (to - from) * (next - x);
}

/* The first lane in which nothing is written there; LANES_MAX: none. */
static size_t free_lane(const struct drawing *d, double at, double width) {
    bool taken[LANES_MAX + 1] = {false};
    for (size_t i = 0; i < d->t->fault_count; i++) {
        const struct fault_label *other = &d->labels[i];
        if (other->width > 0 && other->at < at + width && at < other->at + other->width)
            taken[other->lane] = true;
    }
    size_t lane = 0;
    while (lane < LANES_MAX && taken[lane]) lane++;
    return lane;
}

static void place_label(struct drawing *d, size_t number) {
    enum { GAP = 5 };
    const struct timeline_fault *f = &d->t->faults[number];
    const double right = d->width - TIMELINE_MARGIN;
    double width = draw_width(f->label) * TIMELINE_SMALL_WORD + GAP;
    double at = x_of_time(d->t, f->from_ns, true) + GAP;
    if (width > right - TIMELINE_LEFT) width = right - TIMELINE_LEFT;
    if (at + width > right) at = right - width; /* near the right end: to the left */
    const size_t lane = free_lane(d, at, width);
    d->labels[number] = (struct fault_label){at, width, lane};
    if (lane < LANES_MAX && lane + 1 > d->lane_count) d->lane_count = lane + 1;
}

/* The nearest to what is stuck first: there may not be room for all. */
static void place_labels(struct drawing *d) {
    const struct timeline *t = d->t;
    for (size_t placed = 0; placed < t->fault_count; placed++) {
        size_t next = SIZE_MAX;
        for (size_t i = 0; i < t->fault_count; i++)
            if (d->labels[i].width <= 0 &&
                (next == SIZE_MAX || timeline_fault_distance(t, &t->faults[i]) <
                                         timeline_fault_distance(t, &t->faults[next])))
                next = i;
        place_label(d, next);
    }
}

static void draw_fault(struct drawing *d, size_t number) {
    enum { THIN = 3, UP = 13 };
    const struct timeline *t = d->t;
    const struct timeline_fault *f = &t->faults[number];
    const struct fault_label *label = &d->labels[number];
    const double x = x_of_time(t, f->from_ns, true);
    const double to = x_of_time(t, f->to_ns, f->to_ns == f->from_ns);
    const double y = d->top - LANE * (1 + (double)(label->lane % LANES_MAX));
    text_add(d->svg,
             "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" class=\"fault\"/>\n", x,
             y - UP, to - x > THIN ? to - x : THIN, d->axis - y + UP);
    if (label->lane < LANES_MAX)
        draw_words(d, label->at, y, "class=\"small\" fill=\"#444444\"", f->label, label->width,
                   TIMELINE_SMALL_WORD);
}

/* ---- operations ---- */

static bool is_open(const struct operation *o) {
    return o->end == OPERATION_OPEN || o->end == OPERATION_INFO;
}

static const char *colour_of(const char *f) {
    if (strcmp(f, "read") == 0 || strcmp(f, "get") == 0) return blue;
    return strcmp(f, "cas") == 0 || strcmp(f, "rmw") == 0 ? green : orange;
}

/* Where the next of the row begins; the picture's right end, if none does. */
static double room_until(const struct drawing *d, const struct operation *o) {
    const struct timeline *t = d->t;
    double until = d->width;
    for (size_t i = 0; i < t->operation_count; i++) {
        const struct operation *other = &t->history->operations[t->operations[i]];
        if (other->process != o->process || other->invoked_line <= o->invoked_line) continue;
        const double x = timeline_x(t, timeline_column(t, other->invoked_line));
        if (x < until) until = x;
    }
    return until;
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
    brief_add_operation(&name, t->history, o, BRIEF_JSON);
    if (stuck) text_add(&name, " ✗");
    draw_words(d, x, y - 6, stuck ? "fill=\"#A04000\" font-weight=\"bold\"" : "",
               text_string(&name), room_until(d, o) - x - 4,
               stuck ? TIMELINE_BOLD_WORD : TIMELINE_WORD);
    text_free(&name);
}

/* A long number stands alone. */
static void draw_process(struct drawing *d, double y, const char *process) {
    const double room = TIMELINE_LEFT - 16 - 4;
    struct text name = {0};
    text_add(&name, "process %s", process);
    const bool fits = draw_width(text_string(&name)) * TIMELINE_SMALL_WORD <= room;
    draw_words(d, 16, y, fits ? "" : "class=\"small\"", fits ? text_string(&name) : process, room,
               TIMELINE_SMALL_WORD);
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
        draw_process(d, y + ROW - BAR / 2.0 - 1,
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
        text_add(d->svg, "<text x=\"%.1f\" y=\"%.1f\" class=\"number\">%zu</text>\n", t->step_x[i],
                 y + DOWN, i + 1);
    }
}

static void draw_state(struct drawing *d, double from, double to, const char *state) {
    text_add(d->svg, "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%d\" class=\"state\"/>\n",
             from, d->states, to - from, STATE_HEIGHT);
    draw_words(d, from + 5, d->states + STATE_HEIGHT - 9, "", state, to - from - 8, TIMELINE_WORD);
}

static void draw_states(struct drawing *d) {
    const struct timeline *t = d->t;
    const struct check_explanation *e = t->explanation;
    if (!e || !e->state) return;
    double from = t->state_x;
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

/* ---- all of it ---- */

static void draw_head(struct drawing *d) {
    const struct timeline *t = d->t;
    struct text title = {0};
    text_add(&title, "%s: %s", t->spec->name, t->anomaly->name);
    if (t->anomaly->key != VALUE_NULL)
        text_add(&title, ", key %s", names_string(&t->history->keys, t->anomaly->key));
    draw_words(d, 16, 30, "font-size=\"20\" font-weight=\"bold\"", text_string(&title),
               d->width - 16, TIMELINE_TITLE_WORD);
    text_free(&title);
}

/* What is stuck has room for its value. */
static double picture_width(const struct timeline *t) {
    enum { STUCK_ROOM = 260 };
    double width = timeline_right(t) + TIMELINE_MARGIN;
    if (!t->explanation) return width;
    const struct operation *o = &t->history->operations[t->explanation->stuck];
    const double needed = timeline_x(t, timeline_column(t, o->invoked_line)) + STUCK_ROOM;
    return width > needed ? width : needed;
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
    enum { HEAD = 44, LINE = 20 };
    struct text words = {0};
    struct drawing d = {.t = t, .svg = &words, .width = picture_width(t)};
    const int lines = draw_lines(&d, HEAD + 12, t->anomaly->why);
    place_labels(&d);
    d.top = HEAD + lines * LINE + 16 + (double)d.lane_count * LANE;
    d.states = d.top + (double)t->row_count * ROW + 14;
    d.axis = d.states + STATE_HEIGHT + 12;
    d.height = d.axis + AXIS + TIMELINE_LEGEND;
    text_add(svg, head, d.width, d.height, d.width, d.height);
    d.svg = svg;
    draw_rows(&d);
    text_add_bytes(svg, words.data, words.size);
    draw_head(&d);
    for (size_t i = 0; i < t->fault_count; i++) draw_fault(&d, i);
    for (size_t i = 0; i < t->operation_count; i++) draw_operation(&d, t->operations[i]);
    draw_steps(&d);
    draw_states(&d);
    draw_axis(&d);
    draw_legend(&d);
    text_add(svg, "</svg>\n");
    text_free(&words);
}
