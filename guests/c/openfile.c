// What becomes of files that are open while their names change, and of descriptors that are renumbered. Each check prints
// "ok NAME" or "not ok NAME: detail"; the exit code is the number of failures. DIRECTORY must exist and be empty; nothing
// is left in it.
//
//   openfile posix DIRECTORY   a directory with POSIX semantics: descriptors of one file share its content
//   openfile values DIRECTORY  a key-value directory: each descriptor has its own content until it is committed

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <wasi/api.h>

#include "check.h"

enum { MANY = 200, APPENDERS = 8, RECORDS = 2000 };

static int create(const char *path, const char *content) {
    int fd = must(open(path, O_RDWR | O_CREAT | O_EXCL, 0666));
    must(write(fd, content, strlen(content)) == (ssize_t)strlen(content) ? 0 : -1);
    return fd;
}

static void create_closed(const char *path, const char *content) { must(close(create(path, content))); }

static void shows(const char *name, int fd, const char *expected) {
    char content[64] = "";
    ssize_t length = pread(fd, content, sizeof content - 1, 0);
    ok(name, length == (ssize_t)strlen(expected) && strcmp(content, expected) == 0, length < 0 ? strerror(errno) : content);
}

static void content_is(const char *name, const char *path, const char *expected) {
    int fd = open(path, O_RDONLY);
    if (fd < 0) {
        succeeds(name, fd);
        return;
    }
    shows(name, fd, expected);
    close(fd);
}

static long long links_of(int fd) {
    struct stat info;
    return fstat(fd, &info) < 0 ? -1 : (long long)info.st_nlink;
}

static int renumber(int from, int to) {
    errno = __wasi_fd_renumber(from, to);
    return errno == 0 ? 0 : -1;
}

// --- rename ---------------------------------------------------------------------------------------

static void rename_over_open(void) {
    struct stat info, named;
    create_closed("target", "old");
    int writer = must(open("target", O_RDWR)), reader = must(open("target", O_RDONLY));
    int source = create("source", "new");
    succeeds("rename-over-open", rename("source", "target"));
    equals("rename-over-open-links", links_of(reader), 0);
    shows("rename-over-open-reads-old", reader, "old");
    equals("rename-over-open-writes", pwrite(writer, "OLDER", 5, 0), 5);
    shows("rename-over-open-reads-own", reader, "OLDER");
    content_is("rename-over-open-keeps-new", "target", "new");
    equals("rename-follows-open", pwrite(source, "NEW", 3, 0), 3);
    content_is("rename-follows-open-content", "target", "NEW");
    ok("rename-same-file", fstat(source, &info) == 0 && stat("target", &named) == 0 && info.st_ino == named.st_ino, "another inode");
    ok("rename-other-file", fstat(reader, &info) == 0 && info.st_ino != named.st_ino, "the same inode");
    succeeds("rename-source-close", close(source));
    succeeds("rename-writer-close", close(writer));
    succeeds("rename-reader-close", close(reader));
    content_is("rename-after-close", "target", "NEW");
    succeeds("rename-unlink", unlink("target"));
}

// Each descriptor keeps the generation that it opened.
static void rename_generations(void) {
    static int open_files[MANY];
    char content[16], read_back[16];
    int wrong = 0;
    for (int i = 0; i < MANY; i++) {
        snprintf(content, sizeof content, "generation %d", i);
        create_closed("next", content);
        must(rename("next", "current"));
        open_files[i] = must(open("current", O_RDONLY));
    }
    for (int i = 0; i < MANY; i++) {
        snprintf(content, sizeof content, "generation %d", i);
        memset(read_back, 0, sizeof read_back);
        wrong += read(open_files[i], read_back, sizeof read_back - 1) < 0 || strcmp(content, read_back) != 0;
        wrong += close(open_files[i]) != 0;
    }
    equals("rename-generations", wrong, 0);
    must(unlink("current"));
}

