// A creature of samples/GameServerSample: a reactor that wanders. Each tick it calls the game's service "move" by /beta/rpc, and is told where it is.
//
// With CREATURE=runaway in its environment it does not come back from its tenth tick.
#include <stdint.h>

#include "../io.h"

static uint32_t random_state;
static int ticks, x, y;

static int random_step(void) {
    random_state ^= random_state << 13;
    random_state ^= random_state >> 17;
    random_state ^= random_state << 5;
    return (int)(random_state % 3) - 1;
}

// Returns the number of ticks it has lived, or the negative errno of what failed.
__attribute__((export_name("tick"))) int tick(void) {
    while (random_state == 0) {
        if (getentropy(&random_state, sizeof random_state) != 0)
            return -errno;
    }
    if (++ticks == 10) {
        const char *kind = getenv("CREATURE");
        while (kind && strcmp(kind, "runaway") == 0) {
        }
    }

    // Two steps there, two coordinates back, as the wasm machine's integers.
    int32_t message[2] = {random_step(), random_step()};
    int fd = open("/beta/rpc/move/call", O_RDWR);
    if (fd < 0)
        return -errno;
    ssize_t count = write(fd, message, sizeof message) < 0 ? -1 : read(fd, message, sizeof message);
    int error = errno;
    close(fd);
    if (count != sizeof message)
        return count < 0 ? -error : -EIO;
    x = message[0];
    y = message[1];
    return ticks;
}
