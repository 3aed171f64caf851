// Counters that survive the request: GET /counter/{name} answers the number, POST adds one to it first.
// The number is the file /beta/kv/local/counter/{name}. Two guests may count at the same moment: a file opened
// read+write is compared and swapped at close(), which fails with ESTALE for the one that came second.

#include <limits.h>

#include "form.h"
#include "io.h"

enum { MAX_NAME = 64, MAX_ATTEMPTS = 1000 };

static const char prefix[] = "/counter/";

static int respond(const char *status, const char *body) {
    put("/response/status", status);
    put("/response/headers/content-type", "application/json");
    put("/response/body", body);
    return 0;
}

// The name in the request target, or NULL if there is none that is allowed.
static char *parse_name(char *target) {
    target[strcspn(target, "?#\r\n")] = '\0';
    if (strncmp(target, prefix, strlen(prefix)) != 0)
        return NULL;
    char *name = target + strlen(prefix);
    if (!percent_decode(name, false))
        return NULL;
    size_t length = strlen(name);
    size_t allowed = strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-");
    return length >= 1 && length <= MAX_NAME && length == allowed ? name : NULL;
}

// Reads the number in an open file. Returns 0 or -1 with errno (EILSEQ: it is not a number).
static int read_number(int fd, unsigned long long *number) {
    char text[32];
    ssize_t length = read_fd(fd, text, sizeof text - 1);
    if (length < 0)
        return -1;
    text[length] = '\0';
    if (length == 0 || strspn(text, "0123456789") != (size_t)length) {
        errno = EILSEQ;
        return -1;
    }
    errno = 0;
    *number = strtoull(text, NULL, 10);
    return errno == 0 ? 0 : -1;
}

static int get(const char *key, unsigned long long *number) {
    int fd = open(key, O_RDONLY);
    if (fd < 0 && errno == ENOENT) {
        *number = 0;
        return 0;
    }
    if (fd < 0 || read_number(fd, number) != 0)
        return -1;
    return close(fd);
}

// One attempt. Returns 0 or -1 with errno; ESTALE and EEXIST mean that somebody else was faster.
static int try_increment(const char *key, unsigned long long *number) {
    *number = 0;
    int fd = open(key, O_RDWR);
    if (fd < 0 && errno == ENOENT) {
        fd = open(key, O_RDWR | O_CREAT | O_EXCL, 0666);
        if (fd < 0)
            return -1;
    } else if (fd < 0 || read_number(fd, number) != 0) {
        return -1;
    }

    if (*number == ULLONG_MAX) {
        errno = ERANGE;
        return -1;
    }
    ++*number;
    char text[32];
    int length = snprintf(text, sizeof text, "%llu", *number);
    // The new number is never shorter than the old one: no need to truncate. After a failed write the file is left
    // open on purpose: closing it would commit the half that was written.
    if (lseek(fd, 0, SEEK_SET) != 0 || write_all(fd, text, (size_t)length) != 0)
        return -1;
    return close(fd);
}

static int increment(const char *key, unsigned long long *number) {
    // Of all that compete one wins each round, so there is no need to wait between the attempts.
    for (int attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
        if (try_increment(key, number) == 0)
            return 0;
        if (errno != ESTALE && errno != EEXIST)
            return -1;
    }
    return -1;
}

int main(void) {
    static char target[4096];
    char method[32];
    if (read_file("/request/method", method, sizeof method) < 0)
        die("/request/method");
    if (read_file("/request/url", target, sizeof target) < 0 && errno != EFBIG)
        die("/request/url");
    method[strcspn(method, "\r\n")] = '\0';

    const char *name = parse_name(target);
    if (name == NULL)
        return respond("400", "{\"error\":\"expected /counter/{name}, name being 1 to 64 of A-Z a-z 0-9 _ -\"}\n");
    char key[128];
    snprintf(key, sizeof key, "/beta/kv/local/counter/%s", name);

    unsigned long long number;
    int result;
    if (strcmp(method, "GET") == 0) {
        result = get(key, &number);
    } else if (strcmp(method, "POST") == 0) {
        result = increment(key, &number);
    } else {
        put("/response/headers/allow", "GET, POST");
        return respond("405", "{\"error\":\"expected GET or POST\"}\n");
    }

    if (result != 0 && (errno == ESTALE || errno == EEXIST))
        return respond("503", "{\"error\":\"too many at once\"}\n");
    if (result != 0)
        die(key);

    char body[160];
    snprintf(body, sizeof body, "{\"name\":\"%s\",\"value\":%llu}\n", name, number);
    return respond("200", body);
}
