// Test guest that misbehaves in the way that its first argument names; see main().

#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <wasi/api.h>

#include "io.h"

// Never reached, and the compiler does not know it: keeps the recursion a recursion.
static volatile unsigned long long depth_limit = 0;

// Uses the engine's call stack only: no local variable lives in linear memory.
__attribute__((noinline)) static unsigned long long recurse(unsigned long long depth) {
    return depth == depth_limit ? depth : 3 * recurse(depth + 1) + depth;
}

// The same with a call of the host in every frame, so the overflow may happen inside one.
__attribute__((noinline)) static unsigned long long recurse_hostcall(unsigned long long depth) {
    static const __wasi_ciovec_t nothing = {.buf = (const uint8_t *)"", .buf_len = 0};
    static __wasi_size_t written;
    if (__wasi_fd_write(STDOUT_FILENO, &nothing, 1, &written) != 0)
        return 0;
    return depth == depth_limit ? depth : 3 * recurse_hostcall(depth + 1) + depth;
}

// Overflows the C stack in linear memory, which lies first in memory: a store below address 0.
__attribute__((noinline)) static unsigned recurse_memory(unsigned depth) {
    volatile char frame[1024];
    frame[depth % sizeof frame] = (char)depth;
    return depth == depth_limit ? depth : 3 * recurse_memory(depth + 1) + (unsigned)frame[0];
}

static void allocate(int ignore) {
    for (;;) {
        volatile char *block = malloc(1 << 20);
        if (block == NULL && !ignore)
            abort();
        for (size_t i = 0; block != NULL && i < 1 << 20; i += 4096)
            block[i] = 1;
    }
}

static int open_many(void) {
    for (int i = 0;; i++) {
        char path[32];
        snprintf(path, sizeof path, "/tmp/x-%d", i);
        if (open(path, O_RDWR | O_CREAT, 0666) >= 0)
            continue;
        const char *name = errno == EMFILE ? "EMFILE" : errno == ENFILE ? "ENFILE" : errno == ENOSPC ? "ENOSPC"
            : errno == EDQUOT ? "EDQUOT" : errno == ENOENT ? "ENOENT" : errno == EROFS ? "EROFS" : strerror(errno);
        int result = errno == EMFILE ? 0 : 1;
        printf("%s\n", name);
        return result;
    }
}

static _Noreturn void flood(void) {
    static char block[64 * 1024];
    memset(block, 'x', sizeof block);
    int fd = open("/response/body", O_WRONLY | O_CREAT | O_TRUNC, 0666);
    while (fd >= 0 && write_all(fd, block, sizeof block) == 0)
        continue;
    die("/response/body");
}

static void write_stderr(long bytes) {
    static const char line[] = "stderr stderr stderr stderr stderr stderr stderr stderr stderr\n";
    for (long length; bytes > 0; bytes -= length) {
        length = bytes < (long)strlen(line) ? bytes : (long)strlen(line);
        if (write_all(STDERR_FILENO, line + strlen(line) - length, (size_t)length) != 0)
            exit(4);
    }
    exit(3);
}

static void sleep_milliseconds(long milliseconds) {
    struct timespec duration = {milliseconds / 1000, milliseconds % 1000 * 1000000};
    if (nanosleep(&duration, NULL) != 0)
        die("nanosleep");
}

static void read_stdin(void) {
    static char buffer[4096];
    unsigned long long total = 0;
    for (ssize_t count; (count = read_fd(STDIN_FILENO, buffer, sizeof buffer)) != 0; total += (size_t)count)
        if (count < 0)
            die("stdin");
    printf("read %llu\n", total);
}

int main(int argc, char **argv) {
    const char *fault = argc > 1 ? argv[1] : "";
    long number = argc > 2 ? strtol(argv[2], NULL, 10) : 0;
    if (strcmp(fault, "exit") == 0)
        exit((int)number);
    else if (strcmp(fault, "abort") == 0)
        abort();
    else if (strcmp(fault, "unreachable") == 0)
        __builtin_trap();
    else if (strcmp(fault, "stackoverflow") == 0)
        return (int)recurse(1);
    else if (strcmp(fault, "stackoverflow-hostcall") == 0)
        return (int)recurse_hostcall(1);
    else if (strcmp(fault, "stackoverflow-memory") == 0)
        return (int)recurse_memory(1);
    else if (strcmp(fault, "loop") == 0)
        for (;;)
            continue;
    else if (strcmp(fault, "allocate") == 0)
        allocate(0);
    else if (strcmp(fault, "allocate-ignore") == 0)
        allocate(1);
    else if (strcmp(fault, "openmany") == 0)
        return open_many();
    else if (strcmp(fault, "flood") == 0)
        flood();
    else if (strcmp(fault, "stderr") == 0)
        write_stderr(number);
    else if (strcmp(fault, "sleep") == 0)
        sleep_milliseconds(number);
    else if (strcmp(fault, "readstdin") == 0)
        read_stdin();
    else
        return dprintf(STDERR_FILENO, "fault: unknown fault '%s'\n", fault), 2;
    return 0;
}