static void rename_directories(void) {
    must(mkdir("from", 0777));
    must(mkdir("to", 0777));
    int from = must(open("from", O_RDONLY | O_DIRECTORY)), to = must(open("to", O_RDONLY | O_DIRECTORY));
    int file = create("from/file", "inside");
    succeeds("rename-open-directory", rename("from", "to"));
    shows("rename-directory-file", file, "inside");
    content_is("rename-directory-content", "to/file", "inside");
    int through = openat(from, "file", O_RDONLY);
    ok("rename-directory-descriptor-follows", through >= 0, strerror(errno));
    close(through);
    fails("create-in-replaced-directory", openat(to, "file", O_WRONLY | O_CREAT, 0666), ENOENT, 0);
    fails("open-in-replaced-directory", openat(to, "file", O_RDONLY), ENOENT, 0);
    succeeds("rename-file-close", close(file));
    succeeds("unlinkat-through-descriptor", unlinkat(from, "file", 0));
    succeeds("rmdir-renamed", rmdir("to"));
    close(from), close(to);
}

// --- unlink ---------------------------------------------------------------------------------------

static void unlink_open(void) {
    struct stat first, second;
    int fd = create("name", "first"), reader = must(open("name", O_RDONLY));
    must(fstat(fd, &first));
    succeeds("unlink-open", unlink("name"));
    equals("unlink-open-links", links_of(fd), 0);
    int other = create("name", "second");
    must(fstat(other, &second));
    ok("unlink-open-other-inode", first.st_ino != second.st_ino, "the inode of a file that is still open");
    equals("unlink-open-writes", pwrite(fd, "FIRST, longer", 13, 0), 13);
    shows("unlink-open-reads", reader, "FIRST, longer");
    succeeds("unlink-open-truncate", ftruncate(fd, 5));
    shows("unlink-open-truncated", reader, "FIRST");
    succeeds("unlink-open-sync", fsync(fd));
    shows("unlink-open-keeps-other", other, "second");
    succeeds("unlink-close", close(fd));
    shows("unlink-last-reader", reader, "FIRST");
    succeeds("unlink-last-close", close(reader));
    content_is("unlink-keeps-other", "name", "second");
    succeeds("unlink-other-close", close(other));
    must(unlink("name"));
}

static void unlink_many(void) {
    static int open_files[MANY];
    char content[16], read_back[16];
    int wrong = 0;
    for (int i = 0; i < MANY; i++) {
        snprintf(content, sizeof content, "%d", i);
        open_files[i] = create("same", content);
        must(unlink("same"));
    }
    for (int i = MANY - 1; i >= 0; i--) {
        snprintf(content, sizeof content, "%d", i);
        memset(read_back, 0, sizeof read_back);
        wrong += pread(open_files[i], read_back, sizeof read_back - 1, 0) < 0 || strcmp(content, read_back) != 0;
        wrong += close(open_files[i]) != 0;
    }
    equals("unlink-many", wrong, 0);
    fails("unlink-many-none-left", open("same", O_RDONLY), ENOENT, 0);
}

static void rmdir_open(void) {
    must(mkdir("gone", 0777));
    int fd = must(open("gone", O_RDONLY | O_DIRECTORY));
    succeeds("rmdir-open", rmdir("gone"));
    fails("create-in-removed", openat(fd, "file", O_WRONLY | O_CREAT, 0666), ENOENT, 0);
    fails("mkdir-in-removed", mkdirat(fd, "sub", 0777), ENOENT, 0);
    must(mkdir("gone", 0777));
    create_closed("gone/file", "");
    fails("old-descriptor-of-new-name", openat(fd, "file", O_RDONLY), ENOENT, 0);
    DIR *directory = fdopendir(fd);
    int count = 0;
    for (struct dirent *entry; directory != NULL && (entry = readdir(directory)) != NULL;)
        count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    equals("removed-directory-is-empty", count, 0);
    if (directory != NULL)
        closedir(directory);
    must(unlink("gone/file"));
    must(rmdir("gone"));
}

// --- append ---------------------------------------------------------------------------------------

