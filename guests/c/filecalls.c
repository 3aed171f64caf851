// Does what a script on standard input says, one file call a line, and prints what each answered: the same source for guests and for Linux, whose answers are compared.
//
//   filecalls all|rest <folder>      "rest" skips what each sequence begins with, up to a line "---", because the folder has it already; "first" does only that
//
// "seq <name>" begins a sequence, in a folder of its own that is directory "b". Descriptors are kept in slots, 0 to 9. A path "-" is the empty one. Times are shown if the
// script has set them, and otherwise as "now"; an inode by whether it is that of another path.
//
//   cc -std=c17 -D_GNU_SOURCE -o filecalls filecalls.c

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>
#ifdef __wasi__
#include <wasi/api.h>
#endif

enum { SLOTS = 10, LINE = 32768, WORDS = 8, DATA = 1 << 16, ENTRIES = 256, VECTORS = 3 };

static int base_fd = -1, slots[SLOTS];
static char data[DATA];

static const struct { int code; const char *name; } names[] = {
    {EACCES, "EACCES"}, {EBADF, "EBADF"}, {EBUSY, "EBUSY"}, {EEXIST, "EEXIST"}, {EFBIG, "EFBIG"}, {EILSEQ, "EILSEQ"}, {EINVAL, "EINVAL"}, {EIO, "EIO"}, {EISDIR, "EISDIR"},
    {ELOOP, "ELOOP"}, {EMLINK, "EMLINK"}, {ENAMETOOLONG, "ENAMETOOLONG"}, {ENODEV, "ENODEV"}, {ENOENT, "ENOENT"}, {ENOSPC, "ENOSPC"}, {ENOSYS, "ENOSYS"}, {ENOTDIR, "ENOTDIR"},
    {ENOTEMPTY, "ENOTEMPTY"}, {ENOTSUP, "ENOTSUP"}, {ENOTTY, "ENOTTY"}, {ENXIO, "ENXIO"}, {EOVERFLOW, "EOVERFLOW"}, {EPERM, "EPERM"}, {EROFS, "EROFS"}, {ESPIPE, "ESPIPE"},
    {ESTALE, "ESTALE"}, {ETXTBSY, "ETXTBSY"}, {EXDEV, "EXDEV"}, {EFAULT, "EFAULT"}, {ENOMEM, "ENOMEM"}, {EMFILE, "EMFILE"},
#ifdef __wasi__
    {ENOTCAPABLE, "ENOTCAPABLE"},
#endif
};

static void fail(void) {
    for (size_t index = 0; index < sizeof names / sizeof *names; index++)
        if (names[index].code == errno) {
            printf(" %s\n", names[index].name);
            return;
        }
    printf(" errno %d\n", errno);
}

// -1 is told as its errno, anything else as a number.
static void tell(long long result) {
    if (result < 0)
        fail();
    else
        printf(" %lld\n", result);
}

static int directory(const char *word) { return *word == 'b' ? base_fd : slots[atoi(word) % SLOTS]; }
static const char *path(const char *word) { return strcmp(word, "-") == 0 ? "" : word; }

static void fill(size_t count, unsigned seed) {
    for (size_t index = 0; index < count; index++)
        data[index] = (char)(seed * 31 + index * 7 + 1);
}

static unsigned sum(size_t count) {
    unsigned hash = 2166136261u;
    for (size_t index = 0; index < count; index++)
        hash = (hash ^ (unsigned char)data[index]) * 16777619u;
    return hash;
}

static int flags_of(const char *word) {
    int flags = strchr(word, 'r') ? (strchr(word, 'w') ? O_RDWR : O_RDONLY) : O_WRONLY;
    if (strchr(word, 'c')) flags |= O_CREAT;
    if (strchr(word, 'e')) flags |= O_EXCL;
    if (strchr(word, 't')) flags |= O_TRUNC;
    if (strchr(word, 'a')) flags |= O_APPEND;
    if (strchr(word, 'd')) flags |= O_DIRECTORY;
    if (strchr(word, 'n')) flags |= O_NOFOLLOW;
    if (strchr(word, 's')) flags |= O_SYNC;
    return flags;
}

