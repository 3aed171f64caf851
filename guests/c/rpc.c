// Calls and serves /beta/rpc with plain POSIX calls.
//
//   rpc call SERVICE TEXT          writes the response to stdout
//   rpc send SERVICE TEXT          sends without waiting for a response
//   rpc check SERVICE COUNT NAME   COUNT calls, each of which must give "echo:" and its request
//   rpc time SERVICE COUNT         as check; prints the median of one call in nanoseconds
//   rpc serve SERVICE              answers every call with "echo:" and its request until there are no more
//   rpc once SERVICE HOW           takes one call and: close (answers nothing), exit, trap, partial (writes half an answer and traps),
//                                  big (writes 4 MiB), empty (fsync), hang (reads no end)
//
// Exits with 0; with the errno of the call that failed; 200 for wrong arguments; 201 for a wrong answer.

#include <stdint.h>
#include <time.h>

#include "io.h"

static char path[300], request[1 << 20], answer[1 << 20];

static int open_file(const char *service, const char *file, int flags) {
    snprintf(path, sizeof path, "/beta/rpc/%s/%s", service, file);
    return open(path, flags);
}

// One call. Returns the length of the answer, or -1 with errno.
static ssize_t call(const char *service, const char *text, size_t length) {
    int fd = open_file(service, "call", O_RDWR);
    if (fd < 0)
        return -1;
    ssize_t count = write_all(fd, text, length) != 0 ? -1 : read_fd(fd, answer, sizeof answer);
    int error = errno;
    close(fd);
    errno = error;
    return count;
}

static int compare(const void *left, const void *right) {
    int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;
    return (a > b) - (a < b);
}

static int64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static int check(const char *service, long count, const char *name, int64_t *times) {
    for (long i = 0; i < count; i++) {
        int64_t start = times ? now() : 0;
        int length = snprintf(request, sizeof request, "%s-%ld", name, i);
        ssize_t got = call(service, request, (size_t)length);
        if (got < 0)
            return errno;
        if (got != length + 5 || memcmp(answer, "echo:", 5) != 0 || memcmp(answer + 5, request, (size_t)length) != 0)
            return 201;
        if (times)
            times[i] = now() - start;
    }
    return 0;
}

static int serve(const char *service) {
    for (;;) {
        int fd = open_file(service, "accept", O_RDWR);
        if (fd < 0)
            return errno == ECANCELED ? 0 : errno;
        ssize_t length = read_fd(fd, request + 5, sizeof request - 5);
        if (length < 0)
            return errno;
        memcpy(request, "echo:", 5);
        // A caller that has gone is no reason to stop.
        if (write_all(fd, request, (size_t)length + 5) != 0 && errno != EPIPE)
            return errno;
        if (close(fd) != 0 && errno != EPIPE)
            return errno;
    }
}

static int once(const char *service, const char *how) {
    int fd = open_file(service, "accept", O_RDWR);
    if (fd < 0 || read_fd(fd, request, sizeof request) < 0)
        return errno;
    if (strcmp(how, "exit") == 0)
        return 3;
    if (strcmp(how, "trap") == 0)
        __builtin_trap();
    if (strcmp(how, "partial") == 0) {
        write_all(fd, "half", 4);
        __builtin_trap();
    }
    if (strcmp(how, "big") == 0) {
        for (int i = 0; i < 4; i++)
            if (write_all(fd, answer, sizeof answer) != 0)
                return errno;
    }
    if (strcmp(how, "empty") == 0 && fsync(fd) != 0)
        return errno;
    if (strcmp(how, "hang") == 0)
        for (;;)
            sleep(1000);
    return close(fd) == 0 ? 0 : errno;
}

int main(int argc, char **argv) {
    if (argc < 3)
        return 200;
    const char *verb = argv[1], *service = argv[2];
    if (strcmp(verb, "serve") == 0)
        return serve(service);
    if (argc < 4)
        return 200;
    if (strcmp(verb, "once") == 0)
        return once(service, argv[3]);
    if (strcmp(verb, "check") == 0 && argc == 5)
        return check(service, strtol(argv[3], NULL, 10), argv[4], NULL);
    if (strcmp(verb, "time") == 0) {
        long count = strtol(argv[3], NULL, 10);
        int64_t *times = malloc((size_t)count * sizeof *times);
        int error = times == NULL ? ENOMEM : check(service, count, "time", times);
        if (error != 0)
            return error;
        qsort(times, (size_t)count, sizeof *times, compare);
        printf("%lld\n", (long long)times[count / 2]);
        return 0;
    }
    if (strcmp(verb, "call") == 0) {
        ssize_t length = call(service, argv[3], strlen(argv[3]));
        return length < 0 ? errno : write_all(STDOUT_FILENO, answer, (size_t)length) == 0 ? 0 : errno;
    }
    if (strcmp(verb, "send") == 0) {
        int fd = open_file(service, "call", O_WRONLY);
        if (fd < 0 || write_all(fd, argv[3], strlen(argv[3])) != 0)
            return errno;
        return close(fd) == 0 ? 0 : errno;
    }
    return 200;
}