// Every record "<appender number, its padding>\n", whole, and in each appender's order.
static void records_are_whole(const char *name, const char *path) {
    FILE *file = fopen(path, "r");
    must(file == NULL ? -1 : 0);
    char line[128];
    int next[APPENDERS] = {0}, wrong = 0, count = 0;
    while (fgets(line, sizeof line, file) != NULL) {
        int appender, number, length = 0;
        count++;
        if (sscanf(line, "<%d %d %*[x]>%n", &appender, &number, &length) < 2 || strcmp(line + length, "\n") != 0 || appender < 0 || appender >= APPENDERS)
            wrong++;
        else
            wrong += number != next[appender]++;
    }
    fclose(file);
    char detail[64];
    snprintf(detail, sizeof detail, "%d records of %d, %d not whole or not in order", count, RECORDS, wrong);
    ok(name, wrong == 0 && count == RECORDS, detail);
}

static void append_record(int fd, int index) {
    static const char padding[] = "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx";
    char record[80];
    int length = snprintf(record, sizeof record, "<%d %d %s>\n", index % APPENDERS, index / APPENDERS, padding + index * 7 % 37);
    must(write(fd, record, (size_t)length) == length ? 0 : -1);
}

static void append_from_several(bool commits) {
    int open_files[APPENDERS];
    char bytes[16] = "";
    must(close(create("log", "")));
    for (int i = 0; i < APPENDERS; i++)
        open_files[i] = must(open("log", O_RDWR | O_APPEND));
    for (int i = 0; i < RECORDS; i++) {
        must(lseek(open_files[i % APPENDERS], i % 5, SEEK_SET)); // O_APPEND goes to the end all the same
        append_record(open_files[i % APPENDERS], i);
        if (commits && i % 50 == 0)
            must(fsync(open_files[i % APPENDERS]));
    }
    // In the middle between two commits nobody sees what another has not committed, but its own appends.
    for (int i = 0; i < APPENDERS; i++)
        succeeds("append-close", close(open_files[i]));
    records_are_whole("append-from-several", "log");
    must(unlink("log"));

    int first = create("log", ""), second;
    succeeds("append-commit", fsync(first));
    second = must(open("log", O_WRONLY | O_APPEND));
    must(close(first));
    first = must(open("log", O_RDWR));
    equals("append-one", write(second, "one", 3), 3);
    succeeds("append-one-sync", fsync(second));
    if (!commits) {
        equals("write-at-position", write(first, "ONE+", 4), 4);
        equals("append-behind-it", write(second, "two", 3), 3);
        equals("append-position", lseek(second, 0, SEEK_CUR), 7);
        succeeds("truncate-under-appender", ftruncate(first, 1));
        equals("append-to-truncated", write(second, "three", 5), 5);
        equals("append-read", pread(first, bytes, sizeof bytes - 1, 0), 6);
        ok("append-read-content", strcmp(bytes, "Othree") == 0, bytes);
        succeeds("append-on", fcntl(first, F_SETFL, O_APPEND));
        equals("append-on-write", write(first, "!", 1), 1);
        succeeds("append-off", fcntl(first, F_SETFL, 0));
        equals("append-off-seek", lseek(first, 0, SEEK_SET), 0);
        equals("append-off-write", write(first, "o", 1), 1);
        content_is("append-in-the-end", "log", "othree!");
    }
    close(first), close(second);
    must(unlink("log"));
}

// --- fd_renumber ----------------------------------------------------------------------------------

