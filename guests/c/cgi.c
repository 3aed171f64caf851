// A CGI program (RFC 3875): the request in its environment and on standard input, the response on standard output.
#include "io.h"

static const char *variable(const char *name) {
    const char *value = getenv(name);
    return value ? value : "(none)";
}

int main(int argc, char **argv) {
    static char body[64 << 10];
    const char *path = variable("PATH_INFO");
    ssize_t length = read_fd(STDIN_FILENO, body, sizeof body);
    if (length < 0)
        die("stdin");
    if (strcmp(path, "/redirect") == 0) {
        printf("Location: https://example.org/\n\n");
        return 0;
    }
    if (strcmp(path, "/raw") == 0) { // the body is the response, byte for byte
        fwrite(body, 1, (size_t)length, stdout);
        return 0;
    }
    printf("Content-Type: text/plain\r\nStatus: 201 Created\r\n\r\n");
    printf("method=%s script=%s path=%s query=%s type=%s length=%s agent=%s address=%s args=", variable("REQUEST_METHOD"), variable("SCRIPT_NAME"), path, variable("QUERY_STRING"),
           variable("CONTENT_TYPE"), variable("CONTENT_LENGTH"), variable("HTTP_USER_AGENT"), variable("REMOTE_ADDR"));
    for (int index = 1; index < argc; index++)
        printf("[%s]", argv[index]);
    printf(" body=%.*s", (int)length, body);
    return 0;
}
