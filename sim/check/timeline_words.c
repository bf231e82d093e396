/* The words of a picture: how wide they are, and cut to their room. */
#include <string.h>

#include "check/timeline_draw.h"

/* ---- how wide: whoever reads an SVG sets its text, so this is never less than what comes out ----
 */

#define ELLIPSIS "…"
static const double narrow = 0.8, usual = 1.06, wide = 1.4, widest = 1.75;

static bool is_within_character(char c) { return ((unsigned char)c & 0xc0) == 0x80; }

/* In characters of average width. */
static double width_of(const char *c) {
    const unsigned char first = (unsigned char)*c;
    if (is_within_character(*c)) return 0;
    if (first >= 0xe0 || first == 0x7f || strchr("mMW@%", *c)) return widest;
    if (first >= 0x80 || (*c >= 'A' && *c <= 'Z') || strchr("w<>&=+~#^", *c)) return wide;
    return strchr(" !'(),-./:;[]fijlrt|", *c) ? narrow : usual;
}

double draw_width(const char *words) {
    double width = 0;
    while (*words) width += width_of(words++);
    return width;
}

/* So many bytes from the beginning, whole characters. */
static size_t head_that_fits(const char *words, size_t size, double room) {
    size_t end = 0;
    for (size_t i = 0; i < size; i++) {
        if (!is_within_character(words[i])) end = i;
        room -= width_of(words + i);
        if (room < 0) return end;
    }
    return size;
}

static size_t tail_that_fits(const char *words, size_t size, double room) {
    size_t begin = size;
    for (size_t i = size; i > 0; i--) {
        room -= width_of(words + i - 1);
        if (room < 0) break;
        if (!is_within_character(words[i - 1])) begin = i - 1;
    }
    return size - begin;
}

/* ---- as SVG ---- */

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

void draw_words(struct drawing *d, double x, double y, const char *style, const char *words,
                double room, double character) {
    enum { LEAST = 3 };
    const size_t size = strlen(words);
    const double fits = room / character, half = (fits - widest) / 2;
    const bool whole = draw_width(words) <= fits;
    if (fits < LEAST && !whole) return;
    text_add(d->svg, "<text x=\"%.1f\" y=\"%.1f\" %s>", x, y, style);
    if (whole) {
        add_escaped(d->svg, words, size);
    } else {
        const size_t tail = tail_that_fits(words, size, half);
        add_escaped(d->svg, words, head_that_fits(words, size, half));
        text_add(d->svg, ELLIPSIS);
        add_escaped(d->svg, words + size - tail, tail);
    }
    text_add(d->svg, "</text>\n");
}

int draw_lines(struct drawing *d, double y, const char *words) {
    enum { LINES_MAX = 6, STEP = 20 };
    const double fits = (d->width - 2 * TIMELINE_MARGIN) / TIMELINE_SMALL_WORD;
    int lines = 0;
    while (*words && lines < LINES_MAX) {
        const size_t size = strlen(words), most = head_that_fits(words, size, fits);
        size_t cut = most;
        if (most < size) {
            while (cut > most / 2 && words[cut] != ' ') cut--;
            if (words[cut] != ' ') cut = most;
        }
        text_add(d->svg, "<text x=\"16\" y=\"%.1f\" class=\"small\">", y + lines++ * STEP);
        add_escaped(d->svg, words, cut);
        text_add(d->svg, "%s</text>\n", lines == LINES_MAX && cut < size ? " " ELLIPSIS : "");
        words += cut + (words[cut] == ' ');
    }
    return lines;
}