static void renumber_files(void) {
    struct stat info;
    char bytes[8] = "";
    create_closed("one", "0123456789");
    create_closed("two", "abcdefghij");
    int one = must(open("one", O_RDWR | O_APPEND)), two = must(open("two", O_RDONLY));
    equals("renumber-read-before", read(one, bytes, 4), 4);
    succeeds("renumber", renumber(one, two));
    fails("renumber-frees-source", read(one, bytes, 1), EBADF, 0);
    equals("renumber-keeps-position", read(two, bytes, 3), 3);
    ok("renumber-content", memcmp(bytes, "456", 3) == 0, bytes);
    equals("renumber-keeps-append", write(two, "+", 1), 1);
    succeeds("renumber-sync", fsync(two));
    content_is("renumber-append-content", "one", "0123456789+");
    succeeds("renumber-to-itself", renumber(two, two));
    ok("renumber-to-itself-stays", fstat(two, &info) == 0 && info.st_size == 11, "not open any more");
    fails("renumber-from-closed", renumber(one, two), EBADF, 0);
    fails("renumber-to-closed", renumber(two, one), EBADF, 0);
    fails("renumber-from-closed-to-itself", renumber(one, one), EBADF, 0);
    ok("renumber-failed-keeps", fstat(two, &info) == 0 && info.st_size == 11, "not open any more");

    // A number that was freed is not taken while it is in use, whichever way it came into use.
    int fresh[MANY], wrong = 0;
    for (int i = 0; i < MANY; i++) {
        fresh[i] = must(open("two", O_RDONLY));
        wrong += fresh[i] == two;
    }
    for (int i = 1; i < MANY; i++)
        wrong += renumber(fresh[i], fresh[0]) != 0;
    for (int i = 1; i < MANY; i++)
        wrong += close(fresh[i]) != -1 || errno != EBADF;
    equals("renumber-many", wrong, 0);
    shows("renumber-many-content", fresh[0], "abcdefghij");
    succeeds("renumber-many-close", close(fresh[0]));
    succeeds("renumber-close", close(two));

    // Standard error goes to a file from now on.
    int log = create("log", "");
    succeeds("renumber-stderr", renumber(log, STDERR_FILENO));
    fprintf(stderr, "to the %s", "file");
    succeeds("renumber-stderr-sync", fsync(STDERR_FILENO));
    content_is("renumber-stderr-content", "log", "to the file");
    succeeds("renumber-stderr-close", close(STDERR_FILENO));
    fails("renumber-stderr-closed", write(STDERR_FILENO, "x", 1), EBADF, 0);
    must(unlink("log")), must(unlink("one")), must(unlink("two"));
}

// A directory that is being read goes on under its new number.
static void renumber_directory(void) {
    char path[16];
    must(mkdir("listed", 0777));
    for (int i = 0; i < MANY; i++) {
        snprintf(path, sizeof path, "listed/%03d", i);
        create_closed(path, "");
    }
    create_closed("file", "content");
    int directory = must(open("listed", O_RDONLY | O_DIRECTORY)), file = must(open("file", O_RDONLY)), count = 0;
    uint8_t window[100];
    uint64_t cookie = 0;
    __wasi_size_t used = sizeof window;
    while (used == sizeof window) {
        must(__wasi_fd_readdir(directory, window, sizeof window, cookie, &used) == 0 ? 0 : -1);
        __wasi_dirent_t entry;
        for (size_t at = 0; at + sizeof entry <= used; at += sizeof entry + entry.d_namlen) {
            memcpy(&entry, window + at, sizeof entry);
            if (at + sizeof entry + entry.d_namlen > used)
                break;
            cookie = entry.d_next;
            count++;
        }
        if (directory != file && count > MANY / 2) {
            succeeds("renumber-directory", renumber(directory, file));
            directory = file;
        }
    }
    equals("renumber-directory-goes-on", count, MANY + 2);
    fails("renumber-directory-is-no-file", read(directory, window, 1), EISDIR, EBADF);
    close(directory);
    for (int i = 0; i < MANY; i++) {
        snprintf(path, sizeof path, "listed/%03d", i);
        must(unlink(path));
    }
    must(rmdir("listed"));
    must(unlink("file"));
}

// --- key-value: content is committed by close and fsync ---------------------------------------------

