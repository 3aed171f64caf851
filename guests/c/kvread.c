// Benchmark guest: kvread PATH COUNT does open, fstat, read and close of PATH, COUNT times. Prints nothing.
// Exits with 0; 1 if the bytes read are not as many as fstat said, or not those of the first round;
// 2 for wrong arguments; 3 if a call failed.

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char first[64 * 1024], buffer[64 * 1024];

int main(int argc, char **argv) {
    if (argc != 3)
        return 2;
    long count = strtol(argv[2], NULL, 10);
    ssize_t first_length = -1;

    for (long i = 0; i < count; i++) {
        struct stat info;
        int fd = open(argv[1], O_RDONLY);
        if (fd < 0 || fstat(fd, &info) != 0)
            return 3;
        char *target = i == 0 ? first : buffer;
        ssize_t length = read(fd, target, sizeof buffer);
        if (length < 0 || close(fd) != 0)
            return 3;
        if (i == 0)
            first_length = length;
        if (length != info.st_size || length != first_length || memcmp(target, first, (size_t)length) != 0)
            return 1;
    }
    return 0;
}
