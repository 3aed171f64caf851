// poll_oneoff with 1,000 subscriptions, on files in DIRECTORY (which must exist and be empty and is left so), clocks and
// standard input. Prints "waiting" when nothing but a byte on standard input can wake it. Each check prints "ok NAME" or
// "not ok NAME: detail"; the exit code is the number of failures.
//
//   pollmany DIRECTORY

#include <fcntl.h>
#include <poll.h>
#include <time.h>
#include <unistd.h>
#include <wasi/api.h>

#include "check.h"

enum { SUBSCRIPTIONS = 1000, FILES = 900, HIGHEST = 65536 };

static const uint64_t MILLISECOND = 1000000, HOUR = 3600ull * 1000 * 1000000;

static __wasi_subscription_t subscriptions[HIGHEST + 1];
static __wasi_event_t events[HIGHEST + 1];
static int files[FILES];

static void on_clock(int index, uint64_t timeout, bool is_absolute) {
    subscriptions[index] = (__wasi_subscription_t){.userdata = 7000000 + index, .u.tag = __WASI_EVENTTYPE_CLOCK};
    subscriptions[index].u.u.clock.id = __WASI_CLOCKID_MONOTONIC;
    subscriptions[index].u.u.clock.timeout = timeout;
    subscriptions[index].u.u.clock.flags = is_absolute ? __WASI_SUBCLOCKFLAGS_SUBSCRIPTION_CLOCK_ABSTIME : 0;
}

static void on_file(int index, int fd, uint8_t type) {
    subscriptions[index] = (__wasi_subscription_t){.userdata = 7000000 + index, .u.tag = type};
    subscriptions[index].u.u.fd_read.file_descriptor = fd; // as in fd_write
}

