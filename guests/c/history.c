// Random calls of one client on a scope that others use too, and what came of each: a history, which the host compares with what the calls promise.
//
//   history registers|appends|transactions|locks|changes|watch SCOPE CLIENT SEED PACE
//
// SCOPE is a folder such as /beta/kv/local. A line of standard input is a number: which keys are used from now on, for so many turns at most, so that no key's
// history becomes long. The guest ends when its input does; `watch` when it has seen the key changes/end. PACE is how many milliseconds may pass between two
// turns. The calls are:
//
//   put KEY... -KEY...                all in one commit; those with a dash are removed
//
// and those of the two headers. A watch has a line for each change, and for its beginnings: opened | change JSON | lost.

#include <poll.h>

#include "history_transactions.h"

enum { REGISTERS = 3, LISTS = 4, LOCKS = 2, TURNS = 150 };

static unsigned long long state;
static int generation, pace;
static long number;

// xorshift64*: the same choices for the same seed, on every machine.
static unsigned random_below(unsigned limit) {
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    return (unsigned)((state * 2685821657736338717ULL) >> 33) % limit;
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

static void step_registers(void) {
    char key[NAME], value[NAME];
    snprintf(key, sizeof key, "registers/%d/%u", generation, random_below(REGISTERS));
    new_value(value);
    unsigned choice = random_below(10);
    if (choice < 3)
        read_key(key);
    else if (choice < 5)
        write_key(key, value);
    else if (choice < 7)
        create_key(key, value);
    else if (choice == 7)
        swap_key(key, value);
    else
        remove_key(key);
}

static void step_appends(void) {
    char key[NAME], item[NAME];
    snprintf(key, sizeof key, "appends/%d/%u", generation, random_below(2));
    new_value(item);
    if (random_below(3) == 0)
        list_key(key);
    else
        append_key(key, item);
}

static void step_transactions(void) {
    struct step steps[STEPS];
    char folder[NAME];
    int count = 1 + (int)random_below(STEPS);
    for (int index = 0; index < count; index++) {
        struct step *step = &steps[index];
        snprintf(step->list, sizeof step->list, "%u", random_below(LISTS));
        step->item[0] = '\0';
        if (random_below(2) == 0)
            new_value(step->item);
    }
    snprintf(folder, sizeof folder, "lists/%d", generation);
    transact(folder, steps, count, random_below(1 << STEPS));
}

static void step_locks(void) {
    char key[NAME];
    snprintf(key, sizeof key, "locked/%d/%u", generation, random_below(LOCKS));
    add_under_lock(key);
}

// --- changes, and who watches them -----------------------------------------------------------------

static void note_version(const char *key) {
    char path[PATH], text[PATH];
    snprintf(path, sizeof path, "%s/.meta/%s", scope, key);
    const char *version = read_file(path, text, sizeof text) < 0 ? NULL : strstr(text, "\"version\":");
    note("ok %lld", version == NULL ? 0 : strtoll(version + strlen("\"version\":"), NULL, 10));
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
