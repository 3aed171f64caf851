// Three loops around open(), read() and write() that more than one guest here needs. Not an SDK: plain POSIX.
#pragma once

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// write() may take less than it was given; this does not. Returns 0 or -1 with errno.
static inline int write_all(int fd, const char *bytes, size_t length) {
    while (length > 0) {
        ssize_t written = write(fd, bytes, length);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return -1;
        bytes += written;
        length -= (size_t)written;
    }
    return 0;
}

// Ends the guest with "what: reason" on stderr; the host turns that into a 500 and a log entry.
// One write for the line, and no printf(), which would be half of a small guest.
_Noreturn static inline void die(const char *what) {
    char line[256];
    strlcpy(line, what, sizeof line);
    strlcat(line, ": ", sizeof line);
    strlcat(line, strerror(errno), sizeof line);
    strlcat(line, "\n", sizeof line);
    write_all(STDERR_FILENO, line, strlen(line));
    exit(1);
}

// Reads until the end of the file or until the buffer is full. Returns the length or -1 with errno.
static inline ssize_t read_fd(int fd, char *buffer, size_t size) {
    size_t length = 0;
    while (length < size) {
        ssize_t count = read(fd, buffer + length, size - length);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return -1;
        if (count == 0)
            break;
        length += (size_t)count;
    }
    return (ssize_t)length;
}

// Reads a whole small file as a string. Returns its length, or -1 with errno (EFBIG: it does not fit).
static inline ssize_t read_file(const char *path, char *buffer, size_t size) {
    int fd = open(path, O_RDONLY);
    if (fd < 0)
        return -1;
    ssize_t length = read_fd(fd, buffer, size);
    int error = errno;
    close(fd);
    if (length == (ssize_t)size)
        length = -1, error = EFBIG;
    if (length >= 0)
        buffer[length] = '\0';
    errno = error;
    return length;
}

// Creates a file with this content or dies. The write counts only once close() has said so.
static inline void put(const char *path, const char *text) {
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    if (fd < 0 || write_all(fd, text, strlen(text)) != 0 || close(fd) != 0)
        die(path);
}
