// A guest that lives for a connection, with plain POSIX calls.
//
//   connection            echoes the messages of a WebSocket; some are commands:
//                           "info"             answers what /connection/info tells
//                           "binary TEXT"      answers TEXT as bytes
//                           "invalid"          tries to send what is not UTF-8, answers the errno
//                           "large N"          answers N bytes; or the errno
//                           "close CODE TEXT"  closes the connection, reads to the end
//                           "exit N"           exits with N
//                           "sleep"            answers "asleep" and never reads again
//   connection pieces     reads 4 bytes at a time, answers "<text>|<what is left>" for each piece
//   connection poll       echoes with poll() and O_NONBLOCK
//   connection stream     echoes /connection/stream; a line "crash" makes it trap
//   connection halves     the same with a descriptor for each direction; says "bye" at the end

#include <poll.h>
#include <sys/stat.h>

#include "io.h"

static char bytes[(1 << 20) + 1];
static char text[64];

static int starts_with(const char *prefix) { return strncmp(bytes, prefix, strlen(prefix)) == 0; }

static void send_text(int fd, const char *message) {
    if (write(fd, message, strlen(message)) < 0)
        die("write");
}

static void answer_result(int fd, ssize_t result) {
    snprintf(text, sizeof text, "%d", result < 0 ? errno : 0);
    send_text(fd, text);
}

static void answer(int fd, size_t length) {
    bytes[length] = '\0';
    if (strcmp(bytes, "info") == 0) {
        ssize_t size = read_file("/connection/info", bytes, sizeof bytes);
        if (size < 0 || write(fd, bytes, (size_t)size) != size)
            die("info");
    } else if (starts_with("binary ")) {
        int binary = open("/connection/binary", O_WRONLY);
        if (write(binary, bytes + 7, length - 7) < 0)
            die("binary");
        close(binary);
    } else if (strcmp(bytes, "invalid") == 0) {
        answer_result(fd, write(fd, "\xff", 1));
    } else if (starts_with("large ")) {
        size_t size = (size_t)atol(bytes + 6);
        memset(bytes, 'x', sizeof bytes);
        if (write(fd, bytes, size) < 0)
            answer_result(fd, -1);
    } else if (starts_with("close ")) {
        int file = open("/connection/close", O_WRONLY | O_TRUNC);
        if (file < 0 || write(file, bytes + 6, length - 6) < 0)
            die("close");
        int result = close(file);
        if (result != 0)
            answer_result(fd, result);
    } else if (starts_with("exit ")) {
        exit(atoi(bytes + 5));
    } else if (strcmp(bytes, "sleep") == 0) {
        send_text(fd, "asleep");
        for (;;)
            poll(NULL, 0, 1000000);
    } else if (write(fd, bytes, length) != (ssize_t)length) {
        die("echo");
    }
}

static void echo_messages(void) {
    int fd = open("/connection/messages", O_RDWR);
    if (fd < 0)
        die("/connection/messages");
    ssize_t length;
    while ((length = read(fd, bytes, sizeof bytes - 1)) > 0)
        answer(fd, (size_t)length);
    if (length < 0)
        die("read");
}

static void read_pieces(void) {
    int fd = open("/connection/messages", O_RDWR);
    char piece[5];
    ssize_t length;
    while ((length = read(fd, piece, 4)) > 0) {
        struct stat status;
        if (fstat(fd, &status) != 0)
            die("fstat");
        piece[length] = '\0';
        snprintf(text, sizeof text, "%s|%lld", piece, (long long)status.st_size);
        send_text(fd, text);
    }
}

static void poll_messages(void) {
    int fd = open("/connection/messages", O_RDWR | O_NONBLOCK);
    for (;;) {
        ssize_t length = read(fd, bytes, sizeof bytes);
        if (length == 0)
            return;
        if (length > 0) {
            if (write(fd, bytes, (size_t)length) != length)
                die("write");
        } else if (errno != EAGAIN) {
            die("read");
        } else {
            struct pollfd waiting = {.fd = fd, .events = POLLIN};
            if (poll(&waiting, 1, -1) != 1)
                die("poll");
        }
    }
}

static void echo_stream(int input, int output) {
    ssize_t length;
    while ((length = read(input, bytes, sizeof bytes - 1)) > 0) {
        bytes[length] = '\0';
        if (write_all(output, bytes, (size_t)length) != 0)
            die("write");
        if (strcmp(bytes, "crash\n") == 0)
            __builtin_trap();
    }
    if (length < 0)
        die("read");
}

int main(int argc, char **argv) {
    const char *mode = argc > 1 ? argv[1] : "";
    if (strcmp(mode, "pieces") == 0) {
        read_pieces();
    } else if (strcmp(mode, "poll") == 0) {
        poll_messages();
    } else if (strcmp(mode, "stream") == 0) {
        int fd = open("/connection/stream", O_RDWR);
        if (fd < 0)
            die("/connection/stream");
        echo_stream(fd, fd);
    } else if (strcmp(mode, "halves") == 0) {
        int input = open("/connection/stream", O_RDONLY), output = open("/connection/stream", O_WRONLY);
        if (input < 0 || output < 0)
            die("/connection/stream");
        if (open("/connection/stream", O_RDONLY) >= 0 || errno != EBUSY)
            die("a second reader");
        echo_stream(input, output);
        send_text(output, "bye");
        close(output);
    } else {
        echo_messages();
    }
    return 0;
}
