// Computes a given amount for whatever it is asked: what the benchmark "overload" asks more of than there is time for.
//
//   work STEPS request          for one request: computes, and answers "done"
//   work STEPS daemon           for each request of a daemon (a listener at descriptor 3)
//   work STEPS rpc SERVICE      for each call of a service
//   work STEPS topic FROM TO    for each message of one topic: then publishes it on another

#include <sys/socket.h>

#include "io.h"

static char bytes[1 << 16];

static void compute(long steps) {
    static volatile unsigned result;
    unsigned value = result;
    for (long i = 0; i < steps; i++)
        value = value * 1664525 + 1013904223;
    result = value;
}

static int open_below(const char *folder, const char *name, const char *file, int flags) {
    char path[300];
    snprintf(path, sizeof path, "/beta/%s/%s%s", folder, name, file);
    int fd = open(path, flags);
    if (fd < 0 && errno != ECANCELED)
        die(path);
    return fd;
}

static void serve_requests(long steps) {
    for (;;) {
        int connection = accept(3, NULL, NULL);
        if (connection < 0)
            die("accept");
        while (recv(connection, bytes, sizeof bytes, 0) > 0) {
            compute(steps);
            if (write_all(connection, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ndone", 42) != 0)
                break;
        }
        close(connection);
    }
}

// A caller that has gone is no reason to stop.
static void serve_calls(long steps, const char *service) {
    int call;
    while ((call = open_below("rpc", service, "/accept", O_RDWR)) >= 0) {
        if (read_fd(call, bytes, sizeof bytes) >= 0) {
            compute(steps);
            write_all(call, "done", 4);
        }
        close(call);
    }
}

static void serve_messages(long steps, const char *from, const char *to) {
    int input = open_below("topic", from, "", O_RDONLY), output = open_below("topic", to, "", O_WRONLY);
    for (;;) {
        ssize_t length = read(input, bytes, sizeof bytes);
        if (length < 0 && errno == ENOBUFS)
            continue;
        if (length <= 0)
            return;
        compute(steps);
        if (write_all(output, bytes, (size_t)length) != 0)
            die(to);
    }
}

int main(int argc, char **argv) {
    if (argc < 3)
        return 200;
    long steps = strtol(argv[1], NULL, 10);
    if (strcmp(argv[2], "daemon") == 0)
        serve_requests(steps);
    else if (strcmp(argv[2], "rpc") == 0 && argc == 4)
        serve_calls(steps, argv[3]);
    else if (strcmp(argv[2], "topic") == 0 && argc == 5)
        serve_messages(steps, argv[3], argv[4]);
    else {
        compute(steps);
        put("/response/body", "done");
    }
    return 0;
}
