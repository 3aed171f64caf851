// Random calls of one client on a scope that others use too, and what came of each: a history, which the host compares with what the calls promise.
//
//   history registers|appends|transactions|locks|changes|watch SCOPE CLIENT SEED PACE
//
// SCOPE is a folder such as /beta/kv/local. A line of standard input is a number: which keys are used from now on, for so many turns at most, so that no key's
// history becomes long. The guest ends when its input does; `watch` when it has seen the key changes/end. PACE is how many milliseconds may pass between two
// turns. CLOCK_REALTIME must be the same clock for all clients. Standard output has two lines for each call, one before it begins and one after it has ended:
//
//   CLIENT NANOSECONDS invoke CALL
//   CLIENT NANOSECONDS ok [RESULT] | refused ERRNO [RESULT] | unknown
//
// of which CALL is one of these. A watch has a line for each change, and for its beginnings: opened | change JSON | lost.
//
//   read KEY | write KEY VALUE | create KEY VALUE | swap KEY OLD NEW | remove KEY
//   append KEY ITEM | list KEY
//   txn FOLDER LIST LIST=ITEM...      reads each list, and appends the item
//   take LOCK | look KEY | held LOCK | set KEY VALUE | release LOCK
//   put KEY... -KEY...                all in one commit; those with a dash are removed

#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <time.h>

#include "io.h"

enum { NAME = 64, PATH = 256, VALUE = 16384, LINE = 5 * VALUE, REGISTERS = 3, LISTS = 4, LOCKS = 2, STEPS = 4, TURNS = 150 };

static const char *scope, *client;
static unsigned long long state;
static int generation;
static int pace;
static long number;

// xorshift64*: the same choices for the same seed, on every machine.
static unsigned random_below(unsigned limit) {
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    return (unsigned)((state * 2685821657736338717ULL) >> 33) % limit;
}

