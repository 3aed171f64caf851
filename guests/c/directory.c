// Directories of thousands of entries, read in small windows while entries come and go. Each check prints "ok NAME" or
// "not ok NAME: detail"; the exit code is the number of failures. DIRECTORY must exist and be empty; it is left empty.
//
//   directory windows DIRECTORY COUNT  fd_readdir in windows of several sizes, and from any cookie
//   directory churn DIRECTORY COUNT    the same while this guest creates, unlinks and renames
//   directory seek DIRECTORY COUNT     goes back to a position of telldir() after entries before it came and went
//   directory tree DIRECTORY COUNT     COUNT directories of COUNT files, walked and removed with readdir()
//   directory watch DIRECTORY COUNT    lists while another guest runs "directory disturb" in the same place
//   directory disturb DIRECTORY        creates and unlinks until the watching guest says stop
//   directory fill DIRECTORY COUNT     only creates the files
//   directory list DIRECTORY COUNT [TIMES]  counts them with readdir(), TIMES times

#include <dirent.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/stat.h>
#include <unistd.h>
#include <wasi/api.h>

#include "check.h"

enum { MAX_ENTRIES = 20000, MAX_PASSING = 1 << 22, ALIVE = 50 };

// How often each name was listed. "e-N" stays throughout, "x-N" is there before and goes, "n-N" and "c-N" come.
static struct {
    uint8_t staying[MAX_ENTRIES], leaving[MAX_ENTRIES], coming[MAX_ENTRIES], passing[MAX_PASSING / 8];
    int dots, strangers, twice, newest, calls;
} seen;

static void path_of(char path[32], char kind, int number) { snprintf(path, 32, "%c-%05d", kind, number); }

static void make(char kind, int number) {
    char path[32];
    path_of(path, kind, number);
    must(close(must(open(path, O_WRONLY | O_CREAT | O_EXCL, 0666))));
}

static void drop(char kind, int number) {
    char path[32];
    path_of(path, kind, number);
    must(unlink(path));
}

static void note(const char *name, size_t length) {
    char text[32] = "";
    int number = -1;
    if (length < sizeof text && length > 2 && name[1] == '-') {
        memcpy(text, name, length);
        number = atoi(text + 2);
    }
    if (text[0] == 'c' && number >= 0 && number < MAX_PASSING) {
        uint8_t bit = 1 << number % 8;
        seen.twice += (seen.passing[number / 8] & bit) != 0;
        seen.passing[number / 8] |= bit;
        seen.newest = number > seen.newest ? number : seen.newest;
        return;
    }
    bool is_dot = (length == 1 && name[0] == '.') || (length == 2 && memcmp(name, "..", 2) == 0);
    uint8_t *table = text[0] == 'e' ? seen.staying : text[0] == 'x' ? seen.leaving : text[0] == 'n' || text[0] == 'r' ? seen.coming : NULL;
    if (is_dot)
        seen.dots++;
    else if (table == NULL || number < 0 || number >= MAX_ENTRIES)
        seen.strangers++;
    else
        table[number]++;
}

// One window: notes the entries that are whole and moves the cookie behind them. False at the end.
static bool read_window(int directory, size_t size, uint64_t *cookie) {
    static uint8_t window[1 << 20];
    __wasi_size_t used;
    __wasi_errno_t error = __wasi_fd_readdir(directory, window, size, *cookie, &used);
    errno = error;
    must(error == 0 && used <= size ? 0 : -1);
    seen.calls++;
    size_t at = 0;
    __wasi_dirent_t entry;
    while (used - at >= sizeof entry) {
        memcpy(&entry, window + at, sizeof entry);
        if (used - at - sizeof entry < entry.d_namlen)
            break;
        note((const char *)window + at + sizeof entry, entry.d_namlen);
        at += sizeof entry + entry.d_namlen;
        *cookie = entry.d_next;
    }
    errno = ENOBUFS;
    must(at == 0 && used == size ? -1 : 0); // not even one entry fits
    return used == size;
}

static int open_here(void) { return must(open(".", O_RDONLY | O_DIRECTORY)); }

static void forget(void) { memset(&seen, 0, sizeof seen); }

static int count_of(const uint8_t *table, int count, int times) {
    int result = 0;
    for (int i = 0; i < count; i++)
        result += table[i] == times;
    return result;
}

