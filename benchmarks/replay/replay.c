// What the disk and the kernel cost: does natively what a guest did, from the output of `wasicloud run --trace`.
// usage: replay TRACE GUEST-PREFIX FOLDER     prints seconds, the system calls alone, without the program between them.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { MAX_DESCRIPTORS = 64, BUFFER_BYTES = 1 << 20, FIRST_FILE = 4 };

enum kind { SKIP, MKDIR, RMDIR, UNLINK, STAT, FSTAT, OPEN, CLOSE, SEEK, READ, WRITE, SYNC, TRUNCATE, TIMES, KINDS };

static const char *const names[KINDS] = {
    "", "path_create_directory", "path_remove_directory", "path_unlink_file", "path_filestat_get", "fd_filestat_get", "path_open", "fd_close",
    "fd_seek", "fd_read", "fd_write", "fd_sync", "fd_filestat_set_size", "path_filestat_set_times",
};

struct operation {
    enum kind kind;
    int descriptor;
    int flags;
    long number;
    char *path;
    int succeeds;
};

static int descriptors[MAX_DESCRIPTORS];
static off_t offsets[MAX_DESCRIPTORS];
static char buffer[BUFFER_BYTES];
static double spent[KINDS];
static long counts[KINDS];

static long field(const char *line, const char *name, long missing) {
    const char *found = strstr(line, name);
    return found ? strtol(found + strlen(name), NULL, 0) : missing;
}

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec + time.tv_nsec / 1e9;
}

static struct operation parse(const char *line, const char *prefix) {
    struct operation operation = {.descriptor = field(line, "fd=", -1), .succeeds = strstr(line, "= Success") != NULL};
    for (int kind = 1; kind < KINDS; kind++) {
        size_t length = strlen(names[kind]);
        if (strncmp(line, names[kind], length) == 0 && line[length] == '(') operation.kind = kind;
    }

    const char *path = strstr(line, "path=\"");
    if (path) {
        path += strlen("path=\"");
        if (strncmp(path, prefix, strlen(prefix)) != 0) return (struct operation){.kind = SKIP};
        path += strlen(prefix);
        path += *path == '/';
        size_t length = strcspn(path, "\"");
        operation.path = length == 0 ? strdup(".") : strndup(path, length);
    } else if (operation.descriptor < FIRST_FILE) {
        return (struct operation){.kind = SKIP};
    }

    switch (operation.kind) {
    case OPEN:
        // oflags: 1 creates, 2 wants a directory, 4 is exclusive, 8 truncates.
        operation.flags = field(line, "oflags=", 0);
        operation.descriptor = field(line, "opened=", -1);
        break;
    case SEEK: operation.number = field(line, "position=", 0); break;
    case READ: operation.number = field(line, "read=", 0); break;
    case WRITE: operation.number = field(line, "written=", 0); break;
    case TRUNCATE: operation.number = field(line, "size=", 0); break;
    default: break;
    }

    return operation;
}

static int perform(const struct operation *operation, int root) {
    struct stat status;
    int number = operation->descriptor;
    switch (operation->kind) {
    case MKDIR: return mkdirat(root, operation->path, 0777);
    case RMDIR: return unlinkat(root, operation->path, AT_REMOVEDIR);
    case UNLINK: return unlinkat(root, operation->path, 0);
    case STAT: return fstatat(root, operation->path, &status, AT_SYMLINK_NOFOLLOW);
    case FSTAT: return fstat(descriptors[number], &status);
    case CLOSE: return close(descriptors[number]);
    case SEEK: offsets[number] = operation->number; return 0;
    case SYNC: return fsync(descriptors[number]);
    case TRUNCATE: return ftruncate(descriptors[number], operation->number);
    case TIMES: return utimensat(root, operation->path, NULL, AT_SYMLINK_NOFOLLOW);
    case OPEN: {
        int isDirectory = strcmp(operation->path, ".") == 0;
        int flags = O_CLOEXEC | O_NOFOLLOW | (isDirectory ? O_RDONLY : O_RDWR) | (operation->flags & 1 ? O_CREAT : 0);
        int opened = openat(root, operation->path, flags, 0666);
        if (opened < 0 || number < 0) return opened;
        descriptors[number] = opened;
        offsets[number] = 0;
        return 0;
    }
    case READ:
    case WRITE: {
        ssize_t moved = operation->kind == READ
            ? pread(descriptors[number], buffer, operation->number, offsets[number])
            : pwrite(descriptors[number], buffer, operation->number, offsets[number]);
        if (moved > 0) offsets[number] += moved;
        return moved < 0 ? -1 : 0;
    }
    default: return 0;
    }
}

int main(int argc, char **argv) {
    FILE *trace = argc == 4 ? fopen(argv[1], "r") : NULL;
    int root = argc == 4 ? open(argv[3], O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    if (!trace || root < 0) return fprintf(stderr, "usage: replay TRACE GUEST-PREFIX FOLDER\n"), 2;

    size_t count = 0, capacity = 0;
    struct operation *operations = NULL;
    char *line = NULL;
    for (size_t size = 0; getline(&line, &size, trace) >= 0;) {
        struct operation operation = parse(line, argv[2]);
        if (operation.kind == SKIP) continue;
        if (operation.descriptor >= MAX_DESCRIPTORS || operation.number > BUFFER_BYTES) {
            if (operation.kind == READ || operation.kind == WRITE || operation.descriptor >= MAX_DESCRIPTORS) return fprintf(stderr, "beyond the limits: %s", line), 2;
        }
        if (count == capacity) operations = realloc(operations, (capacity = capacity * 2 + 1024) * sizeof *operations);
        operations[count++] = operation;
    }

    double start = now();
    for (size_t index = 0; index < count; index++) {
        double before = now();
        int result = perform(&operations[index], root);
        spent[operations[index].kind] += now() - before;
        counts[operations[index].kind]++;
        if ((result >= 0) != operations[index].succeeds)
            return fprintf(stderr, "operation %zu, %s %s: %s\n", index, names[operations[index].kind], operations[index].path ? operations[index].path : "", strerror(errno)), 1;
    }

    printf("%.3f s\n", now() - start);
    for (int kind = 1; kind < KINDS; kind++) {
        if (counts[kind]) printf("  %-24s %7ld calls %8.3f s %8.1f us each\n", names[kind], counts[kind], spent[kind], spent[kind] / counts[kind] * 1e6);
    }

    return 0;
}
