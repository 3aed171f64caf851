// Lets one of all guests that come within some seconds do something, whatever it is: a name is taken by the first, until it expires.
//
//   once SCOPE NAME SECONDS
//
// SCOPE is a folder such as /beta/kv/local, NAME a key in it. Prints "first", or "not the first".
// What cannot be done is a line on stderr and exit code 1.

#include <limits.h>
#include <stdbool.h>

#include "io.h"

enum { PATH = 512, MAX_ATTEMPTS = 100 };

static void set_path(char *path, const char *folder, const char *name) {
    if (snprintf(path, PATH, "%s/%s", folder, name) >= PATH) {
        errno = ENAMETOOLONG;
        die(name);
    }
}

// Creates a key unless it is there. Returns false if it is.
static bool put_if_absent(const char *key, const char *value) {
    int fd = open(key, O_WRONLY | O_CREAT | O_EXCL, 0666);
    if (fd >= 0 && write_all(fd, value, strlen(value)) != 0)
        die(key);
    // The open looks whether the key is there already, the close whether somebody created it since.
    if (fd >= 0 && close(fd) == 0)
        return true;
    if (errno != EEXIST)
        die(key);
    return false;
}

// Lets a key live so many seconds from now.
static void expire(const char *meta, long seconds) {
    char text[64];
    int length = snprintf(text, sizeof text, "{\"ttl\":%ld}", seconds);
    for (int attempt = 1;; attempt++) {
        int fd = open(meta, O_WRONLY);
        if (fd < 0 || write_all(fd, text, (size_t)length) != 0)
            die(meta);
        if (close(fd) == 0)
            return;
        if (errno != EAGAIN || attempt == MAX_ATTEMPTS)
            die(meta);
    }
}

int main(int count, char **arguments) {
    if (count != 4) {
        fputs("usage: once SCOPE NAME SECONDS\n", stderr);
        return 255;
    }
    char *end, key[PATH], meta[PATH], folder[PATH];
    long seconds = strtol(arguments[3], &end, 10);
    if (seconds <= 0 || seconds == LONG_MAX || *end != '\0') {
        errno = EINVAL;
        die(arguments[3]);
    }
    set_path(key, arguments[1], arguments[2]);
    set_path(folder, arguments[1], ".meta");
    set_path(meta, folder, arguments[2]);
    bool is_first = put_if_absent(key, "taken");
    // Not in one step with the creation: should this guest end in between, the name stays taken.
    if (is_first)
        expire(meta, seconds);
    puts(is_first ? "first" : "not the first");
    return 0;
}
