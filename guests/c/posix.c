// A walk through what POSIX says about files, in the directory that argv[1] names (it must exist and be writable).
// Prints "ok NAME" or "not ok NAME: detail" for each check and exits with the number of failures. What a filesystem
// may leave out (symbolic links, setting times) is "ok NAME # skip" if it says so with ENOSYS, ENOTSUP or EPERM.

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"

// A file that another check left behind would only hide what is wrong here.
static int create(const char *path, const char *content) {
    int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0666);
    if (fd >= 0 && write(fd, content, strlen(content)) != (ssize_t)strlen(content))
        return -1;
    return fd;
}

static int create_closed(const char *path, const char *content) {
    int fd = create(path, content);
    return fd < 0 ? -1 : close(fd);
}

static void content_is(const char *name, const char *path, const char *expected) {
    char content[64] = "";
    int fd = open(path, O_RDONLY);
    ssize_t length = fd < 0 ? -1 : read(fd, content, sizeof content - 1);
    ok(name, length == (ssize_t)strlen(expected) && memcmp(content, expected, (size_t)length) == 0, length < 0 ? strerror(errno) : content);
    close(fd);
}

static void open_flags(void) {
    fails("open-missing", open("missing", O_RDONLY), ENOENT, 0);
    succeeds("open-create", create_closed("file", "0123456789"));
    fails("open-excl-exists", open("file", O_WRONLY | O_CREAT | O_EXCL, 0666), EEXIST, 0);
    content_is("open-excl-keeps", "file", "0123456789");

    int fd = open("file", O_RDONLY);
    fails("write-readonly", write(fd, "x", 1), EBADF, 0);
    close(fd);
    fd = open("file", O_WRONLY);
    char byte;
    fails("read-writeonly", read(fd, &byte, 1), EBADF, 0);
    equals("write-no-trunc", write(fd, "AB", 2), 2);
    close(fd);
    content_is("write-no-trunc-keeps-rest", "file", "AB23456789");

    fd = open("file", O_WRONLY | O_APPEND);
    lseek(fd, 0, SEEK_SET);
    equals("append-write", write(fd, "yz", 2), 2);
    close(fd);
    content_is("append-goes-to-end", "file", "AB23456789yz");

    fd = open("file", O_WRONLY | O_TRUNC);
    succeeds("trunc-close", close(fd));
    content_is("trunc-empties", "file", "");
    fails("close-twice", close(fd), EBADF, 0);
    fails("read-closed", read(fd, &byte, 1), EBADF, 0);
}

static void positions(void) {
    int fd = create("positions", "0123456789");
    char bytes[8] = "";
    equals("lseek-set", lseek(fd, 4, SEEK_SET), 4);
    equals("lseek-cur", lseek(fd, -1, SEEK_CUR), 3);
    equals("lseek-end", lseek(fd, -2, SEEK_END), 8);
    equals("read-at-end-is-short", read(fd, bytes, 8), 2);
    equals("read-after-end", read(fd, bytes, 8), 0);
    fails("lseek-negative", lseek(fd, -1, SEEK_SET), EINVAL, 0);
    equals("lseek-after-failure", lseek(fd, 0, SEEK_CUR), 10);

    equals("pread", pread(fd, bytes, 3, 5), 3);
    ok("pread-content", memcmp(bytes, "567", 3) == 0, bytes);
    equals("pwrite", pwrite(fd, "XY", 2, 1), 2);
    equals("pread-pwrite-keep-position", lseek(fd, 0, SEEK_CUR), 10);
    equals("pread-sees-own-write", pread(fd, bytes, 4, 0), 4);
    ok("pwrite-content", memcmp(bytes, "0XY3", 4) == 0, bytes);

    equals("lseek-beyond", lseek(fd, 14, SEEK_SET), 14);
    equals("write-beyond", write(fd, "!", 1), 1);
    equals("hole-read", pread(fd, bytes, 5, 10), 5);
    ok("hole-is-zero", memcmp(bytes, "\0\0\0\0!", 5) == 0, "other bytes");

    struct stat info;
    equals("ftruncate-shorter", ftruncate(fd, 3), 0);
    equals("fstat-sees-it", fstat(fd, &info) == 0 ? info.st_size : -1, 3);
    equals("ftruncate-longer", ftruncate(fd, 6), 0);
    equals("ftruncate-zeros", pread(fd, bytes, 8, 0), 6);
    ok("ftruncate-content", memcmp(bytes, "0XY\0\0\0", 6) == 0, "other bytes");
    succeeds("fsync", fsync(fd));
    succeeds("positions-close", close(fd));
    equals("stat-size", stat("positions", &info) == 0 ? info.st_size : -1, 6);
}

