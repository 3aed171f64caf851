// Tells a secret to whoever may listen, in ways that happen to programs by accident. For the tests that look for it.
//
//   leak NAME HOW
//
// NAME is a secret below /beta/secrets. HOW is one of
//
//   line      a line on stdout
//   bytes     a line on stderr, one byte at a time
//   both      a line on stdout and one on stderr, one byte at a time in turn
//   long      a line on stdout that is cut where the secret is
//   exit      a line on stderr, then exit code 3
//   trap      a line on stderr, then a trap
//   tail      so much on stderr that the secret is where the host has forgotten the first half of it, then exit code 3
//   open      the name of a file that is opened below /test/broken, and how that failed
//   create    the name of a file that is left open below /test/full
//   call      what is asked of /beta/rpc/say
//   field     the name of a field of the response that is malformed
//   serve     the same of the responses to all requests of a daemon

#include <stdbool.h>

#include "io.h"

enum { SIZE = 4096, LINE = 8 << 10, TAIL = 64 << 10 };

static char secret[SIZE];
static size_t length;

static void fill(int fd, size_t count) {
    static char filler[1024];
    memset(filler, 'x', sizeof filler);
    for (; count > 0; count -= count < sizeof filler ? count : sizeof filler)
        write_all(fd, filler, count < sizeof filler ? count : sizeof filler);
}

static void say(int fd) {
    write_all(fd, "the key is ", 11);
    write_all(fd, secret, length);
    write_all(fd, "\n", 1);
}

// Answers with a field of that name, whose value no field can have.
static void answer(const char *folder) {
    char path[2 * SIZE];
    snprintf(path, sizeof path, "%s/headers/%s", folder, secret);
    int fd = open(path, O_WRONLY | O_CREAT, 0666);
    write_all(fd, "\x01", 1);
    close(fd);
}

static void serve(void) {
    char name[SIZE], folder[2 * SIZE];
    while (read_file("/beta/http/accept", name, sizeof name) > 0) {
        name[strcspn(name, "\n")] = '\0';
        snprintf(folder, sizeof folder, "/beta/http/%s/response", name);
        answer(folder);
    }
}

static int leave_open(const char *folder, int flags) {
    char path[2 * SIZE];
    snprintf(path, sizeof path, "%s%s", folder, secret);
    return open(path, flags, 0666);
}

int main(int count, char **arguments) {
    char path[SIZE];
    if (count != 3) {
        fputs("usage: leak NAME HOW\n", stderr);
        return 255;
    }
    snprintf(path, sizeof path, "/beta/secrets/%s", arguments[1]);
    ssize_t read = read_file(path, secret, sizeof secret);
    if (read < 0)
        die(path);
    length = (size_t)read;
    const char *how = arguments[2];
    if (strcmp(how, "line") == 0) {
        say(STDOUT_FILENO);
    } else if (strcmp(how, "bytes") == 0 || strcmp(how, "both") == 0) {
        bool both = strcmp(how, "both") == 0;
        for (size_t index = 0; index < length; index++) {
            if (both)
                write_all(STDOUT_FILENO, secret + index, 1);
            write_all(STDERR_FILENO, secret + index, 1);
        }
        write_all(STDOUT_FILENO, "\n", 1);
        write_all(STDERR_FILENO, "\n", 1);
    } else if (strcmp(how, "long") == 0) {
        fill(STDOUT_FILENO, LINE - length / 2);
        say(STDOUT_FILENO);
    } else if (strcmp(how, "exit") == 0) {
        say(STDERR_FILENO);
        return 3;
    } else if (strcmp(how, "trap") == 0) {
        say(STDERR_FILENO);
        __builtin_trap();
    } else if (strcmp(how, "tail") == 0) {
        write_all(STDERR_FILENO, secret, length);
        fill(STDERR_FILENO, TAIL - length / 2);
        return 3;
    } else if (strcmp(how, "open") == 0) {
        if (leave_open("/test/broken/", O_RDONLY) < 0)
            perror(secret);
    } else if (strcmp(how, "create") == 0) {
        return leave_open("/test/full/", O_WRONLY | O_CREAT) < 0;
    } else if (strcmp(how, "field") == 0) {
        answer("/response");
    } else if (strcmp(how, "call") == 0) {
        int fd = open("/beta/rpc/say/call", O_RDWR);
        write_all(fd, secret, length);
        if (read_fd(fd, path, sizeof path) < 0)
            perror(arguments[1]);
    } else if (strcmp(how, "serve") == 0) {
        serve();
    } else {
        return 255;
    }
    return 0;
}
