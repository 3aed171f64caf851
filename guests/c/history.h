// What clients of a scope do, told as a history: two lines on standard output for each call, one before it begins and one after it has ended.
//
//   CLIENT NANOSECONDS invoke CALL
//   CLIENT NANOSECONDS ok [RESULT] | refused ERRNO [RESULT] | unknown
//
// CLOCK_REALTIME must be the same clock for all clients. Here are the calls on one key: read KEY | write KEY VALUE | create KEY VALUE | swap KEY OLD NEW |
// remove KEY | append KEY ITEM | list KEY.
#pragma once

#include <stdarg.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <time.h>

#include "io.h"

enum { NAME = 64, PATH = 256, VALUE = 16384, LINE = 5 * VALUE };

static const char *scope, *client;

// One write for a line: what is written stays, when the host is killed.
__attribute__((format(printf, 1, 2)))
static inline void note(const char *format, ...) {
    static char line[LINE];
    struct timespec now;
    if (clock_gettime(CLOCK_REALTIME, &now) != 0)
        die("clock_gettime");
    int length = snprintf(line, sizeof line, "%s %lld%09ld ", client, (long long)now.tv_sec, now.tv_nsec);
    va_list arguments;
    va_start(arguments, format);
    length += vsnprintf(line + length, sizeof line - (size_t)length - 1, format, arguments);
    va_end(arguments);
    if (length >= (int)sizeof line - 1)
        errno = EFBIG, die("line");
    line[length] = '\n';
    if (write_all(STDOUT_FILENO, line, (size_t)length + 1) != 0)
        die("stdout");
}

static inline const char *name_of(int error) {
    switch (error) {
    case EAGAIN: return "EAGAIN";
    case EBUSY: return "EBUSY";
    case EEXIST: return "EEXIST";
    case EIO: return "EIO";
    case ENOENT: return "ENOENT";
    case ESTALE: return "ESTALE";
    default: return strerror(error);
    }
}

// What became of a call that changes nothing before it has succeeded: an open, a read.
static inline void note_failure(const char *result) { note("refused %s%s", name_of(errno), result); }

// What became of a commit. That the store failed leaves open whether it happened.
static inline void note_commit(bool succeeded) {
    if (succeeded)
        note("ok");
    else if (errno == EIO)
        note("unknown");
    else
        note_failure("");
}

// The way to a transaction leads through a store that may fail.
static inline void roll_back(const char *transaction) {
    while (rmdir(transaction) != 0) {
        if (errno == ENOENT)
            return;
        if (errno != EIO)
            die("rmdir");
    }
}

static inline const char *path_of(const char *key) {
    static char path[PATH];
    snprintf(path, sizeof path, "%s/%s", scope, key);
    return path;
}

// --- registers -----------------------------------------------------------------------------------

// Opens a file and reads it. Returns the descriptor, or -1 if there is nothing to go on with.
static inline int read_register(const char *key, int flags, char *value) {
    note("invoke read %s", key);
    int fd = open(path_of(key), flags);
    ssize_t length = fd < 0 ? -1 : read_fd(fd, value, NAME - 1);
    if (length >= 0) {
        value[length] = '\0';
        note("ok %s", value);
        return fd;
    }
    if (errno == ENOENT)
        note("ok -");
    else
        note_failure("");
    if (fd >= 0)
        close(fd);
    return -1;
}

// Writes and commits. What fails before the close has changed nothing.
static inline void write_and_close(int fd, const char *value) {
    if (fd < 0)
        note_failure("");
    else if (ftruncate(fd, 0) != 0 || lseek(fd, 0, SEEK_SET) != 0 || write_all(fd, value, strlen(value)) != 0)
        die("write");
    else
        note_commit(close(fd) == 0);
}

static inline void read_key(const char *key) {
    char value[NAME];
    int fd = read_register(key, O_RDONLY, value);
    if (fd >= 0)
        close(fd);
}

static inline void write_key(const char *key, const char *value) {
    note("invoke write %s %s", key, value);
    write_and_close(open(path_of(key), O_WRONLY | O_CREAT | O_TRUNC, 0666), value);
}

static inline void create_key(const char *key, const char *value) {
    note("invoke create %s %s", key, value);
    write_and_close(open(path_of(key), O_WRONLY | O_CREAT | O_EXCL, 0666), value);
}

static inline void swap_key(const char *key, const char *value) {
    char old[NAME];
    int fd = read_register(key, O_RDWR, old);
    if (fd < 0)
        return;
    note("invoke swap %s %s %s", key, old, value);
    write_and_close(fd, value);
}

static inline void remove_key(const char *key) {
    note("invoke remove %s", key);
    note_commit(unlink(path_of(key)) == 0);
}

// --- appended lists ------------------------------------------------------------------------------

static inline void list_key(const char *key) {
    static char list[VALUE];
    note("invoke list %s", key);
    if (read_file(path_of(key), list, sizeof list) >= 0)
        note("ok %s", list);
    else if (errno == ENOENT)
        note("ok ");
    else
        note_failure("");
}

// An item has a comma after it.
static inline void append_key(const char *key, const char *item) {
    note("invoke append %s %s", key, item);
    int fd = open(path_of(key), O_WRONLY | O_CREAT | O_APPEND, 0666);
    if (fd < 0)
        note_failure("");
    else if (write_all(fd, item, strlen(item)) != 0 || write_all(fd, ",", 1) != 0)
        die("append");
    else
        note_commit(close(fd) == 0);
}