static void renames_and_unlinks(void) {
    create_closed("from", "new");
    create_closed("to", "old");
    int fd = open("to", O_RDONLY);
    succeeds("rename-over", rename("from", "to"));
    content_is("rename-over-content", "to", "new");
    fails("rename-source-gone", open("from", O_RDONLY), ENOENT, 0);
    char bytes[8] = "";
    equals("rename-over-open-reads-old", read(fd, bytes, sizeof bytes), 3);
    ok("rename-over-open-content", strcmp(bytes, "old") == 0, bytes);
    close(fd);
    succeeds("rename-to-itself", rename("to", "to"));
    content_is("rename-to-itself-keeps", "to", "new");
    fails("rename-missing", rename("missing", "to"), ENOENT, 0);

    fd = open("to", O_RDONLY);
    succeeds("unlink-open", unlink("to"));
    fails("unlink-open-name-gone", open("to", O_RDONLY), ENOENT, 0);
    memset(bytes, 0, sizeof bytes);
    equals("unlink-open-still-reads", read(fd, bytes, sizeof bytes), 3);
    succeeds("unlink-open-close", close(fd));
    fails("unlink-missing", unlink("to"), ENOENT, 0);
}

static void directories(void) {
    succeeds("mkdir", mkdir("dir", 0777));
    fails("mkdir-exists", mkdir("dir", 0777), EEXIST, 0);
    fails("mkdir-no-parent", mkdir("missing/dir", 0777), ENOENT, 0);
    struct stat info;
    ok("stat-dir", stat("dir", &info) == 0 && S_ISDIR(info.st_mode), "not a directory");
    create_closed("dir/file", "x");
    fails("rmdir-not-empty", rmdir("dir"), ENOTEMPTY, EEXIST);
    fails("unlink-dir", unlink("dir"), EISDIR, EPERM);
    fails("rmdir-file", rmdir("dir/file"), ENOTDIR, 0);
    fails("open-dir-write", open("dir", O_WRONLY), EISDIR, 0);
    fails("open-file-as-dir", open("dir/file", O_RDONLY | O_DIRECTORY), ENOTDIR, 0);
    fails("open-through-file", open("dir/file/x", O_RDONLY), ENOTDIR, 0);
    succeeds("mkdir-trailing-slash", mkdir("other/", 0777));
    ok("stat-trailing-slash", stat("other/", &info) == 0 && S_ISDIR(info.st_mode), "not a directory");
    fails("open-file-trailing-slash", open("dir/file/", O_RDONLY), ENOTDIR, 0);
    fails("stat-file-trailing-slash", stat("dir/file/", &info), ENOTDIR, 0);
    fails("rename-dir-over-file", rename("other", "dir/file"), ENOTDIR, 0);
    fails("rename-file-over-dir", rename("dir/file", "other"), EISDIR, 0);
    fails("rename-dir-over-full-dir", rename("other", "dir"), ENOTEMPTY, EEXIST);
    fails("rename-into-itself", rename("dir", "dir/sub"), EINVAL, 0);
    succeeds("rename-dir", rename("dir", "moved"));
    content_is("rename-dir-content", "moved/file", "x");
    content_is("dot-dot-inside", "moved/../moved/./file", "x");
    succeeds("rename-dir-over-empty-dir", rename("moved", "other"));
    succeeds("unlink-in-dir", unlink("other/file"));
    succeeds("rmdir", rmdir("other"));
    fails("rmdir-missing", rmdir("other"), ENOENT, 0);
}

// Relative to a directory descriptor nothing above it may be reached; from the root, ".." stays or is refused.
static void containment(void) {
    int fd = open(".", O_RDONLY | O_DIRECTORY);
    int escaped = openat(fd, "../../../../../../../../etc/passwd", O_RDONLY);
    ok("dot-dot-no-escape", escaped < 0, "opened a file of the machine");
    escaped = open("/../../../../../../../../etc/passwd", O_RDONLY);
    ok("dot-dot-root-no-escape", escaped < 0, "opened a file of the machine");
    close(fd);
}

enum { ENTRIES = 500 };

// Reads the rest of a directory; counts every entry e-NNN once. Returns how many there were, -1 if one came twice.
static int read_entries(DIR *directory) {
    bool seen[ENTRIES] = {false};
    int count = 0;
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        if (strncmp(entry->d_name, "e-", 2) != 0)
            continue;
        int number = atoi(entry->d_name + 2);
        if (number < 0 || number >= ENTRIES || seen[number])
            return -1;
        seen[number] = true;
        count++;
    }
    return count;
}