static int most(const uint8_t *table) {
    int result = 0;
    for (int i = 0; i < MAX_ENTRIES; i++)
        result = table[i] > result ? table[i] : result;
    return result;
}

static void list_all(size_t size) {
    int directory = open_here();
    uint64_t cookie = 0;
    forget();
    while (read_window(directory, size, &cookie))
        continue;
    close(directory);
}

static void windows(int count) {
    // A name of 7 bytes takes 31, so the smallest windows hold one entry and the start of the next.
    static const size_t sizes[] = {32, 62, 100, 4096, 1 << 20};
    char name[64];
    for (int i = 0; i < count; i++)
        make('e', i);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        list_all(sizes[i]);
        snprintf(name, sizeof name, "window-of-%zu-each-once", sizes[i]);
        equals(name, count_of(seen.staying, count, 1), count);
        snprintf(name, sizeof name, "window-of-%zu-dots", sizes[i]);
        equals(name, seen.dots, 2);
        equals("no-others", seen.strangers, 0);
    }
}

// Every cookie leads to the same next entry, in whatever order they are used.
static void cookies(int count) {
    static uint64_t after[MAX_ENTRIES + 2];
    static uint8_t first[MAX_ENTRIES + 2][8];
    uint8_t one[32];
    __wasi_size_t used;
    int directory = open_here(), total = 0, wrong = 0;
    for (uint64_t cookie = 0; total < count + 2; total++) {
        after[total] = cookie;
        must(__wasi_fd_readdir(directory, one, sizeof one, cookie, &used) == 0 ? 0 : -1);
        memcpy(first[total], one + sizeof(__wasi_dirent_t), sizeof first[total]);
        memcpy(&cookie, one, sizeof cookie);
    }
    uint32_t random = 1;
    for (int i = 0; i < 40; i++) {
        random = random * 1664525 + 1013904223;
        int position = 2 + (int)(random >> 8) % count;
        must(__wasi_fd_readdir(directory, one, sizeof one, after[position], &used) == 0 ? 0 : -1);
        wrong += memcmp(first[position], one + sizeof(__wasi_dirent_t), 7) != 0;
    }
    equals("cookie-in-any-order", wrong, 0);
    close(directory);
}

static void kinds(int count) {
    must(mkdir("n-00000", 0777));
    DIR *directory = opendir(".");
    int wrong = 0, compared = 0;
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        if (entry->d_name[0] == '.' || atoi(entry->d_name + 2) % 500 != 0)
            continue;
        struct stat info;
        must(stat(entry->d_name, &info));
        wrong += entry->d_ino != info.st_ino || entry->d_type != (S_ISDIR(info.st_mode) ? DT_DIR : DT_REG);
        compared++;
    }
    closedir(directory);
    equals("inode-and-type-as-stat", wrong, 0);
    equals("inode-and-type-compared", compared, (count + 499) / 500 + 1);
    must(rmdir("n-00000"));
}

// Removes what it is shown, as rm -r does: nothing may be passed over because something before it has gone.
static void remove_while_listing(char kind, int count) {
    char path[32];
    int directory = open_here(), removed = 0;
    uint64_t cookie = 0;
    bool more = true;
    forget();
    while (more) {
        uint8_t before[MAX_ENTRIES];
        const uint8_t *table = kind == 'e' ? seen.staying : seen.coming;
        memcpy(before, table, sizeof before);
        more = read_window(directory, 600, &cookie);
        for (int i = 0; i < count; i++) {
            if (table[i] == before[i])
                continue;
            path_of(path, kind, i);
            must(unlink(path));
            removed++;
        }
    }
    close(directory);
    equals("remove-while-listing-all", removed, count);
    list_all(4096);
    equals("remove-while-listing-leaves-none", seen.dots + seen.strangers + most(seen.staying) + most(seen.coming), 2);
}

