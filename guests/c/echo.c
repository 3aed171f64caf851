// Answers with the request's own body: streams /request/body to /response/body in pieces of at most 64 KiB,
// so that its memory does not grow with the body, and repeats the content type.

#include "io.h"

static char buffer[64 * 1024];

int main(void) {
    char type[256];
    ssize_t length = read_file("/request/headers/content-type", type, sizeof type);
    if (length < 0 && errno != ENOENT)
        die("/request/headers/content-type");
    // The head is fixed by the first body byte, so it is written first.
    put("/response/headers/content-type", length > 0 ? type : "application/octet-stream");

    int in = open("/request/body", O_RDONLY);
    if (in < 0)
        die("/request/body");
    int out = open("/response/body", O_WRONLY | O_CREAT | O_TRUNC, 0666);
    if (out < 0)
        die("/response/body");

    for (;;) {
        ssize_t count = read(in, buffer, sizeof buffer);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            die("read /request/body");
        if (count == 0)
            break;
        if (write_all(out, buffer, (size_t)count) != 0)
            die("write /response/body");
    }
    if (close(out) != 0)
        die("close /response/body");
    return 0;
}