static void listing(void) {
    char path[32], detail[NAME_MAX + 1] = "";
    mkdir("many", 0777);
    for (int i = 0; i < ENTRIES; i++) {
        snprintf(path, sizeof path, "many/e-%d", i);
        create_closed(path, "");
    }
    DIR *directory = opendir("many");
    ok("opendir", directory != NULL, strerror(errno));
    if (directory == NULL)
        return;
    equals("readdir-all-once", read_entries(directory), ENTRIES);
    rewinddir(directory);
    equals("rewinddir-all-once", read_entries(directory), ENTRIES);

    rewinddir(directory);
    for (int i = 0; i < 200; i++)
        readdir(directory);
    long position = telldir(directory);
    struct dirent *entry = readdir(directory);
    if (entry != NULL)
        strcpy(detail, entry->d_name);
    int rest = read_entries(directory);
    seekdir(directory, position);
    entry = readdir(directory);
    ok("seekdir-same-entry", entry != NULL && strcmp(entry->d_name, detail) == 0, detail);
    equals("seekdir-same-rest", read_entries(directory), rest);
    ok("readdir-type", entry == NULL || entry->d_type == DT_REG || entry->d_type == DT_UNKNOWN, "not a regular file");
    closedir(directory);

    for (int i = 0; i < ENTRIES; i++) {
        snprintf(path, sizeof path, "many/e-%d", i);
        unlink(path);
    }
    succeeds("rmdir-emptied", rmdir("many"));
    ok("opendir-missing", opendir("many") == NULL && errno == ENOENT, strerror(errno));
    create_closed("plain", "");
    ok("opendir-file", opendir("plain") == NULL && errno == ENOTDIR, strerror(errno));
}

static void links(void) {
    create_closed("target", "content");
    int result = symlink("target", "link");
    if (skipped("symlink", result))
        return;
    succeeds("symlink", result);
    char text[16] = "";
    equals("readlink", readlink("link", text, sizeof text), 6);
    ok("readlink-content", strcmp(text, "target") == 0, text);
    content_is("symlink-followed", "link", "content");
    struct stat info;
    ok("lstat-link", lstat("link", &info) == 0 && S_ISLNK(info.st_mode), "not a link");
    ok("stat-link", stat("link", &info) == 0 && S_ISREG(info.st_mode), "not a file");
    fails("open-nofollow", open("link", O_RDONLY | O_NOFOLLOW), ELOOP, 0);
    fails("readlink-file", readlink("target", text, sizeof text), EINVAL, 0);
    symlink("loop", "loop");
    fails("symlink-loop", open("loop", O_RDONLY), ELOOP, 0);
    symlink("../../../../../../../../etc/passwd", "escape");
    ok("symlink-no-escape", open("escape", O_RDONLY) < 0, "opened a file of the machine");
    unlink("link"), unlink("loop"), unlink("escape");
    content_is("unlink-link-keeps-target", "target", "content");
}

static void times(void) {
    int fd = create("times", "x");
    struct timespec both[2] = {{1000000000, 123456789}, {1100000000, 987654321}};
    struct stat info;
    int result = futimens(fd, both);
    if (!skipped("futimens", result)) {
        succeeds("futimens", result);
        succeeds("futimens-fstat", fstat(fd, &info));
        equals("futimens-mtime", info.st_mtim.tv_sec, 1100000000);
        equals("futimens-atime", info.st_atim.tv_sec, 1000000000);
        // Not NULL, UTIME_NOW or UTIME_OMIT: Debian 12's wasi-libc gets them wrong before the host is asked.
    }
    close(fd);
    create_closed("times", "newer");
    ok("write-sets-mtime", stat("times", &info) == 0 && info.st_mtim.tv_sec > 1500000000, "mtime is not now");
    equals("stat-nlink", info.st_nlink, 1);
}

int main(int argc, char **argv) {
    if (argc != 2 || chdir(argv[1]) != 0) {
        fprintf(stderr, "usage: posix DIRECTORY\n");
        return 255;
    }
    open_flags();
    positions();
    renames_and_unlinks();
    directories();
    containment();
    listing();
    links();
    times();
    static const char *const left[] = {"file", "positions", "plain", "target", "times"};
    for (size_t i = 0; i < sizeof left / sizeof left[0]; i++)
        unlink(left[i]);
    return failures;
}
