#include "whole_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

bool whole_file(const char *folder, const char *name,
                bool (*write)(void *context, struct output *, struct text *error), void *context,
                struct text *error) {
    struct text path = {0}, passing = {0};
    text_add(&path, "%s/%s", folder, name);
    text_add(&passing, "%s.%d.partial", text_string(&path), (int)getpid());
    const int descriptor = open(text_string(&passing), O_WRONLY | O_CREAT | O_TRUNC, 0644);
    bool good = descriptor >= 0;
    if (good) {
        struct output *o = output_to_descriptor(descriptor, OUTPUT_BUFFER_LARGE);
        good = write(context, o, error);
        const bool taken = output_close(o);
        good = close(descriptor) == 0 && taken && good &&
               rename(text_string(&passing), text_string(&path)) == 0;
        if (!good) unlink(text_string(&passing));
    }
    if (!good && !error->size) text_add(error, "%s: %s", text_string(&path), strerror(errno));
    if (good) printf("%s\n", text_string(&path));
    text_free(&path);
    text_free(&passing);
    return good;
}

bool whole_file_read(const char *path, struct text *content) {
    char block[1 << 16];
    FILE *file = fopen(path, "rb");
    if (!file) return false;
    const size_t most = content->size + WHOLE_FILE_BYTES_MAX;
    for (size_t got; content->size <= most && (got = fread(block, 1, sizeof block, file)) > 0;)
        text_add_bytes(content, block, got);
    const int why = ferror(file) ? errno : content->size > most ? EFBIG : 0;
    fclose(file);
    errno = why;
    return why == 0;
}
