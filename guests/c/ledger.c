// Transactions of many guests at once, each of which checks what it sees: nothing that a serial order of the same transactions could not have shown.
//
//   ledger open SCOPE ACCOUNTS              gives every account 100, every pair 1 and 1, and every number 0
//   ledger bank SCOPE ID TIMES ACCOUNTS     moves money between accounts; every fifth transaction adds all of them up
//   ledger pairs SCOPE ID TIMES PAIRS       takes one from a pair as long as its sum is positive: write skew would make the sum negative
//   ledger count SCOPE ID TIMES 0           adds one to a number: a lost update would make it smaller than the count of commits
//   ledger fork SCOPE ID TIMES WRITERS      the first ids add one to a number each, the others print what they saw of all: the host compares
//   ledger crash SCOPE ID                   until it is killed, and holding a lock: a key, and two keys in one transaction; prints what was acknowledged
//   ledger unlocked SCOPE ID                takes that lock, which nobody may hold
//
// SCOPE is a folder such as /beta/kv/local. The last line is "done COMMITTED CONFLICTS"; a violation is a line "not ok ..." and exit code 1.

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <sys/stat.h>

#include "io.h"

enum { TEXT = 32, PATH = 256, BALANCE = 100 };

static const char *scope;
static int id;
static char transaction[PATH];
static char commit[PATH];
static unsigned long long state;
static long committed, conflicts;

// xorshift64*: the same choices for the same id, on every machine.
static unsigned random_below(unsigned limit) {
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    return (unsigned)((state * 2685821657736338717ULL) >> 33) % limit;
}

__attribute__((format(printf, 1, 2))) static void say(const char *format, ...) {
    char line[PATH];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    if (write_all(STDOUT_FILENO, line, (size_t)length) != 0)
        die("stdout");
}

__attribute__((format(printf, 1, 2))) static _Noreturn void violation(const char *format, ...) {
    char line[PATH];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    say("not ok %s\n", line);
    exit(1);
}

// Whether a call failed because the transaction cannot succeed any more. Anything else that fails ends the guest.
static bool is_conflict(const char *what) {
    if (errno != ESTALE)
        die(what);
    return true;
}

static bool get_number(const char *folder, const char *name, long *number) {
    char path[PATH], text[TEXT];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    if (read_file(path, text, sizeof text) < 0)
        return !is_conflict(path);
    *number = strtol(text, NULL, 10);
    return true;
}

static bool set_number(const char *folder, const char *name, long number) {
    char path[PATH], text[TEXT];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    int length = snprintf(text, sizeof text, "%ld", number);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    if (fd < 0)
        return !is_conflict(path);
    if (write_all(fd, text, (size_t)length) != 0)
        die(path);
    return close(fd) == 0 || !is_conflict(path);
}

static void begin(void) {
    if (mkdir(transaction, 0777) != 0)
        die(transaction);
}

// Commits, or rolls back what cannot be committed. Returns whether it was committed.
static bool end(bool succeeded) {
    if (succeeded && rename(transaction, commit) == 0) {
        committed++;
        return true;
    }

    // A commit that failed has removed the transaction already.
    if (succeeded)
        is_conflict("commit");
    else if (rmdir(transaction) != 0)
        die("rollback");
    conflicts++;
    return false;
}

static void name_of(char *name, const char *kind, int number) { snprintf(name, TEXT, "%s/%d", kind, number); }

// --- workloads: each returns whether the transaction may be committed ------------------------------

static bool audit(int accounts) {
    long sum = 0;
    for (int account = 0; account < accounts; account++) {
        char name[TEXT];
        long balance;
        name_of(name, "account", account);
        if (!get_number(transaction, name, &balance))
            return false;
        sum += balance;
    }
    if (sum != (long)accounts * BALANCE)
        violation("bank: %d accounts hold %ld", accounts, sum);
    return true;
}

static bool transfer(int accounts) {
    int from = (int)random_below((unsigned)accounts), to = (int)random_below((unsigned)accounts - 1);
    to += to >= from;
    char source[TEXT], destination[TEXT];
    name_of(source, "account", from);
    name_of(destination, "account", to);
    long a, b, amount = 1 + random_below(10);
    return get_number(transaction, source, &a) && get_number(transaction, destination, &b) && set_number(transaction, source, a - amount) &&
        set_number(transaction, destination, b + amount);
}