static uint64_t now(void) {
    struct timespec time;
    must(clock_gettime(CLOCK_MONOTONIC, &time));
    return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

// Polls and expects exactly the subscriptions from "first" to "last", each once, with this error.
static void expect(const char *name, int count, int first, int last, int error) {
    static bool seen[HIGHEST + 1];
    __wasi_size_t ready = 0;
    memset(seen, 0, sizeof seen);
    errno = __wasi_poll_oneoff(subscriptions, events, count, &ready);
    must(errno == 0 ? 0 : -1);
    int wrong = 0;
    for (__wasi_size_t i = 0; i < ready; i++) {
        long long index = (long long)events[i].userdata - 7000000;
        if (index < first || index > last || seen[index]) {
            wrong++;
            continue;
        }
        seen[index] = true;
        wrong += events[i].error != error || events[i].type != subscriptions[index].u.tag;
    }
    char detail[96];
    snprintf(detail, sizeof detail, "%u events instead of %d, %d of them wrong", (unsigned)ready, last - first + 1, wrong);
    ok(name, wrong == 0 && (int)ready == last - first + 1, detail);
}

static void clocks(void) {
    for (int i = 0; i < SUBSCRIPTIONS; i++)
        on_clock(i, i < 500 ? 0 : HOUR + i, false);
    expect("clocks-half-due", SUBSCRIPTIONS, 0, 499, 0);

    uint64_t start = now();
    for (int i = 0; i < SUBSCRIPTIONS; i++)
        on_clock(i, i == 777 ? 20 * MILLISECOND : HOUR - i, false);
    expect("clocks-one-due", SUBSCRIPTIONS, 777, 777, 0);
    ok("clocks-one-due-not-early", now() - start >= 20 * MILLISECOND, "woken too early");

    start = now();
    for (int i = 0; i < SUBSCRIPTIONS; i++)
        on_clock(i, i < 300 ? start + 10 * MILLISECOND : start + HOUR, true);
    expect("clocks-absolute", SUBSCRIPTIONS, 0, 299, 0);
    ok("clocks-absolute-not-early", now() - start >= 10 * MILLISECOND, "woken too early");
}

static void on_files(void) {
    char path[16];
    for (int i = 0; i < FILES; i++) {
        snprintf(path, sizeof path, "%d", i);
        files[i] = must(open(path, O_RDWR | O_CREAT | O_EXCL, 0666));
    }
    for (int round = 0; round < 20; round++) {
        for (int i = 0; i < SUBSCRIPTIONS; i++) {
            if (i < FILES)
                on_file(i, files[i], i % 2 == 0 ? __WASI_EVENTTYPE_FD_READ : __WASI_EVENTTYPE_FD_WRITE);
            else
                on_clock(i, HOUR, false);
        }
        expect("files-are-always-ready", SUBSCRIPTIONS, 0, FILES - 1, 0);
    }

    // The events overwrite the subscriptions that they answer.
    __wasi_size_t ready = 0;
    __wasi_event_t *overlapping = (__wasi_event_t *)subscriptions;
    must(__wasi_poll_oneoff(subscriptions, overlapping, SUBSCRIPTIONS, &ready) == 0 ? 0 : -1);
    int wrong = ready != FILES;
    for (int i = 0; i < FILES; i++)
        wrong += overlapping[i].userdata != 7000000u + (unsigned)i || overlapping[i].type != (i % 2 == 0 ? __WASI_EVENTTYPE_FD_READ : __WASI_EVENTTYPE_FD_WRITE);
    equals("events-over-subscriptions", wrong, 0);

    // The C library has its subscriptions, two for each, and the events on a stack of 64 KiB.
    static struct pollfd polled[300];
    enum { POLLED = sizeof polled / sizeof polled[0] };
    for (int i = 0; i < POLLED; i++)
        polled[i] = (struct pollfd){.fd = files[i], .events = POLLIN | POLLOUT};
    equals("poll-files", poll(polled, POLLED, -1), POLLED);
    wrong = 0;
    for (int i = 0; i < POLLED; i++)
        wrong += polled[i].revents != (POLLIN | POLLOUT);
    equals("poll-files-both", wrong, 0);

    for (int i = 0; i < FILES; i++) {
        snprintf(path, sizeof path, "%d", i);
        must(close(files[i]));
        must(unlink(path));
    }
    for (int i = 0; i < SUBSCRIPTIONS; i++) {
        if (i < FILES)
            on_file(i, files[i], __WASI_EVENTTYPE_FD_READ);
        else
            on_clock(i, HOUR, false);
    }
    expect("closed-are-events", SUBSCRIPTIONS, 0, FILES - 1, __WASI_ERRNO_BADF);
}

// Waits for real: for standard input, by 1,000 subscriptions and beside 999 clocks.
static void on_input(void) {
    char byte;
    for (int round = 0; round < 2; round++) {
        int readers = round == 0 ? SUBSCRIPTIONS : 1;
        for (int i = 0; i < SUBSCRIPTIONS; i++) {
            if (i < readers)
                on_file(i, STDIN_FILENO, __WASI_EVENTTYPE_FD_READ);
            else
                on_clock(i, HOUR + i, false);
        }
        puts("waiting");
        fflush(stdout);
        expect("input-wakes-all-of-it", SUBSCRIPTIONS, 0, readers - 1, 0);
        equals("input-is-there", read(STDIN_FILENO, &byte, 1), 1);
        // Nothing is left, so only the clock can be first.
        on_clock(SUBSCRIPTIONS - 1, 5 * MILLISECOND, false);
        expect("input-is-used-up", SUBSCRIPTIONS, SUBSCRIPTIONS - 1, SUBSCRIPTIONS - 1, 0);
    }
}

static void limits(void) {
    __wasi_size_t ready;
    equals("none-is-invalid", __wasi_poll_oneoff(subscriptions, events, 0, &ready), __WASI_ERRNO_INVAL);
    for (int i = 0; i <= HIGHEST; i++)
        on_clock(i, i % 2 == 0 ? HOUR : HOUR * 2, false);
    for (int i = 0; i < 100; i++)
        on_clock(i, 0, false);
    equals("too-many-are-invalid", __wasi_poll_oneoff(subscriptions, events, HIGHEST + 1, &ready), __WASI_ERRNO_INVAL);
    expect("as-many-as-allowed", HIGHEST, 0, 99, 0);
}

int main(int argc, char **argv) {
    if (argc != 2 || chdir(argv[1]) != 0) {
        fprintf(stderr, "usage: pollmany DIRECTORY\n");
        return 255;
    }
    clocks();
    on_files();
    limits();
    on_input();
    return failures;
}
