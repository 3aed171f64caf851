// Lets in who knows a secret: answers 204 if the request has it as its bearer token (RFC 6750 section 2.1), and 401 otherwise.
//
//   bearer NAME
//
// NAME is a secret below /beta/secrets. It is read for each request, so that one which was replaced counts at once.
// What cannot be done is a line on stderr and exit code 1.

#include <stdbool.h>

#include "io.h"

enum { SIZE = 4096 };

// Takes as long wherever the two differ.
static bool same(const char *left, const char *right, size_t length) {
    unsigned char difference = 0;
    for (size_t index = 0; index < length; index++)
        difference |= (unsigned char)left[index] ^ (unsigned char)right[index];
    return difference == 0;
}

int main(int count, char **arguments) {
    static const char scheme[] = "Bearer ";
    char path[SIZE], secret[SIZE], given[SIZE];
    if (count != 2) {
        fputs("usage: bearer NAME\n", stderr);
        return 255;
    }
    strlcpy(path, "/beta/secrets/", sizeof path);
    strlcat(path, arguments[1], sizeof path);
    ssize_t length = read_file(path, secret, sizeof secret);
    if (length < 0)
        die(path);
    // Files of secrets often end with a line end, which is no part of the token.
    while (length > 0 && (secret[length - 1] == '\n' || secret[length - 1] == '\r'))
        length--;
    ssize_t field = read_file("/request/headers/authorization", given, sizeof given);
    if (field < 0 && errno != ENOENT)
        die("authorization");
    bool is_known = length > 0 && field == length + (ssize_t)sizeof scheme - 1 && strncasecmp(given, scheme, sizeof scheme - 1) == 0 &&
                    same(given + sizeof scheme - 1, secret, (size_t)length);
    put("/response/status", is_known ? "204" : "401");
    if (!is_known)
        put("/response/headers/www-authenticate", "Bearer");
    return 0;
}
