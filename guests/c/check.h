// The checks of a self-checking guest: each prints "ok NAME" or "not ok NAME: detail".
#pragma once

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// How many checks did not hold; the exit code.
static int failures;

static inline void ok(const char *name, bool right, const char *detail) {
    printf(right ? "ok %s\n" : "not ok %s: %s\n", name, detail);
    failures += !right;
}

// A call that has to succeed.
static inline void succeeds(const char *name, long result) {
    ok(name, result >= 0, strerror(errno));
}

// A call that has to fail with this errno, or with the other one where POSIX allows two.
static inline void fails(const char *name, long result, int expected, int other) {
    int error = errno;
    char detail[128];
    if (result >= 0)
        snprintf(detail, sizeof detail, "succeeded instead of '%s'", strerror(expected));
    else
        snprintf(detail, sizeof detail, "'%s' instead of '%s'", strerror(error), strerror(expected));
    ok(name, result < 0 && (error == expected || error == other), detail);
}

static inline void equals(const char *name, long long value, long long expected) {
    char detail[96];
    snprintf(detail, sizeof detail, "%lld instead of %lld (%s)", value, expected, value < 0 ? strerror(errno) : "no error");
    ok(name, value == expected, detail);
}

// What the checks need before they mean anything: if it fails, says where and ends the guest.
#define must(result) must_at((result), #result, __FILE__, __LINE__)

static inline long must_at(long result, const char *what, const char *file, int line) {
    if (result >= 0)
        return result;
    printf("not ok %s:%d %s: %s\n", file, line, what, strerror(errno));
    exit(254);
}

// True if the filesystem says that it leaves this call out.
static inline bool skipped(const char *name, int result) {
    bool skip = result < 0 && (errno == ENOSYS || errno == ENOTSUP || errno == EPERM);
    if (skip)
        printf("ok %s # skip %s\n", name, strerror(errno));
    return skip;
}
