/*
 * contained SECONDS MEGABYTES COMMAND...: runs a command and says on fd 3 what it took, when that
 * is more: processor time, not the clock's, so that a busy machine changes little, and the most
 * memory that it had at once. What has not ended after thirty times the seconds is killed. Its exit
 * code, or 128 and the signal.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static double seconds(struct timeval t) { return (double)t.tv_sec + (double)t.tv_usec / 1e6; }

static pid_t child;
static void stop(int signal) {
    (void)signal;
    kill(child, SIGKILL);
}

int main(int count, char **words) {
    if (count < 4) return 2;
    const double most_seconds = atof(words[1]), most_megabytes = atof(words[2]);
    child = fork();
    if (child < 0) return 2;
    if (child == 0) {
        execv(words[3], words + 3);
        _exit(127);
    }
    signal(SIGALRM, stop);
    alarm((unsigned)(most_seconds * 30));
    int status;
    struct rusage used;
    while (wait4(child, &status, 0, &used) < 0) {}
    const double took = seconds(used.ru_utime) + seconds(used.ru_stime),
                 megabytes = (double)used.ru_maxrss / 1024;
    if (took > most_seconds)
        dprintf(3, "took %.2f s of a processor, expected %.2f at most\n", took, most_seconds);
    if (megabytes > most_megabytes)
        dprintf(3, "took %.0f MB, expected %.0f at most\n", megabytes, most_megabytes);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
