// Moves money from one account to another: all of it or nothing, whoever else does so at the same moment.
//
//   transfer SCOPE FROM TO AMOUNT
//
// SCOPE is a folder such as /beta/kv/local. An account is a key in it whose value is a whole number. Prints "moved AMOUNT in attempt N".
// What cannot be done is a line on stderr and exit code 1, and then nothing has changed: a guest that exits so commits nothing.

#include <ctype.h>
#include <stdbool.h>
#include <sys/stat.h>

#include "io.h"

enum { PATH = 512, MAX_ATTEMPTS = 1000 };

static char transaction[PATH];
static char commit[PATH];

static void set_path(char *path, const char *folder, const char *name) {
    if (snprintf(path, PATH, "%s/%s", folder, name) >= PATH) {
        errno = ENAMETOOLONG;
        die(name);
    }
}

// A whole number that is not negative, and nothing else. Otherwise the guest ends.
static long long parse(const char *name, const char *text) {
    char *end;
    errno = 0;
    long long number = strtoll(text, &end, 10);
    if (!isdigit((unsigned char)text[0]) || *end != '\0')
        errno = EINVAL;
    if (errno != 0)
        die(name);
    return number;
}

// Whether it failed because others came first, so that the transaction has to begin again. After anything else the guest ends.
static bool is_conflict(const char *name) {
    if (errno != ESTALE && errno != EAGAIN)
        die(name);
    return true;
}

// Adds to an account in the transaction, which sees what it has written itself. Returns false if others came first.
static bool add(const char *account, long long amount) {
    char path[PATH], text[32];
    set_path(path, transaction, account);
    if (read_file(path, text, sizeof text) < 0)
        return !is_conflict(account);
    long long balance = parse(account, text);
    if (__builtin_add_overflow(balance, amount, &balance) || balance < 0) {
        errno = ERANGE;
        die(account);
    }
    int length = snprintf(text, sizeof text, "%lld", balance);
    int fd = open(path, O_WRONLY | O_TRUNC);
    if (fd < 0)
        return !is_conflict(account);
    if (write_all(fd, text, (size_t)length) != 0)
        die(account);
    return close(fd) == 0 || !is_conflict(account);
}

// One attempt. Returns false if others came first: then nothing has changed.
static bool transfer(const char *from, const char *to, long long amount) {
    if (mkdir(transaction, 0777) != 0)
        die(transaction);
    if (!add(from, -amount) || !add(to, amount)) {
        if (rmdir(transaction) != 0)
            die(transaction);
        return false;
    }
    return rename(transaction, commit) == 0 || !is_conflict(commit);
}

int main(int count, char **arguments) {
    if (count != 5) {
        fputs("usage: transfer SCOPE FROM TO AMOUNT\n", stderr);
        return 255;
    }
    set_path(transaction, arguments[1], ".tx/transfer");
    set_path(commit, arguments[1], ".tx/commit");
    long long amount = parse("AMOUNT", arguments[4]);
    // Whenever one is refused another has succeeded, so there is no need to wait between the attempts.
    for (int attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
        if (transfer(arguments[2], arguments[3], amount)) {
            printf("moved %lld in attempt %d\n", amount, attempt);
            return 0;
        }
    }
    errno = ESTALE;
    die(commit);
}