static void churn(int count) {
    for (int i = 0; i < count; i++) {
        make('e', i);
        if (i % 10 == 0)
            make('x', i / 10);
    }
    int directory = open_here(), step = 0, leaving = (count + 9) / 10;
    uint64_t cookie = 0;
    forget();
    // A window holds 16 entries; with each, one goes (some were listed, some not yet) and one comes.
    while (read_window(directory, 512, &cookie) && seen.calls < 3 * count) {
        if (step < leaving)
            drop('x', step % 2 == 0 ? step / 2 : leaving - 1 - step / 2);
        if (step < leaving / 2)
            make('n', step);
        step++;
    }
    ok("churn-comes-to-an-end", seen.calls < 3 * count, "still listing");
    ok("churn-has-changed-much", step >= leaving / 4, "hardly any change while listing");
    equals("churn-staying-once", count_of(seen.staying, count, 1), count);
    ok("churn-leaving-at-most-once", most(seen.leaving) <= 1, "listed twice");
    ok("churn-coming-at-most-once", most(seen.coming) <= 1, "listed twice");
    equals("churn-no-others", seen.strangers, 0);
    close(directory);

    // What is left is what a fresh listing shows.
    list_all(4096);
    equals("after-churn-staying", count_of(seen.staying, count, 1), count);
    equals("after-churn-leaving", count_of(seen.leaving, leaving, 1), leaving - (step < leaving ? step : leaving));
    equals("after-churn-coming", count_of(seen.coming, count, 1), step < leaving / 2 ? step : leaving / 2);
    for (int i = 0; i < MAX_ENTRIES; i++) {
        if (seen.leaving[i])
            drop('x', i);
        if (seen.coming[i])
            drop('n', i);
    }

    // Renames each entry that it is shown. The new name may come up as well; each old one must.
    char path[32], renamed[32];
    directory = open_here();
    cookie = 0;
    forget();
    bool more = true;
    while (more && seen.calls < 3 * count) {
        static uint8_t before[MAX_ENTRIES];
        memcpy(before, seen.staying, sizeof before);
        more = read_window(directory, 512, &cookie);
        for (int i = 0; i < count; i++) {
            if (seen.staying[i] == before[i])
                continue;
            path_of(path, 'e', i), path_of(renamed, 'r', i);
            must(rename(path, renamed));
        }
    }
    close(directory);
    ok("rename-while-listing-comes-to-an-end", !more, "still listing");
    equals("rename-while-listing-each-once", count_of(seen.staying, count, 1), count);
    remove_while_listing('r', count);
}

static void seek(int count) {
    for (int i = 0; i < count; i++)
        make('e', i);
    DIR *directory = opendir(".");
    must(directory == NULL ? -1 : 0);
    char names[3][32] = {"", "", ""};
    long positions[3];
    static char listed[MAX_ENTRIES][8];
    int length = 0;
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        if (entry->d_name[0] != '.' && length < count)
            strncpy(listed[length++], entry->d_name, sizeof listed[0] - 1);
        for (int i = 0; i < 3; i++)
            if (length == (i + 1) * count / 4)
                positions[i] = telldir(directory);
    }
    equals("seek-listed", length, count);
    for (int i = 0; i < 3; i++)
        strcpy(names[i], listed[(i + 1) * count / 4]);

    // Half of what comes before the first position goes, and something else comes.
    for (int i = 0; i < count / 8; i++) {
        must(unlink(listed[i * 2]));
        if (i % 3 == 0)
            make('a', i);
    }
    for (int i = 2; i >= 0; i--) {
        seekdir(directory, positions[i]);
        struct dirent *entry = readdir(directory);
        ok("seek-to-the-same", entry != NULL && strcmp(entry->d_name, names[i]) == 0, entry == NULL ? "the end" : entry->d_name);
        int rest = 1;
        for (; entry != NULL && (entry = readdir(directory)) != NULL;)
            rest += entry->d_name[0] == 'e';
        equals("seek-rest", rest, count - (i + 1) * count / 4);
    }
    closedir(directory);
    for (int i = 0; i < count / 8; i += 3)
        drop('a', i);
    for (int i = 0; i < count; i++)
        if (i % 2 != 0 || i >= count / 4)
            must(unlink(listed[i]));
}

static int walk(int parent, const char *name, bool removing) {
    int fd = must(openat(parent, name, O_RDONLY | O_DIRECTORY));
    DIR *directory = fdopendir(fd);
    int count = 0;
    must(directory == NULL ? -1 : 0);
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        count++;
        bool is_directory = entry->d_type == DT_DIR;
        if (is_directory)
            count += walk(fd, entry->d_name, removing);
        if (removing)
            must(unlinkat(fd, entry->d_name, is_directory ? AT_REMOVEDIR : 0));
    }
    closedir(directory);
    return count;
}

