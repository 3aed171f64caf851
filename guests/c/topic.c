// Publishes and receives on /beta/topic with plain POSIX calls.
//
//   topic publish TOPIC TEXT COUNT     writes COUNT messages: TEXT, or TEXT0, TEXT1, ... if there are several
//   topic flood TOPIC SIZE             writes messages of SIZE bytes for ever
//   topic read TOPIC [COUNT]           prints COUNT messages, or all until the end, one a line; "lost N" where N in all were lost so far
//   topic walk TOPIC                   one descriptor that publishes to itself: poll, O_NONBLOCK, what does not fit
//   topic full TOPIC                   publishes to itself until that fails
//   topic crowd TOPIC NAME COUNT ALL   waits for "go"; publishes COUNT messages and prints the ALL that it gets, with poll and O_NONBLOCK
//   topic hang TOPIC                   subscribes and never reads
//
// Exits with 0; with the errno of the call that failed; 200 for wrong arguments; 201 for a wrong answer.

#include <poll.h>
#include <sys/stat.h>
#include <sys/uio.h>

#include "io.h"

static char path[300], message[1 << 20];

static int open_topic(const char *topic, int flags) {
    snprintf(path, sizeof path, "/beta/topic/%s", topic);
    return open(path, flags);
}

static int print(const char *text, size_t length) {
    struct iovec pieces[] = {{(char *)text, length}, {"\n", 1}};
    return writev(STDOUT_FILENO, pieces, 2) == (ssize_t)length + 1 ? 0 : errno;
}

static int publish(const char *topic, const char *text, long count) {
    int fd = open_topic(topic, O_WRONLY);
    if (fd < 0)
        return errno;
    for (long i = 0; i < count; i++) {
        int length = count == 1 ? snprintf(message, sizeof message, "%s", text) : snprintf(message, sizeof message, "%s%ld", text, i);
        if (write(fd, message, (size_t)length) != length)
            return errno;
    }
    return close(fd) == 0 ? 0 : errno;
}

static int flood(const char *topic, size_t size) {
    int fd = open_topic(topic, O_WRONLY);
    if (fd < 0 || size > sizeof message)
        return errno;
    while (write(fd, message, size) == (ssize_t)size)
        ;
    return errno;
}

static int print_lost(const char *topic) {
    char line[64] = "lost ";
    snprintf(path, sizeof path, "/beta/topic/.lost/%s", topic);
    ssize_t length = read_file(path, line + 5, sizeof line - 5);
    return length < 0 ? errno : print(line, (size_t)length + 5);
}

static int read_all(const char *topic, long count) {
    int fd = open_topic(topic, O_RDONLY);
    if (fd < 0)
        return errno;
    while (count != 0) {
        ssize_t length = read(fd, message, sizeof message);
        if (length == 0)
            break;
        int error = length > 0 ? print(message, (size_t)length) : errno == ENOBUFS ? print_lost(topic) : errno;
        if (error != 0)
            return error;
        if (length > 0)
            count--;
    }
    return close(fd) == 0 ? 0 : errno;
}

static int expect(int fd, const char *text) {
    ssize_t length = read(fd, message, sizeof message);
    return length < 0 ? errno : length == (ssize_t)strlen(text) && memcmp(message, text, (size_t)length) == 0 ? 0 : 201;
}

static int walk(const char *topic) {
    int fd = open_topic(topic, O_RDWR | O_NONBLOCK), error;
    if (fd < 0)
        return errno;
    struct pollfd wait = {.fd = fd, .events = POLLIN};
    if (poll(&wait, 1, 0) != 0 || read(fd, message, 1) != -1 || errno != EAGAIN)
        return 201;
    wait.events = POLLOUT;
    if (poll(&wait, 1, -1) != 1 || wait.revents != POLLOUT)
        return 201;

    // Two pieces are one message.
    struct iovec pieces[] = {{"hello, ", 7}, {"world", 5}};
    if (writev(fd, pieces, 2) != 12 || write(fd, "second", 6) != 6)
        return errno;
    wait.events = POLLIN;
    if (poll(&wait, 1, -1) != 1 || wait.revents != POLLIN)
        return 201;

    // One read is one message, in as many pieces as there are; what does not fit is left, and its size is known.
    char left[4], right[3];
    struct iovec parts[] = {{left, 4}, {right, 3}};
    struct stat status;
    if (readv(fd, parts, 2) != 7 || memcmp(left, "hell", 4) != 0 || memcmp(right, "o, ", 3) != 0)
        return 201;
    if (fstat(fd, &status) != 0 || status.st_size != 5)
        return 201;
    if ((error = expect(fd, "world")) != 0)
        return error;
    if ((error = expect(fd, "second")) != 0)
        return error;
    if (lseek(fd, 0, SEEK_SET) != -1 || errno != ESPIPE)
        return 201;
    if (write(fd, message, sizeof message) != -1 || errno != EMSGSIZE)
        return 201;
    return close(fd) == 0 ? 0 : errno;
}

static int full(const char *topic) {
    int fd = open_topic(topic, O_RDWR);
    while (fd >= 0 && write(fd, "x", 1) == 1)
        ;
    return errno;
}

static int crowd(const char *topic, const char *name, long count, long all) {
    int fd = open_topic(topic, O_RDWR), error;
    if (fd < 0)
        return errno;
    if ((error = expect(fd, "go")) != 0)
        return error;
    if (fcntl(fd, F_SETFL, O_NONBLOCK) != 0)
        return errno;
    for (long sent = 0, got = 0; sent < count || got < all;) {
        struct pollfd wait = {.fd = fd, .events = POLLIN | (sent < count ? POLLOUT : 0)};
        if (poll(&wait, 1, -1) != 1)
            return errno;
        if (wait.revents & POLLIN) {
            ssize_t length = read(fd, message, sizeof message);
            if (length <= 0)
                return length == 0 ? 201 : errno;
            if ((error = print(message, (size_t)length)) != 0)
                return error;
            got++;
        }
        // Others may have taken the room meanwhile.
        if (wait.revents & POLLOUT) {
            int length = snprintf(message, sizeof message, "%s%ld", name, sent);
            if (write(fd, message, (size_t)length) == length)
                sent++;
            else if (errno != EAGAIN)
                return errno;
        }
    }
    return close(fd) == 0 ? 0 : errno;
}

int main(int argc, char **argv) {
    if (argc < 3)
        return 200;
    const char *verb = argv[1], *topic = argv[2];
    if (strcmp(verb, "walk") == 0)
        return walk(topic);
    if (strcmp(verb, "full") == 0)
        return full(topic);
    if (strcmp(verb, "read") == 0)
        return read_all(topic, argc > 3 ? strtol(argv[3], NULL, 10) : -1);
    if (strcmp(verb, "flood") == 0 && argc == 4)
        return flood(topic, (size_t)strtol(argv[3], NULL, 10));
    if (strcmp(verb, "publish") == 0 && argc == 5)
        return publish(topic, argv[3], strtol(argv[4], NULL, 10));
    if (strcmp(verb, "crowd") == 0 && argc == 6)
        return crowd(topic, argv[3], strtol(argv[4], NULL, 10), strtol(argv[5], NULL, 10));
    if (strcmp(verb, "hang") == 0) {
        if (open_topic(topic, O_RDONLY) < 0)
            return errno;
        for (;;)
            sleep(1000);
    }
    return 200;
}
