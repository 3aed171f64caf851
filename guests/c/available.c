// What poll() and FIONREAD tell of a file, from its first byte to its end: "-" is standard input. Each line is a number of bytes and whether the other side has hung up; between
// two lines as many bytes are read as the second argument says.
#include <poll.h>
#include <sys/ioctl.h>

#include "io.h"

int main(int argc, char **argv) {
    static char buffer[64 << 10];
    if (argc != 3) return 2;
    int fd = strcmp(argv[1], "-") == 0 ? STDIN_FILENO : open(argv[1], O_RDONLY);
    if (fd < 0)
        die(argv[1]);
    for (ssize_t count = 1; count > 0;) {
        struct pollfd polled = {.fd = fd, .events = POLLIN};
        int available = -1;
        if (poll(&polled, 1, -1) < 0 || ioctl(fd, FIONREAD, &available) < 0)
            die("poll");
        printf("%d%s\n", available, polled.revents & POLLHUP ? " hung up" : "");
        fflush(stdout);
        count = read(fd, buffer, (size_t)atoi(argv[2]));
        if (count < 0)
            die("read");
    }
    return 0;
}