static bool take(int pairs) {
    int pair = (int)random_below((unsigned)pairs);
    char name[2][TEXT];
    snprintf(name[0], TEXT, "pair/%d/x", pair);
    snprintf(name[1], TEXT, "pair/%d/y", pair);
    long x, y;
    if (!get_number(transaction, name[0], &x) || !get_number(transaction, name[1], &y))
        return false;
    if (x + y < 0)
        violation("pairs: %ld and %ld", x, y);
    int side = (int)random_below(2);
    if (x + y > 0)
        return set_number(transaction, name[side], (side == 0 ? x : y) - 1);
    return set_number(transaction, name[0], 1) && set_number(transaction, name[1], 1);
}

static bool add_one(const char *name) {
    long number;
    return get_number(transaction, name, &number) && set_number(transaction, name, number + 1);
}

static bool observe(int writers) {
    char line[PATH] = "saw";
    for (int index = 0; index < writers; index++) {
        // Not in the same order in every reader: that would hide a fork.
        int writer = id % 2 == 0 ? index : writers - 1 - index;
        char name[TEXT];
        long number;
        name_of(name, "number", writer);
        if (!get_number(transaction, name, &number))
            return false;
        snprintf(line + strlen(line), sizeof line - strlen(line), " %d=%ld", writer, number);
    }
    say("%s\n", line);
    return true;
}

static bool run(const char *workload, int size) {
    if (strcmp(workload, "bank") == 0)
        return committed % 5 == 4 ? audit(size) : transfer(size);
    if (strcmp(workload, "pairs") == 0)
        return take(size);
    if (strcmp(workload, "count") == 0)
        return add_one("count");
    if (id >= size)
        return observe(size);
    char name[TEXT];
    name_of(name, "number", id);
    return add_one(name);
}

static void open_all(int count) {
    for (int index = 0; index < count; index++) {
        char name[TEXT];
        name_of(name, "account", index);
        set_number(scope, name, BALANCE);
        name_of(name, "number", index);
        set_number(scope, name, 0);
        snprintf(name, sizeof name, "pair/%d/x", index);
        set_number(scope, name, 1);
        snprintf(name, sizeof name, "pair/%d/y", index);
        set_number(scope, name, 1);
    }
    set_number(scope, "count", 0);
}

static bool exists(const char *name) {
    char path[PATH];
    snprintf(path, sizeof path, "%s/%s", scope, name);
    return access(path, F_OK) == 0;
}

// Held until the process is killed; the next process must not have to wait for it.
static void take_lock(int flags) {
    char path[PATH];
    snprintf(path, sizeof path, "%s/.lock/%d", scope, id);
    if (open(path, O_RDONLY | flags) < 0)
        die(path);
}

static _Noreturn void write_until_killed(void) {
    char single[TEXT], left[TEXT], right[TEXT];
    snprintf(single, TEXT, "single/%d", id);
    snprintf(left, TEXT, "left/%d", id);
    snprintf(right, TEXT, "right/%d", id);
    long number = 0;
    if (exists(single) && !get_number(scope, single, &number))
        die(single);
    take_lock(0);
    for (number++;; number++) {
        if (!set_number(scope, single, number))
            die(single);
        say("single %d %ld\n", id, number);
        begin();
        if (!end(set_number(transaction, left, number) && set_number(transaction, right, number)))
            violation("crash: writer %d, alone with its keys, has a conflict", id);
        say("both %d %ld\n", id, number);
    }
}

int main(int count, char **arguments) {
    if (count < 4) {
        fputs("usage: ledger open|bank|pairs|count|fork|crash SCOPE ID [TIMES SIZE]\n", stderr);
        return 255;
    }
    const char *workload = arguments[1];
    scope = arguments[2];
    id = atoi(arguments[3]);
    if (strcmp(workload, "open") == 0) {
        open_all(id);
        return 0;
    }

    state = 0x9e3779b97f4a7c15ULL * (unsigned)(id + 1);
    snprintf(transaction, sizeof transaction, "%s/.tx/%d", scope, id);
    snprintf(commit, sizeof commit, "%s/.tx/commit", scope);
    if (strcmp(workload, "crash") == 0)
        write_until_killed();
    if (strcmp(workload, "unlocked") == 0) {
        take_lock(O_NONBLOCK);
        return 0;
    }
    long times = count > 4 ? atol(arguments[4]) : 0;
    int size = count > 5 ? atoi(arguments[5]) : 0;
    while (committed < times) {
        begin();
        end(run(workload, size));
    }
    say("done %ld %ld\n", committed, conflicts);
    return 0;
}
