// Answers "METHOD TARGET" through /request/txt and /response/txt: what socket_server.c does on a socket.
#include "io.h"

int main(void) {
    static char request[4096], method[16], target[1024], response[2048];
    ssize_t length = read_file("/request/txt", request, sizeof request);
    if (length < 0)
        die("/request/txt");
    if (sscanf(request, "%15s %1023s", method, target) != 2)
        return 1;
    size_t size = strlen(method) + 1 + strlen(target);
    snprintf(response, sizeof response, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n%s %s", size, method, target);
    put("/response/txt", response);
    return 0;
}