static void show_time(char label, struct timespec time_of) {
    time_t now = time(NULL);
    if (time_of.tv_sec > now - 86400 && time_of.tv_sec < now + 86400)
        printf(" %c=now", label);
    else
        printf(" %c=%lld.%09ld", label, (long long)time_of.tv_sec, time_of.tv_nsec);
}

// Of directories neither size nor number of links: those are the file system's own affair.
static void show(const struct stat *status, int with_access) {
    char type = S_ISREG(status->st_mode) ? 'f' : S_ISDIR(status->st_mode) ? 'd' : S_ISLNK(status->st_mode) ? 'l' : '?';
    printf(" %c", type);
    if (type != 'd')
        printf(" size=%lld links=%d", (long long)status->st_size, (int)status->st_nlink);
    if (with_access)
        show_time('a', status->st_atim);
    show_time('m', status->st_mtim);
    putchar('\n');
}

static int by_name(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

static void list(int at, const char *name) {
    char *entries[ENTRIES];
    int count = 0, fd = openat(at, name, O_RDONLY | O_DIRECTORY);
    DIR *open_directory = fd < 0 ? NULL : fdopendir(fd);
    if (!open_directory) {
        fail();
        return;
    }
    struct stat status;
    int wrong = 0;
    errno = 0;
    for (struct dirent *entry; count < ENTRIES && (entry = readdir(open_directory));) {
        char type = entry->d_type == DT_REG ? 'f' : entry->d_type == DT_DIR ? 'd' : entry->d_type == DT_LNK ? 'l' : '?';
        char *text = malloc(strlen(entry->d_name) + 3);
        sprintf(text, "%c:%s", type, entry->d_name);
        entries[count++] = text;
        if (strcmp(entry->d_name, "..") != 0 && (fstatat(dirfd(open_directory), entry->d_name, &status, AT_SYMLINK_NOFOLLOW) < 0 || status.st_ino != entry->d_ino))
            wrong++;
        errno = 0;
    }
    int error = errno;
    closedir(open_directory);
    qsort(entries, (size_t)count, sizeof *entries, by_name);
    for (int index = 0; index < count; index++) {
        printf(" %s", entries[index]);
        free(entries[index]);
    }
    printf("%s%s\n", wrong ? " (an inode differs)" : "", error ? " (failed)" : "");
}

static void move(char **word, int reads, int count) {
    struct iovec vectors[VECTORS];
    size_t total = 0;
    for (int index = 0; index < count; index++) {
        vectors[index] = (struct iovec){data + total, (size_t)atol(word[index + 2])};
        total += vectors[index].iov_len;
    }
    if (reads) memset(data, 0, total);
    else fill(total, (unsigned)total);
    ssize_t result = reads ? readv(slots[atoi(word[1])], vectors, count) : writev(slots[atoi(word[1])], vectors, count);
    if (result < 0) fail();
    else printf(" %zd %08x\n", result, sum((size_t)result));
}

static void move_at(char **word, int reads) {
    int fd = slots[atoi(word[1])];
    size_t count = (size_t)atol(word[2]);
    if (reads) memset(data, 0, count);
    else fill(count, (unsigned)count + 5);
#ifndef __wasi__
    // Linux appends whatever the offset (pwrite(2), "Bugs"); POSIX says that O_APPEND changes nothing here.
    int flags = fcntl(fd, F_GETFL);
    if (flags >= 0 && !reads) fcntl(fd, F_SETFL, flags & ~O_APPEND);
#endif
    ssize_t result = reads ? pread(fd, data, count, (off_t)atoll(word[3])) : pwrite(fd, data, count, (off_t)atoll(word[3]));
    int error = errno;
#ifndef __wasi__
    if (flags >= 0 && !reads) fcntl(fd, F_SETFL, flags);
#endif
    errno = error;
    if (result < 0) fail();
    else printf(" %zd %08x\n", result, sum((size_t)result));
}

// The calls of WASI themselves: UTIME_NOW and UTIME_OMIT have other values in Debian's header of wasi-libc than in its code.
static int change_times(int fd, const char *name, int follow, struct timespec times[2]) {
#ifdef __wasi__
    __wasi_fstflags_t flags = 0;
    __wasi_timestamp_t value[2];
    for (int index = 0; index < 2; index++) {
        value[index] = (__wasi_timestamp_t)times[index].tv_sec * 1000000000 + (__wasi_timestamp_t)times[index].tv_nsec;
        if (times[index].tv_nsec == UTIME_NOW) flags |= 2 << 2 * index;
        else if (times[index].tv_nsec != UTIME_OMIT) flags |= 1 << 2 * index;
    }
    errno = name ? __wasi_path_filestat_set_times(fd, follow, name, value[0], value[1], flags) : __wasi_fd_filestat_set_times(fd, value[0], value[1], flags);
    return errno ? -1 : 0;
#else
    return name ? utimensat(fd, name, times, follow ? 0 : AT_SYMLINK_NOFOLLOW) : futimens(fd, times);
#endif
}

static void set_times(char **word) {
    struct timespec times[2];
    for (int index = 0; index < 2; index++) {
        long long time = strtoll(word[4 + index], NULL, 10);
        times[index].tv_sec = time / 1000000000;
        times[index].tv_nsec = *word[4 + index] == 'n' ? UTIME_NOW : *word[4 + index] == 'o' ? UTIME_OMIT : time % 1000000000;
    }
    struct stat status;
    int fd = directory(word[1]), follow = atoi(word[3]);
    const char *name = strcmp(word[0], "ftimes") == 0 ? NULL : path(word[2]);
    int result = change_times(fd, name, follow, times);
    if (result == 0) result = name ? fstatat(fd, name, &status, follow ? 0 : AT_SYMLINK_NOFOLLOW) : fstat(fd, &status);
    if (result < 0) fail();
    else show(&status, *word[4] != 'o');
}

static int renumber(int from, int to) {
#ifdef __wasi__
    errno = __wasi_fd_renumber((__wasi_fd_t)from, (__wasi_fd_t)to);
    return errno ? -1 : 0;
#else
    if (fcntl(to, F_GETFD) < 0 || dup2(from, to) < 0) return -1;
    return from == to ? 0 : close(from);
#endif
}

static void store(const char *word, int fd) {
    int *slot = &slots[atoi(word)];
    if (fd < 0) {
        fail();
        return;
    }
    if (*slot >= 0) close(*slot);
    *slot = fd;
    printf(" 0\n");
}

static void call(char **word, int count) {
    const char *name = word[0];
    struct stat status, other;
    int fd = count > 1 ? directory(word[1]) : -1;
    if (strcmp(name, "open") == 0) store(word[1], openat(directory(word[2]), path(word[3]), flags_of(word[4]), 0666));
    else if (strcmp(name, "close") == 0) {
        int result = close(fd);
        slots[atoi(word[1])] = -1;
        tell(result);
    } else if (strcmp(name, "read") == 0 || strcmp(name, "write") == 0) move(word, *name == 'r', count - 2);
    else if (strcmp(name, "pread") == 0 || strcmp(name, "pwrite") == 0) move_at(word, name[1] == 'r');
    else if (strcmp(name, "seek") == 0) tell(lseek(fd, (off_t)atoll(word[2]), *word[3] == 's' ? SEEK_SET : *word[3] == 'c' ? SEEK_CUR : SEEK_END));
    else if (strcmp(name, "append") == 0) tell(fcntl(fd, F_SETFL, atoi(word[2]) ? O_APPEND : 0));
    else if (strcmp(name, "truncate") == 0) tell(ftruncate(fd, (off_t)atoll(word[2])));
    else if (strcmp(name, "allocate") == 0) tell((errno = posix_fallocate(fd, (off_t)atoll(word[2]), (off_t)atoll(word[3]))) ? -1 : 0);
    else if (strcmp(name, "sync") == 0) tell(atoi(word[2]) ? fdatasync(fd) : fsync(fd));
    else if (strcmp(name, "available") == 0) {
        int available = -1;
        if (ioctl(fd, FIONREAD, &available) < 0) fail();
        else printf(" %d\n", available);
    } else if (strcmp(name, "renumber") == 0) {
        int result = renumber(slots[atoi(word[1])], slots[atoi(word[2])]);
        if (result == 0 && atoi(word[1]) != atoi(word[2])) slots[atoi(word[1])] = -1;
        tell(result);
    } else if (strcmp(name, "fstat") == 0) {
        if (fstat(fd, &status) < 0) fail();
        else show(&status, 0);
    } else if (strcmp(name, "stat") == 0) {
        if (fstatat(fd, path(word[2]), &status, atoi(word[3]) ? 0 : AT_SYMLINK_NOFOLLOW) < 0) fail();
        else show(&status, 0);
    } else if (strcmp(name, "same") == 0) {
        if (fstatat(fd, path(word[2]), &status, AT_SYMLINK_NOFOLLOW) < 0 || fstatat(directory(word[3]), path(word[4]), &other, AT_SYMLINK_NOFOLLOW) < 0) fail();
        else printf(" %s\n", status.st_ino == other.st_ino && status.st_dev == other.st_dev ? "same" : "different");
    } else if (strcmp(name, "times") == 0 || strcmp(name, "ftimes") == 0) set_times(word);
    else if (strcmp(name, "mkdir") == 0) tell(mkdirat(fd, path(word[2]), 0777));
    else if (strcmp(name, "rmdir") == 0) tell(unlinkat(fd, path(word[2]), AT_REMOVEDIR));
    else if (strcmp(name, "unlink") == 0) tell(unlinkat(fd, path(word[2]), 0));
    else if (strcmp(name, "rename") == 0) tell(renameat(fd, path(word[2]), directory(word[3]), path(word[4])));
    else if (strcmp(name, "link") == 0) tell(linkat(fd, path(word[2]), directory(word[3]), path(word[4]), 0));
    else if (strcmp(name, "symlink") == 0) tell(symlinkat(path(word[1]), directory(word[2]), path(word[3])));
    else if (strcmp(name, "readlink") == 0) {
        ssize_t length = readlinkat(fd, path(word[2]), data, (size_t)atoi(word[3]));
        if (length < 0) fail();
        else printf(" %.*s\n", (int)length, data);
    } else if (strcmp(name, "list") == 0) list(fd, path(word[2]));
    else printf(" no such call\n");
}

static void begin(const char *root, const char *name) {
    char folder[256];
    for (int index = 0; index < SLOTS; index++) {
        if (slots[index] >= 0) close(slots[index]);
        slots[index] = -1;
    }
    if (base_fd >= 0) close(base_fd);
    for (int depth = 0; depth < 2; depth++) { // with a parent of its own, which nothing is to be seen of
        snprintf(folder, sizeof folder, "%s/%s%s", root, name, depth ? "/w" : "");
        if (mkdir(folder, 0777) < 0 && errno != EEXIST) printf("mkdir");
    }
    base_fd = open(folder, O_RDONLY | O_DIRECTORY);
    if (base_fd < 0) fail();
    printf("seq %s\n", name);
}

int main(int argc, char **argv) {
    static char line[LINE];
    if (argc != 3) return 2;
    int does_first = strcmp(argv[1], "rest") != 0, does_rest = strcmp(argv[1], "first") != 0, number = 0, is_first = 1;
    memset(slots, -1, sizeof slots);
    while (fgets(line, sizeof line, stdin)) {
        char *word[WORDS];
        int count = 0;
        for (char *next = strtok(line, " \n"); next && count < WORDS; next = strtok(NULL, " \n")) word[count++] = next;
        if (count == 0) continue;
        if (strcmp(word[0], "seq") == 0) {
            begin(argv[2], word[1]);
            is_first = 1;
            number = 0;
        } else if (strcmp(word[0], "---") == 0) {
            is_first = 0;
        } else {
            number++;
            if (is_first ? !does_first : !does_rest) continue;
            printf("%d", number);
            call(word, count);
        }
    }
    return 0;
}