// One write for a line: what is written stays, when the host is killed.
__attribute__((format(printf, 1, 2))) static void note(const char *format, ...) {
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

static const char *name_of(int error) {
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
static void note_failure(const char *result) { note("refused %s%s", name_of(errno), result); }

// What became of a commit. That the store failed leaves open whether it happened.
static void note_commit(bool succeeded) {
    if (succeeded)
        note("ok");
    else if (errno == EIO)
        note("unknown");
    else
        note_failure("");
}

// The way to a transaction leads through a store that may fail.
static void roll_back(const char *transaction) {
    while (rmdir(transaction) != 0) {
        if (errno == ENOENT)
            return;
        if (errno != EIO)
            die("rmdir");
    }
}

static const char *path_of(const char *key) {
    static char path[PATH];
    snprintf(path, sizeof path, "%s/%s", scope, key);
    return path;
}

static void new_value(char *value) { snprintf(value, NAME, "%s:%ld", client, ++number); }

// Waits as long as chance says, and for the next number after so many turns. Returns whether to go on.
static bool go_on(void) {
    static int digits, turns;
    struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
    while (true) {
        int ready = poll(&input, 1, turns == 0 ? -1 : pace == 0 ? 0 : (int)random_below((unsigned)pace + 1));
        if (ready == 0) {
            turns--;
            return true;
        }
        char character;
        ssize_t count = ready < 0 ? -1 : read(STDIN_FILENO, &character, 1);
        if (count < 0)
            die("stdin");
        if (count == 0)
            return false;
        if (character == '\n')
            generation = digits, digits = 0, turns = TURNS;
        else
            digits = digits * 10 + (character - '0');
    }
}

// --- registers -----------------------------------------------------------------------------------

// Opens a file and reads it. Returns the descriptor, or -1 if there is nothing to go on with.
static int read_register(const char *key, int flags, char *value) {
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
static void write_and_close(int fd, const char *value) {
    if (fd < 0)
        note_failure("");
    else if (ftruncate(fd, 0) != 0 || lseek(fd, 0, SEEK_SET) != 0 || write_all(fd, value, strlen(value)) != 0)
        die("write");
    else
        note_commit(close(fd) == 0);
}

static void swap(const char *key, const char *value) {
    char old[NAME];
    int fd = read_register(key, O_RDWR, old);
    if (fd < 0)
        return;
    note("invoke swap %s %s %s", key, old, value);
    write_and_close(fd, value);
}

static void step_registers(void) {
    char key[NAME], value[NAME];
    snprintf(key, sizeof key, "registers/%d/%u", generation, random_below(REGISTERS));
    unsigned choice = random_below(10);
    if (choice < 4) {
        int fd = read_register(key, O_RDONLY, value);
        if (fd >= 0)
            close(fd);
        return;
    }
    new_value(value);
    if (choice < 6) {
        note("invoke write %s %s", key, value);
        write_and_close(open(path_of(key), O_WRONLY | O_CREAT | O_TRUNC, 0666), value);
    } else if (choice == 6) {
        note("invoke create %s %s", key, value);
        write_and_close(open(path_of(key), O_WRONLY | O_CREAT | O_EXCL, 0666), value);
    } else if (choice < 9) {
        swap(key, value);
    } else {
        note("invoke remove %s", key);
        note_commit(unlink(path_of(key)) == 0);
    }
}

// --- appends -------------------------------------------------------------------------------------

static void step_appends(void) {
    static char list[VALUE];
    char key[NAME], item[NAME];
    snprintf(key, sizeof key, "appends/%d/%u", generation, random_below(2));
    if (random_below(3) == 0) {
        note("invoke list %s", key);
        if (read_file(path_of(key), list, sizeof list) >= 0)
            note("ok %s", list);
        else if (errno == ENOENT)
            note("ok ");
        else
            note_failure("");
        return;
    }
    new_value(item);
    note("invoke append %s %s", key, item);
    strlcat(item, ",", sizeof item);
    int fd = open(path_of(key), O_WRONLY | O_CREAT | O_APPEND, 0666);
    if (fd < 0)
        note_failure("");
    else if (write_all(fd, item, strlen(item)) != 0)
        die("append");
    else
        note_commit(close(fd) == 0);
}

// --- transactions --------------------------------------------------------------------------------

struct step {
    unsigned list;
    char item[NAME]; // empty: only read
};

static const char *list_path(unsigned list) {
    static char path[PATH];
    snprintf(path, sizeof path, "%s/.tx/t/lists/%d/%u", scope, generation, list);
    return path;
}

// Reads a list, and writes it with one item more. Returns whether the transaction can go on.
static bool perform(const struct step *step, char *results, size_t size) {
    static char list[VALUE];
    if (read_file(list_path(step->list), list, sizeof list) < 0) {
        if (errno != ENOENT)
            return false;
        list[0] = '\0';
    }
    size_t length = strlen(results);
    snprintf(results + length, size - length, " %u=%s", step->list, list);
    if (step->item[0] == '\0')
        return true;
    bool appends = random_below(3) == 0;
    if (appends)
        list[0] = '\0';
    strlcat(list, step->item, sizeof list);
    strlcat(list, ",", sizeof list);
    int fd = open(list_path(step->list), O_WRONLY | O_CREAT | (appends ? O_APPEND : O_TRUNC), 0666);
    if (fd < 0)
        return false;
    if (write_all(fd, list, strlen(list)) != 0)
        die("transaction");
    return close(fd) == 0;
}

static void step_transactions(void) {
    struct step steps[STEPS];
    static char results[STEPS * VALUE];
    char plan[PATH * STEPS] = "", transaction[PATH], commit[PATH];
    results[0] = '\0';
    int count = 1 + (int)random_below(STEPS);
    for (int index = 0; index < count; index++) {
        struct step *step = &steps[index];
        step->list = random_below(LISTS);
        step->item[0] = '\0';
        if (random_below(2) == 0)
            new_value(step->item);
        size_t length = strlen(plan);
        snprintf(plan + length, sizeof plan - length, step->item[0] == '\0' ? " %u" : " %u=%s", step->list, step->item);
    }
    snprintf(transaction, sizeof transaction, "%s/.tx/t", scope);
    snprintf(commit, sizeof commit, "%s/.tx/commit", scope);
    note("invoke txn lists/%d%s", generation, plan);
    if (mkdir(transaction, 0777) != 0) {
        note_failure("");
        return;
    }
    for (int index = 0; index < count; index++) {
        if (perform(&steps[index], results, sizeof results))
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
static bool read_token(int fd, char *token) {
    ssize_t length = pread(fd, token, NAME - 1, 0);
    if (length <= 0)
        return false;
    token[length] = '\0';
    token[strcspn(token, "\n")] = '\0';
    return true;
}

// Adds one to a number as plain calls do, which is safe only because nobody else does it meanwhile.
static void add_one(const char *key, const char *token, int lock) {
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

static void step_locks(void) {
    char key[NAME], path[PATH], token[NAME];
    snprintf(key, sizeof key, "locked/%d/%u", generation, random_below(LOCKS));
    snprintf(path, sizeof path, "%s/.lock/%s", scope, key);
    note("invoke take %s", key);
    int lock = open(path, O_RDONLY);
    if (lock < 0 || !read_token(lock, token)) {
        note_failure("");
        if (lock >= 0)
            close(lock);
        return;
    }
    note("ok %s", token);
    add_one(key, token, lock);
    note("invoke release %s", key);
    note_commit(close(lock) == 0);
}

// --- changes, and who watches them -----------------------------------------------------------------

static void note_version(const char *key) {
    char path[PATH], text[PATH];
    snprintf(path, sizeof path, "%s/.meta/%s", scope, key);
    const char *version = read_file(path, text, sizeof text) < 0 ? NULL : strstr(text, "\"version\":");
    note("ok %ld", version == NULL ? 0 : strtol(version + strlen("\"version\":"), NULL, 10));
}

static bool put_file(const char *folder, const char *key) {
    char path[PATH];
    snprintf(path, sizeof path, "%s/%s", folder, key);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    return fd >= 0 && write_all(fd, key, strlen(key)) == 0 && close(fd) == 0;
}

// Each key is this client's, put once and removed at most once: so its version tells which commit it was.
static void step_changes(void) {
    static char removable[NAME];
    char keys[3][NAME], removed[NAME] = "", plan[PATH] = "", transaction[PATH], commit[PATH];
    int count = 1 + (int)random_below(3);
    if (random_below(2) == 0)
        strlcpy(removed, removable, sizeof removed);
    bool removes = removed[0] != '\0';
    removable[0] = '\0';
    for (int index = 0; index < count; index++) {
        snprintf(keys[index], NAME, "changes/%s/%ld", client, ++number);
        snprintf(plan + strlen(plan), sizeof plan - strlen(plan), " %s", keys[index]);
    }
    if (removes)
        snprintf(plan + strlen(plan), sizeof plan - strlen(plan), " -%s", removed);
    note("invoke put%s", plan);
    bool succeeded;
    if (count == 1 && !removes) {
        succeeded = put_file(scope, keys[0]);
    } else {
        snprintf(transaction, sizeof transaction, "%s/.tx/t", scope);
        snprintf(commit, sizeof commit, "%s/.tx/commit", scope);
        succeeded = mkdir(transaction, 0777) == 0;
        for (int index = 0; succeeded && index < count; index++)
            succeeded = put_file(transaction, keys[index]);
        if (succeeded && removes) {
            char path[PATH];
            snprintf(path, sizeof path, "%s/%s", transaction, removed);
            succeeded = unlink(path) == 0;
        }
        if (!succeeded) {
            note_failure("");
            roll_back(transaction);
            return;
        }
        succeeded = rename(transaction, commit) == 0;
    }
    if (!succeeded) {
        note_commit(false);
        return;
    }
    strlcpy(removable, keys[random_below((unsigned)count)], sizeof removable);
    note_version(keys[0]);
}

static void watch(void) {
    static char line[VALUE];
    char path[PATH];
    snprintf(path, sizeof path, "%s/.watch/changes/.all", scope);
    int fd = -1;
    for (size_t length = 0; true;) {
        if (fd < 0 && (fd = open(path, O_RDONLY)) >= 0)
            note("opened");
        ssize_t count = fd < 0 ? -1 : read(fd, line + length, sizeof line - 1 - length);
        if (count == 0)
            return;
        if (count < 0 && errno == ESTALE) {
            note("lost");
            close(fd);
            fd = -1;
        } else if (count < 0 && errno != EIO) {
            die("watch");
        }
        if (count < 0)
            continue;
        length += (size_t)count;
        line[length] = '\0';
        for (char *end; (end = strchr(line, '\n')) != NULL; length = strlen(line)) {
            *end = '\0';
            note("change %s", line);
            if (strstr(line, "\"changes/end\"") != NULL)
                return;
            memmove(line, end + 1, strlen(end + 1) + 1);
        }
    }
}

int main(int count, char **arguments) {
    if (count != 6) {
        fputs("usage: history registers|appends|transactions|locks|changes|watch SCOPE CLIENT SEED PACE\n", stderr);
        return 255;
    }
    const char *workload = arguments[1];
    scope = arguments[2];
    client = arguments[3];
    state = 0x9e3779b97f4a7c15ULL * (unsigned long long)(atoll(arguments[4]) + 1);
    pace = atoi(arguments[5]);
    if (strcmp(workload, "watch") == 0) {
        watch();
        return 0;
    }
    void (*step)(void) = strcmp(workload, "registers") == 0 ? step_registers
        : strcmp(workload, "appends") == 0                  ? step_appends
        : strcmp(workload, "transactions") == 0             ? step_transactions
        : strcmp(workload, "locks") == 0                    ? step_locks
                                                            : step_changes;
    while (go_on())
        step();
    return 0;
}
