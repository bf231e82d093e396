/*
 * fork(), a pipe and poll(): nothing is shared with a process but what it inherits.
 */
#include "explore/pool.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/text.h"
#include "report/progress.h"

enum { TICK_MS = 200, RESULT_BYTES_MAX = 1 << 20, EXIT_CODE_KILLED = 4 };

struct worker {
    pid_t process; /* 0: none */
    int from;
    int64_t job, begun_ms;
    bool hung;
    struct text wrote;
};

/* Never returns. */
static void become_worker(const struct pool *pool, int64_t job, int to) {
    /* The terminal's interrupt is for whoever began all this, who sees to the rest. */
    signal(SIGINT, SIG_IGN);
    signal(SIGTERM, SIG_DFL);
    const int nowhere = open("/dev/null", O_RDWR);
    if (nowhere >= 0) {
        dup2(nowhere, STDIN_FILENO);
        dup2(nowhere, STDOUT_FILENO);
        dup2(nowhere, STDERR_FILENO);
    }
    const int code = pool->work(pool->context, job, to);
    _exit(code);
}

void pool_tell(int to, const char *bytes, size_t size) {
    while (size > 0) {
        const ssize_t wrote = write(to, bytes, size);
        if (wrote < 0 && errno != EINTR)
            return; /* nobody listens: the result is that there is none */
        if (wrote <= 0) continue;
        bytes += wrote;
        size -= (size_t)wrote;
    }
}

static bool begin(const struct pool *pool, struct worker *worker, int64_t job) {
    int ends[2];
    if (pipe(ends) != 0) return false;
    fcntl(ends[0], F_SETFD, FD_CLOEXEC);
    fflush(NULL);
    const pid_t process = fork();
    if (process == 0) {
        close(ends[0]);
        become_worker(pool, job, ends[1]);
    }
    const int error = errno;
    close(ends[1]);
    if (process < 0) {
        close(ends[0]);
        errno = error;
        return false;
    }
    worker->process = process;
    worker->from = ends[0];
    worker->job = job;
    worker->begun_ms = wall_clock_ms();
    worker->hung = false;
    text_clear(&worker->wrote);
    return true;
}

/* What has come; false: that was all. */
static bool take(struct worker *worker) {
    char bytes[4096];
    const ssize_t size = read(worker->from, bytes, sizeof bytes);
    if (size < 0) return errno == EINTR || errno == EAGAIN;
    if (size > 0 && worker->wrote.size < RESULT_BYTES_MAX)
        text_add_bytes(&worker->wrote, bytes, (size_t)size);
    return size > 0;
}

static bool end(const struct pool *pool, struct worker *worker) {
    int status = 0;
    close(worker->from);
    while (waitpid(worker->process, &status, 0) < 0 && errno == EINTR) {}
    worker->process = 0;
    const struct pool_result result = {.job = worker->job,
                                       .end = worker->hung        ? POOL_HUNG
                                              : WIFEXITED(status) ? POOL_DONE
                                                                  : POOL_CRASHED,
                                       .code = WIFEXITED(status) ? WEXITSTATUS(status)
                                                                 : EXIT_CODE_KILLED,
                                       .signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0,
                                       .bytes = text_string(&worker->wrote),
                                       .size = worker->wrote.size};
    return pool->done(pool->context, &result);
}

static void kill_hung(const struct pool *pool, struct worker *workers) {
    const int64_t now = wall_clock_ms();
    for (int i = 0; i < pool->at_once; i++) {
        struct worker *w = &workers[i];
        if (!w->process || w->hung || now - w->begun_ms < pool->timeout_ms) continue;
        w->hung = true;
        kill(w->process, SIGKILL);
    }
}

/* Waits for whichever writes or ends; false: enough. */
static bool attend(const struct pool *pool, struct worker *workers, struct pollfd *polled) {
    for (int i = 0; i < pool->at_once; i++)
        polled[i] =
            (struct pollfd){.fd = workers[i].process ? workers[i].from : -1, .events = POLLIN};
    if (poll(polled, (nfds_t)pool->at_once, TICK_MS) < 0 && errno != EINTR) return false;
    bool more = true;
    for (int i = 0; i < pool->at_once && more; i++) {
        if (!workers[i].process || !polled[i].revents) continue;
        if (!take(&workers[i])) more = end(pool, &workers[i]);
    }
    kill_hung(pool, workers);
    return more && (!pool->tick || pool->tick(pool->context));
}

bool pool_run(const struct pool *pool) {
    struct worker *workers = must_calloc((size_t)pool->at_once, sizeof *workers);
    struct pollfd *polled = must_calloc((size_t)pool->at_once, sizeof *polled);
    int64_t next = 0;
    int running = 0;
    bool good = true, more = true;
    while (good && more) {
        running = 0;
        for (int i = 0; i < pool->at_once && good; i++) {
            if (!workers[i].process && next < pool->jobs) good = begin(pool, &workers[i], next++);
            running += workers[i].process != 0;
        }
        if (!good || running == 0) break;
        more = attend(pool, workers, polled);
    }
    const int error = errno;
    for (int i = 0; i < pool->at_once; i++) {
        if (workers[i].process) {
            kill(workers[i].process, SIGKILL);
            close(workers[i].from);
            while (waitpid(workers[i].process, NULL, 0) < 0 && errno == EINTR) {}
        }
        text_free(&workers[i].wrote);
    }
    free(workers);
    free(polled);
    errno = error;
    return good;
}
