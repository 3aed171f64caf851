// The libc benchmark guest: reads all of /request/json and answers with its length through /response/json.
// It does as little else as a real function can, so it shows what a whole invocation costs.

#include "io.h"

int main(void) {
    int fd = open("/request/json", O_RDONLY);
    if (fd < 0)
        die("/request/json");
    size_t length = 0, size = 16 * 1024;
    char *json = malloc(size);
    for (;;) {
        ssize_t count = json == NULL ? -1 : read_fd(fd, json + length, size - length);
        if (count < 0)
            die("read /request/json");
        length += (size_t)count;
        if (length < size)
            break;
        size *= 2;
        json = realloc(json, size);
    }
    close(fd);

    char answer[160];
    snprintf(answer, sizeof answer,
        "{\"status\":200,\"headers\":{\"content-type\":[\"application/json\"]},\"body\":\"{\\\"length\\\":%zu}\"}", length);
    put("/response/json", answer);
    return 0;
}
