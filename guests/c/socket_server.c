// An HTTP/1.1 server as one writes it on POSIX sockets: descriptor 3 listens, one connection at a time, kept alive while the client wants it. The path says what to answer.
#include <strings.h>
#include <sys/socket.h>

#include "io.h"

enum { LISTENER = 3, BUFFER = 64 << 10 };

static char buffer[BUFFER];
static size_t begin, end; // what was received and not used

static ssize_t receive(int connection) {
    begin = 0;
    ssize_t count = recv(connection, buffer, sizeof buffer, 0);
    end = count > 0 ? (size_t)count : 0;
    return count;
}

// One line without its line end, or -1 at the end of the connection.
static int read_line(int connection, char *line, size_t size) {
    size_t length = 0;
    for (;;) {
        if (begin == end && receive(connection) <= 0)
            return -1;
        char next = buffer[begin++];
        if (next == '\n')
            break;
        if (length + 1 < size && next != '\r')
            line[length++] = next;
    }
    line[length] = '\0';
    return (int)length;
}

static int send_text(int connection, const char *text) { return write_all(connection, text, strlen(text)); }

// Passes on `count` bytes of the body.
static int pass(int connection, long count, int chunked) {
    char line[32];
    while (count > 0) {
        if (begin == end && receive(connection) <= 0)
            return -1;
        size_t piece = end - begin < (size_t)count ? end - begin : (size_t)count;
        if (chunked) {
            snprintf(line, sizeof line, "%zx\r\n", piece);
            send_text(connection, line);
        }
        if (write_all(connection, buffer + begin, piece) < 0)
            return -1;
        if (chunked)
            send_text(connection, "\r\n");
        begin += piece;
        count -= (long)piece;
    }
    return 0;
}

// The body comes in chunks and goes back in chunks.
static int pass_chunks(int connection) {
    char line[300];
    for (;;) {
        if (read_line(connection, line, sizeof line) < 0)
            return -1;
        long size = strtol(line, NULL, 16);
        if (size == 0)
            break;
        if (pass(connection, size, 1) < 0)
            return -1;
        read_line(connection, line, sizeof line);
    }
    read_line(connection, line, sizeof line);
    return send_text(connection, "0\r\n\r\n");
}

// Returns whether the connection can bring another request.
static int serve(int connection) {
    char line[4096], method[16] = "", target[1024] = "";
    long length = -1;
    int chunked = 0, keep = 1;
    if (read_line(connection, line, sizeof line) < 0 || sscanf(line, "%15s %1023s", method, target) != 2)
        return 0;
    while (read_line(connection, line, sizeof line) > 0) {
        if (strncasecmp(line, "content-length:", 15) == 0)
            length = atol(line + 15);
        if (strcasecmp(line, "transfer-encoding: chunked") == 0)
            chunked = 1;
        if (strcasecmp(line, "connection: close") == 0)
            keep = 0;
    }

    if (strncmp(target, "/echo", 5) == 0 && chunked) {
        send_text(connection, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
        return pass_chunks(connection) == 0 && keep;
    }
    if (strncmp(target, "/echo", 5) == 0) {
        snprintf(line, sizeof line, "HTTP/1.1 200 OK\r\nContent-Length: %ld\r\n\r\n", length < 0 ? 0 : length);
        send_text(connection, line);
        return pass(connection, length, 0) == 0 && keep;
    }
    if (strncmp(target, "/raw", 4) == 0) { // the body is the response, byte for byte
        pass(connection, length, 0);
        return keep && strcmp(target, "/raw?close") != 0;
    }
    if (strcmp(target, "/shutdown") == 0) {
        send_text(connection, "HTTP/1.1 200 OK\r\n\r\nuntil the end");
        if (shutdown(connection, SHUT_WR) < 0)
            die("shutdown");
        if (send(connection, "x", 1, 0) >= 0 || errno != EPIPE)
            die("send after shutdown");
        return 0;
    }
    if (strcmp(target, "/peek") == 0) {
        char first[8], again[8], all[16];
        ssize_t seen = recv(connection, first, 1, MSG_PEEK);
        ssize_t taken = recv(connection, again, 1, 0);
        ssize_t rest = recv(connection, all, (size_t)(length - 1), MSG_WAITALL);
        snprintf(line, sizeof line, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%zd%zd%zd%c%c%.*s", 5 + (int)rest, seen, taken, rest, first[0], again[0], (int)rest, all);
        send_text(connection, line);
        return 0;
    }
    if (strcmp(target, "/exit") == 0) {
        send_text(connection, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nnot all");
        exit(3);
    }
    snprintf(line, sizeof line, "%s %s", method, target);
    size_t body = strlen(line);
    snprintf(line, sizeof line, "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %zu\r\n\r\n%s", body, strcmp(method, "HEAD") == 0 ? "" : method);
    if (strcmp(method, "HEAD") != 0) {
        strlcat(line, " ", sizeof line);
        strlcat(line, target, sizeof line);
    }
    return send_text(connection, line) == 0 && keep;
}

int main(void) {
    for (;;) {
        int connection = accept(LISTENER, NULL, NULL);
        if (connection < 0)
            die("accept");
        begin = end = 0;
        while (serve(connection)) {
        }
        close(connection);
    }
}
