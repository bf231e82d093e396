/*
 * The setting synchronous_standby_names (manual 20.6.2; grammar: syncrep_gram.y):
 *
 *   [FIRST] n ( name [, ...] )    the first n of the list that are connected
 *   ANY n ( name [, ...] )        any n of the list: a quorum
 *   name [, ...]                  as FIRST 1 ( ... )
 *
 * A name is compared with application_name without regard to case; "*" matches any.
 */
#include "postgres/internal.h"

enum token { TOKEN_END, TOKEN_NAME, TOKEN_NUMBER, TOKEN_OPEN, TOKEN_CLOSE, TOKEN_COMMA, TOKEN_BAD };

struct scanner {
    struct sim_bytes text;
    size_t at;
    enum token token;
    char word[NAME_BYTES];
    int64_t number;
    bool quoted;
};

static bool is_digit(uint8_t c) { return c >= '0' && c <= '9'; }
static bool is_word(uint8_t c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '_' ||
           c == '$' || c >= 0x80;
}
static uint8_t lower(uint8_t c) { return c >= 'A' && c <= 'Z' ? (uint8_t)(c + 32) : c; }

static bool same_word(const char *a, const char *b) {
    while (*a && lower((uint8_t)*a) == lower((uint8_t)*b)) {
        a++;
        b++;
    }
    return lower((uint8_t)*a) == lower((uint8_t)*b);
}

static void take_word(struct scanner *s, size_t from, size_t to) {
    const size_t size = to - from < NAME_BYTES - 1 ? to - from : NAME_BYTES - 1;
    memcpy(s->word, s->text.data + from, size);
    s->word[size] = '\0';
}

static void advance(struct scanner *s) {
    while (s->at < s->text.size && (s->text.data[s->at] == ' ' || s->text.data[s->at] == '\t' ||
                                    s->text.data[s->at] == '\n'))
        s->at++;
    s->quoted = false;
    if (s->at == s->text.size) {
        s->token = TOKEN_END;
        return;
    }
    const size_t from = s->at;
    const uint8_t c = s->text.data[s->at++];
    if (c == '(' || c == ')' || c == ',') {
        s->token = c == '(' ? TOKEN_OPEN : c == ')' ? TOKEN_CLOSE : TOKEN_COMMA;
    } else if (c == '*') {
        s->token = TOKEN_NAME;
        take_word(s, from, s->at);
    } else if (c == '"') {
        while (s->at < s->text.size && s->text.data[s->at] != '"') s->at++;
        s->token = s->at < s->text.size ? TOKEN_NAME : TOKEN_BAD;
        take_word(s, from + 1, s->at);
        if (s->at < s->text.size) s->at++;
        s->quoted = true;
    } else if (is_word(c)) {
        bool number = is_digit(c);
        while (s->at < s->text.size && is_word(s->text.data[s->at])) {
            number = number && is_digit(s->text.data[s->at]);
            s->at++;
        }
        take_word(s, from, s->at);
        s->token = number && s->at - from < 10 ? TOKEN_NUMBER : TOKEN_NAME;
        s->number = 0;
        for (size_t i = from; s->token == TOKEN_NUMBER && i < s->at; i++)
            s->number = s->number * 10 + (s->text.data[i] - '0');
    } else {
        s->token = TOKEN_BAD;
    }
}

static bool read_list(struct memory *memory, struct scanner *s, struct sync_names *names) {
    while (s->token == TOKEN_NAME || s->token == TOKEN_NUMBER) {
        names->names = memory_resize(memory, names->names, names->count * NAME_BYTES,
                                     (names->count + 1) * NAME_BYTES);
        memcpy(names->names[names->count++], s->word, NAME_BYTES);
        advance(s);
        if (s->token != TOKEN_COMMA) return true;
        advance(s);
    }
    return false;
}

static bool read_setting(struct memory *memory, struct scanner *s, struct sync_names *names) {
    *names = (struct sync_names){.method = SYNC_FIRST, .wanted = 1};
    advance(s);
    if (s->token == TOKEN_END) return true;
    const struct scanner first = *s;
    bool counted = s->token == TOKEN_NUMBER;
    if (s->token == TOKEN_NAME && !s->quoted &&
        (same_word(s->word, "first") || same_word(s->word, "any"))) {
        names->method = same_word(s->word, "any") ? SYNC_ANY : SYNC_FIRST;
        advance(s);
        counted = s->token == TOKEN_NUMBER;
        if (!counted) { /* a standby may be called "first" */
            *s = first;
            names->method = SYNC_FIRST;
        }
    }
    if (counted) {
        const int64_t wanted = s->number;
        advance(s);
        if (s->token == TOKEN_OPEN) {
            names->wanted = wanted;
            advance(s);
            if (!read_list(memory, s, names) || s->token != TOKEN_CLOSE) return false;
            advance(s);
            return s->token == TOKEN_END && wanted > 0;
        }
        *s = first;
        names->method = SYNC_FIRST;
    }
    return read_list(memory, s, names) && s->token == TOKEN_END;
}

bool sync_names_read(struct memory *memory, struct sim_bytes text, struct sync_names *names,
                     struct text *refusal) {
    struct scanner s = {.text = text};
    if (read_setting(memory, &s, names)) return true;
    text_add(refusal,
             "synchronous_standby_names: a syntax error at byte %zu of \"%.*s\"; expected "
             "names (\"a, b\"), \"FIRST 1 (a, b)\" or \"ANY 1 (a, b)\"",
             s.at, (int)text.size, (const char *)text.data);
    return false;
}

/* syncrep.c, SyncRepGetStandbyPriority: the place in the list, from 1; 0: asynchronous. In a quorum
 * all are alike. */
int64_t sync_priority(const struct sync_names *names, const char *application_name) {
    for (size_t i = 0; i < names->count; i++)
        if (same_word(names->names[i], "*") || same_word(names->names[i], application_name))
            return names->method == SYNC_FIRST ? (int64_t)i + 1 : 1;
    return 0;
}