static void values(void) {
    create_closed("target", "old");
    create_closed("source", "new");
    int writer = must(open("target", O_WRONLY)), reader = must(open("target", O_RDONLY)), source = must(open("source", O_RDWR));
    succeeds("value-rename-over-open", rename("source", "target"));
    shows("value-reads-old", reader, "old");
    equals("value-links", links_of(writer), 0);
    equals("value-writes-to-nowhere", write(writer, "lost", 4), 4);
    succeeds("value-close-to-nowhere", close(writer));
    content_is("value-keeps-new", "target", "new");
    equals("value-follows-rename", pwrite(source, "NEW", 3, 0), 3);
    content_is("value-not-yet-committed", "target", "new");
    succeeds("value-commit-follows-rename", close(source));
    content_is("value-committed", "target", "NEW");
    shows("value-reads-old-still", reader, "old");
    close(reader);

    int swapper = must(open("target", O_RDWR)), other = must(open("target", O_WRONLY | O_TRUNC));
    must(write(other, "other", 5));
    succeeds("value-other-commit", close(other));
    equals("value-swap-write", pwrite(swapper, "swap", 4, 0), 4);
    fails("value-swap-is-stale", fsync(swapper), ESTALE, 0);
    // dup2's rule: the number has its new meaning, and the commit that is lost by it is told.
    create_closed("file", "content");
    int file = must(open("file", O_RDONLY));
    fails("value-renumber-over-stale", renumber(file, swapper), ESTALE, 0);
    shows("value-renumber-took-place", swapper, "content");
    fails("value-renumber-freed-source", close(file), EBADF, 0);
    close(swapper);
    content_is("value-swap-lost", "target", "other");

    int pending = must(open("target", O_WRONLY | O_TRUNC));
    must(write(pending, "by renumber", 11));
    file = must(open("file", O_RDONLY));
    succeeds("value-renumber-commits", renumber(file, pending));
    content_is("value-renumber-committed", "target", "by renumber");
    close(pending);

    pending = must(open("target", O_RDWR));
    must(write(pending, "BY", 2));
    succeeds("value-unlink-open", unlink("target"));
    equals("value-unlinked-links", links_of(pending), 0);
    shows("value-unlinked-reads", pending, "BY renumber");
    succeeds("value-unlinked-close", close(pending));
    fails("value-unlinked-commits-nothing", open("target", O_RDONLY), ENOENT, 0);

    pending = must(open("target", O_WRONLY | O_CREAT | O_EXCL, 0666));
    fails("value-create-twice", open("target", O_WRONLY | O_CREAT | O_EXCL, 0666), EEXIST, 0);
    succeeds("value-rename-uncommitted", rename("target", "moved"));
    must(write(pending, "created", 7));
    succeeds("value-created-close", close(pending));
    content_is("value-created-where-renamed", "moved", "created");
    fails("value-created-not-where-opened", open("target", O_RDONLY), ENOENT, 0);
    fails("value-link", link("moved", "linked"), EPERM, 0);
    fails("value-symlink", symlink("moved", "linked"), EPERM, 0);

    int first = must(open("moved", O_RDWR | O_APPEND)), second = must(open("moved", O_RDWR | O_APPEND));
    must(write(first, "+first", 6)), must(write(second, "+second", 7));
    shows("value-append-sees-own", second, "created+second");
    succeeds("value-append-commit", fsync(second));
    succeeds("value-append-commit-behind", fsync(first));
    shows("value-append-sees-both", first, "created+second+first");
    close(first), close(second);
    must(unlink("moved")), must(unlink("file"));
}

int main(int argc, char **argv) {
    bool commits = argc == 3 && strcmp(argv[1], "values") == 0;
    if (argc != 3 || !(commits || strcmp(argv[1], "posix") == 0) || chdir(argv[2]) != 0) {
        fprintf(stderr, "usage: openfile posix|values DIRECTORY\n");
        return 255;
    }
    if (commits)
        values();
    else {
        rename_over_open();
        rename_directories();
        unlink_open();
        rmdir_open();
    }
    rename_generations();
    unlink_many();
    append_from_several(commits);
    renumber_directory();
    renumber_files();
    return failures;
}
