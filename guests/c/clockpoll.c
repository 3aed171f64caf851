// Waits in every way a C program can: clocks, poll() on standard input and on nothing, usleep() and nanosleep().
// Prints one line for each; exits with the number of those that cannot be right.

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static int failures;

static long long now(clockid_t clock) {
    struct timespec time;
    if (clock_gettime(clock, &time) != 0)
        return -1;
    return time.tv_sec * 1000000000ll + time.tv_nsec;
}

static void report(bool right, const char *what, long long value) {
    printf("%s %lld%s\n", what, value, right ? "" : " (wrong)");
    failures += !right;
}

int main(int argc, char **argv) {
    int timeout = argc > 1 ? atoi(argv[1]) : 50; // milliseconds; how long poll() waits for standard input
    struct timespec resolution;
    setvbuf(stdout, NULL, _IOLBF, 0); // a host that waits for ever still shows where

    report(now(CLOCK_REALTIME) > 1577836800000000000ll, "realtime-ns", now(CLOCK_REALTIME)); // after 2020
    report(clock_getres(CLOCK_MONOTONIC, &resolution) == 0, "monotonic-resolution-ns", resolution.tv_sec * 1000000000ll + resolution.tv_nsec);
    long long last = now(CLOCK_MONOTONIC), first = last;
    int backwards = 0;
    for (int i = 0; i < 1000; i++) {
        long long next = now(CLOCK_MONOTONIC);
        backwards += next < last;
        last = next;
    }
    report(backwards == 0 && first >= 0, "monotonic-backwards", backwards);

    struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
    long long start = now(CLOCK_MONOTONIC);
    int ready = poll(&input, 1, timeout);
    long long elapsed = (now(CLOCK_MONOTONIC) - start) / 1000000;
    report(ready == 0 || ready == 1, "poll-stdin-ready", ready);
    printf("poll-stdin-events%s%s%s\n", input.revents & POLLIN ? " IN" : "", input.revents & POLLHUP ? " HUP" : "", input.revents & POLLERR ? " ERR" : "");
    report(ready != 0 || elapsed >= timeout, "poll-stdin-ms", elapsed);
    if (ready == 1) {
        char byte;
        report(read(STDIN_FILENO, &byte, 1) >= 0, "poll-stdin-errno", errno); // ready means that read does not wait
    }

    struct pollfd output = {.fd = STDOUT_FILENO, .events = POLLOUT};
    report(poll(&output, 1, 1000) == 1 && (output.revents & POLLOUT) != 0, "poll-stdout-events", output.revents);

    start = now(CLOCK_MONOTONIC);
    int result = usleep(20000);
    elapsed = (now(CLOCK_MONOTONIC) - start) / 1000000;
    report(result == 0 && elapsed >= 20, "usleep-ms", elapsed);

    start = now(CLOCK_MONOTONIC);
    struct timespec soon;
    clock_gettime(CLOCK_MONOTONIC, &soon);
    soon.tv_nsec += 30000000;
    if (soon.tv_nsec >= 1000000000)
        soon.tv_sec++, soon.tv_nsec -= 1000000000;
    result = clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &soon, NULL);
    elapsed = (now(CLOCK_MONOTONIC) - start) / 1000000;
    report(result == 0 && elapsed >= 30, "sleep-until-ms", elapsed);
    return failures;
}
