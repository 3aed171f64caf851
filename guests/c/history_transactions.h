// The same of several keys: txn FOLDER LIST LIST=ITEM... reads each list, and appends the item; take LOCK | look KEY | held LOCK | set KEY VALUE | release LOCK,
// of which the key has the lock's name.
#pragma once

#include "history.h"

enum { STEPS = 4 };

// --- transactions --------------------------------------------------------------------------------

struct step {
    char list[NAME];
    char item[NAME]; // empty: only read
};

static inline const char *list_path(const char *folder, const char *list) {
    static char path[PATH];
    snprintf(path, sizeof path, "%s/.tx/t/%s/%s", scope, folder, list);
    return path;
}

// Reads a list, and writes it with one item more, in one of the two ways. Returns whether the transaction can go on.
static inline bool perform(const char *folder, const struct step *step, bool appends, char *results, size_t size) {
    static char list[VALUE];
    if (read_file(list_path(folder, step->list), list, sizeof list) < 0) {
        if (errno != ENOENT)
            return false;
        list[0] = '\0';
    }
    size_t length = strlen(results);
    snprintf(results + length, size - length, " %s=%s", step->list, list);
    if (step->item[0] == '\0')
        return true;
    if (appends)
        list[0] = '\0';
    strlcat(list, step->item, sizeof list);
    strlcat(list, ",", sizeof list);
    int fd = open(list_path(folder, step->list), O_WRONLY | O_CREAT | (appends ? O_APPEND : O_TRUNC), 0666);
    if (fd < 0)
        return false;
    if (write_all(fd, list, strlen(list)) != 0)
        die("transaction");
    return close(fd) == 0;
}

// Bit number N of `appends` says how step N writes.
static inline void transact(const char *folder, const struct step *steps, int count, unsigned appends) {
    static char results[STEPS * VALUE];
    char plan[PATH * STEPS] = "", transaction[PATH], commit[PATH];
    results[0] = '\0';
    for (int index = 0; index < count; index++) {
        const struct step *step = &steps[index];
        size_t length = strlen(plan);
        snprintf(plan + length, sizeof plan - length, step->item[0] == '\0' ? " %s" : " %s=%s", step->list, step->item);
    }
    snprintf(transaction, sizeof transaction, "%s/.tx/t", scope);
    snprintf(commit, sizeof commit, "%s/.tx/commit", scope);
    note("invoke txn %s%s", folder, plan);
    if (mkdir(transaction, 0777) != 0) {
        note_failure("");
        return;
    }
    for (int index = 0; index < count; index++) {
        if (perform(folder, &steps[index], (appends >> index & 1) != 0, results, sizeof results))
            continue;
        note_failure(results);
        roll_back(transaction);
        return;
    }
    if (rename(transaction, commit) == 0)
        note("ok%s", results);
    else if (errno == EIO)
        note("unknown");
    else
        note_failure(results);
}

// --- locks ---------------------------------------------------------------------------------------

// Reading a lock gives its token.
static inline bool read_token(int fd, char *token) {
    ssize_t length = pread(fd, token, NAME - 1, 0);
    if (length <= 0)
        return false;
    token[length] = '\0';
    token[strcspn(token, "\n")] = '\0';
    return true;
}

// Adds one to a number as plain calls do, which is safe only because nobody else does it meanwhile.
static inline void add_one(const char *key, const char *token, int lock) {
    char text[NAME], value[NAME], again[NAME];
    note("invoke look %s", key);
    long count = 0;
    if (read_file(path_of(key), text, sizeof text) >= 0)
        count = strtol(text, NULL, 10);
    else if (errno == ENOENT)
        strlcpy(text, "-", sizeof text);
    else {
        note_failure("");
        return;
    }
    note("ok %s", text);
    note("invoke held %s", key);
    if (!read_token(lock, again)) {
        note_failure("");
        return;
    }
    note("ok %s", again);
    snprintf(value, sizeof value, "%ld/%s", count + 1, token);
    note("invoke set %s %s", key, value);
    write_and_close(open(path_of(key), O_WRONLY | O_CREAT | O_TRUNC, 0666), value);
}

static inline int take_lock(const char *key, char *token) {
    char path[PATH];
    snprintf(path, sizeof path, "%s/.lock/%s", scope, key);
    note("invoke take %s", key);
    int lock = open(path, O_RDONLY);
    if (lock >= 0 && read_token(lock, token)) {
        note("ok %s", token);
        return lock;
    }
    note_failure("");
    if (lock >= 0)
        close(lock);
    return -1;
}

// Takes the lock of a number, adds one to it, and gives the lock back.
static inline void add_under_lock(const char *key) {
    char token[NAME];
    int lock = take_lock(key, token);
    if (lock < 0)
        return;
    add_one(key, token, lock);
    note("invoke release %s", key);
    note_commit(close(lock) == 0);
}
