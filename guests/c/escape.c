// Tries what it must not: each line of the request's body is an operation with one or two paths; each line of the response tells what came of it.
#include "io.h"
#include <dirent.h>
#include <sys/stat.h>

static const char *name_of(int error) {
    static char number[16];
    switch (error) {
    case 0: return "OK";
    case EACCES: return "EACCES";
    case EBUSY: return "EBUSY";
    case EEXIST: return "EEXIST";
    case EISDIR: return "EISDIR";
    case ENOENT: return "ENOENT";
    case ENOTCAPABLE: return "ENOTCAPABLE";
    case ENOTDIR: return "ENOTDIR";
    case EPERM: return "EPERM";
    case EROFS: return "EROFS";
    case EXDEV: return "EXDEV";
    default: snprintf(number, sizeof number, "%d", error); return number;
    }
}

static int try_open(const char *path, int flags) {
    int fd = open(path, flags, 0600);
    return fd < 0 ? errno : close(fd) == 0 ? 0 : errno;
}

static int try_list(const char *path) {
    DIR *directory = opendir(path);
    if (directory == NULL)
        return errno;
    errno = 0;
    while (readdir(directory) != NULL)
        ;
    int error = errno;
    closedir(directory);
    return error;
}

static int try_operation(const char *operation, const char *path, const char *other) {
    struct stat status;
    if (strcmp(operation, "read") == 0) return try_open(path, O_RDONLY);
    if (strcmp(operation, "write") == 0) return try_open(path, O_WRONLY);
    if (strcmp(operation, "create") == 0) return try_open(path, O_WRONLY | O_CREAT);
    if (strcmp(operation, "list") == 0) return try_list(path);
    if (strcmp(operation, "stat") == 0) return stat(path, &status) == 0 ? 0 : errno;
    if (strcmp(operation, "mkdir") == 0) return mkdir(path, 0700) == 0 ? 0 : errno;
    if (strcmp(operation, "unlink") == 0) return unlink(path) == 0 ? 0 : errno;
    if (strcmp(operation, "rmdir") == 0) return rmdir(path) == 0 ? 0 : errno;
    if (strcmp(operation, "touch") == 0) return utimensat(AT_FDCWD, path, NULL, 0) == 0 ? 0 : errno;
    if (strcmp(operation, "rename") == 0) return rename(path, other) == 0 ? 0 : errno;
    if (strcmp(operation, "link") == 0) return link(path, other) == 0 ? 0 : errno;
    return EINVAL;
}

int main(void) {
    static char request[8192], response[16384], operation[16], path[1024], other[1024];
    ssize_t length = read_file("/request/body", request, sizeof request - 1);
    if (length < 0)
        die("/request/body");
    size_t used = 0;
    for (char *line = strtok(request, "\n"); line != NULL; line = strtok(NULL, "\n")) {
        other[0] = '\0';
        if (sscanf(line, "%15s %1023s %1023s", operation, path, other) < 2)
            continue;
        int written = snprintf(response + used, sizeof response - used, "%s: %s\n", line, name_of(try_operation(operation, path, other)));
        if (written < 0 || (size_t)written >= sizeof response - used)
            break;
        used += (size_t)written;
    }
    put("/response/body", response);
    return 0;
}