static void tree(int count) {
    enum { DEPTH = 30 };
    char path[256];
    for (int i = 0; i < count; i++) {
        snprintf(path, sizeof path, "d-%d", i);
        must(mkdir(path, 0777));
        for (int j = 0; j < count; j++) {
            snprintf(path, sizeof path, "d-%d/f-%d", i, j);
            must(close(must(open(path, O_WRONLY | O_CREAT | O_EXCL, 0666))));
        }
    }
    // And one branch that is deep.
    path[0] = 0;
    for (int i = 0; i < DEPTH; i++) {
        strcat(path, i == 0 ? "deep" : "/deep");
        must(mkdir(path, 0777));
    }
    int here = open_here(), expected = count + count * count + DEPTH;
    equals("tree-walked", walk(here, ".", false), expected);
    equals("tree-removed", walk(here, ".", true), expected);
    equals("tree-is-gone", walk(here, ".", false), 0);
    close(here);
}

static bool exists(const char *path) { return access(path, F_OK) == 0; }

// Lists until the other guest was seen at work in enough listings.
static void watch(int count) {
    for (int i = 0; i < count; i++)
        make('e', i);
    make('n', 0);
    while (!exists("n-00001"))
        usleep(1000);
    int disturbed = 0, rounds = 0, wrong = 0, twice = 0, strangers = 0, newest = 0;
    for (; disturbed < 5 && rounds < 2000; rounds++) {
        list_all(rounds % 2 == 0 ? 512 : 4096);
        wrong += count - count_of(seen.staying, count, 1);
        twice += seen.twice;
        strangers += seen.strangers;
        disturbed += seen.newest > newest;
        newest = seen.newest > newest ? seen.newest : newest;
    }
    make('n', 2);
    equals("watch-was-disturbed", disturbed, 5);
    equals("watch-staying-once", wrong, 0);
    equals("watch-passing-at-most-once", twice, 0);
    equals("watch-no-others", strangers, 0);
    while (exists("n-00001"))
        usleep(1000);
    drop('n', 0), drop('n', 2);
    remove_while_listing('e', count);
}

// Each name is used once, so that nobody may see it twice in one listing.
static void disturb(void) {
    while (!exists("n-00000"))
        usleep(1000);
    int number = 0;
    for (; number < MAX_PASSING && !exists("n-00002"); number++) {
        make('c', number);
        if (number == ALIVE)
            make('n', 1);
        if (number >= ALIVE)
            drop('c', number - ALIVE);
    }
    ok("disturb-was-stopped", number < MAX_PASSING, "nobody said stop");
    for (int i = number < ALIVE ? 0 : number - ALIVE; i < number; i++)
        drop('c', i);
    must(unlink("n-00001"));
}

static int count_entries(void) {
    DIR *directory = opendir(".");
    int count = -2;
    must(directory == NULL ? -1 : 0);
    while (readdir(directory) != NULL)
        count++;
    closedir(directory);
    return count;
}

int main(int argc, char **argv) {
    int count = argc > 3 ? atoi(argv[3]) : 0;
    if (argc < 3 || count < 0 || count > MAX_ENTRIES || chdir(argv[2]) != 0) {
        fprintf(stderr, "usage: directory windows|churn|seek|tree|watch|disturb|fill|list DIRECTORY [COUNT]\n");
        return 255;
    }
    if (strcmp(argv[1], "windows") == 0) {
        windows(count);
        cookies(count);
        kinds(count);
        remove_while_listing('e', count);
    } else if (strcmp(argv[1], "churn") == 0)
        churn(count);
    else if (strcmp(argv[1], "seek") == 0)
        seek(count);
    else if (strcmp(argv[1], "tree") == 0)
        tree(count);
    else if (strcmp(argv[1], "watch") == 0)
        watch(count);
    else if (strcmp(argv[1], "disturb") == 0)
        disturb();
    else if (strcmp(argv[1], "fill") == 0)
        for (int i = 0; i < count; i++)
            make('e', i);
    else if (strcmp(argv[1], "list") == 0)
        for (int i = argc > 4 ? atoi(argv[4]) : 1; i > 0; i--)
            failures += count_entries() != count;
    else
        return 255;
    return failures;
}
