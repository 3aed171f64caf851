// A daemon that serves HTTP requests as files below /beta/http, with plain POSIX calls. The request's target says what to answer.
//
//   http_files            opens accept again and again, one request at a time
//   http_files requests   reads requests with poll(), and serves bodies concurrently as they come

#include <poll.h>
#include <sys/stat.h>

#include "io.h"

enum { ID = 24, PATH = 128, CHUNK = 64 << 10, MOST = 32 };

static char bytes[CHUNK];

static const char *below(const char *id, const char *file) {
    static char path[PATH];
    snprintf(path, sizeof path, "/beta/http/%s/%s", id, file);
    return path;
}

static int open_or_die(const char *id, const char *file, int flags) {
    int fd = open(below(id, file), flags, 0666);
    if (fd < 0)
        die(file);
    return fd;
}

// What is there of the body goes back. Returns whether more will come.
static int echo(int body, int response) {
    ssize_t count = read(body, bytes, sizeof bytes);
    return count > 0 && write_all(response, bytes, (size_t)count) == 0;
}

static void say_errno(const char *id, int error) {
    char text[16];
    snprintf(text, sizeof text, "%d", error);
    put(below(id, "response/body"), text);
}

static void serve(const char *id) {
    char target[PATH];
    if (read_file(below(id, "request/url"), target, sizeof target) < 0)
        die("url");
    if (strcmp(target, "/echo") == 0) {
        int body = open_or_die(id, "request/body", O_RDONLY), response = open_or_die(id, "response/body", O_WRONLY | O_CREAT);
        while (echo(body, response)) {
        }
        close(body);
        close(response);
    } else if (strcmp(target, "/status") == 0) { // nothing but a status: removing the directory sends it
        put(below(id, "response/status"), "404");
        put(below(id, "response/headers/x-guest"), "files");
    } else if (strcmp(target, "/json") == 0) {
        ssize_t length = read_file(below(id, "request/json"), bytes, sizeof bytes);
        if (length < 0)
            die("json");
        put(below(id, "response/json"), "{\"status\":201,\"body\":\"made\"}");
    } else if (strcmp(target, "/malformed") == 0) {
        int response = open_or_die(id, "response/txt", O_WRONLY | O_CREAT);
        write_all(response, "HTTP/1.1 2xx\r\n\r\n", 16);
        close(response);
    } else if (strcmp(target, "/busy") == 0) { // a response that is being written cannot be ended by removing it
        int response = open_or_die(id, "response/body", O_WRONLY | O_CREAT);
        int error = rmdir(below(id, "")) == 0 ? 0 : errno;
        char text[16];
        snprintf(text, sizeof text, "%d", error);
        write_all(response, text, strlen(text));
        close(response);
    } else if (strcmp(target, "/own") == 0) { // the daemon itself has no response
        int own = open("/response/body", O_WRONLY | O_CREAT, 0666);
        say_errno(id, own < 0 ? errno : write(own, "x", 1) < 0 ? errno : 0);
        close(own);
    } else if (strcmp(target, "/exit") == 0) {
        int response = open_or_die(id, "response/body", O_WRONLY | O_CREAT);
        write_all(response, "not all", 7);
        exit(3);
    } else if (strcmp(target, "/forget") == 0) {
        return; // and never answer
    } else {
        put(below(id, "response/body"), target);
    }
    if (rmdir(below(id, "")) != 0)
        die("rmdir");
}

// One request after another.
static void accept_all(void) {
    for (;;) {
        char id[ID];
        ssize_t length = read_file("/beta/http/accept", id, sizeof id);
        if (length < 0)
            die("accept");
        if (length == 0)
            return;
        id[length - 1] = '\0';
        serve(id);
    }
}

// All bodies at once, each as it comes.
static void poll_all(void) {
    static struct pollfd waiting[MOST];
    static int responses[MOST];
    int count = 1;
    waiting[0] = (struct pollfd){.fd = open("/beta/http/requests", O_RDONLY), .events = POLLIN};
    while (waiting[0].fd >= 0 || count > 1) {
        int first = waiting[0].fd >= 0 ? 0 : 1;
        if (poll(waiting + first, (nfds_t)(count - first), -1) < 0)
            die("poll");
        for (int i = count - 1; i > 0; i--) {
            if (!waiting[i].revents || echo(waiting[i].fd, responses[i]))
                continue;
            close(waiting[i].fd);
            close(responses[i]);
            count--;
            waiting[i] = waiting[count];
            responses[i] = responses[count];
        }
        if (first != 0 || !waiting[0].revents || count == MOST)
            continue;
        char id[ID];
        ssize_t length = read(waiting[0].fd, id, sizeof id);
        if (length < 0)
            die("requests");
        if (length == 0) {
            close(waiting[0].fd);
            waiting[0].fd = -1;
            continue;
        }
        id[length - 1] = '\0';
        waiting[count] = (struct pollfd){.fd = open_or_die(id, "request/body", O_RDONLY), .events = POLLIN};
        responses[count] = open_or_die(id, "response/body", O_WRONLY | O_CREAT);
        count++;
    }
}

int main(int argc, char **argv) {
    if (argc > 1 && strcmp(argv[1], "requests") == 0)
        poll_all();
    else
        accept_all();
    return 0;
}
