// Files over 4 GiB, and the limits that stop a file from growing. Each check prints "ok NAME" or "not ok NAME: detail";
// the exit code is the number of failures. DIRECTORY must exist and be writable; nothing is left in it.
//
//   largefile sparse DIRECTORY                 a file with holes, of more than 2^32 bytes
//   largefile limits DIRECTORY LENGTH BYTES    a mount whose files may have LENGTH bytes, all together BYTES without holes
//   largefile values DIRECTORY LENGTH BYTES    a key-value mount: LENGTH bytes of one value, BYTES of open ones together

#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"

#define GIB (1ll << 30)

static int create(const char *path) { return must(open(path, O_RDWR | O_CREAT | O_EXCL, 0666)); }

static long long size_of(int fd) {
    struct stat info;
    return fstat(fd, &info) < 0 ? -1 : info.st_size;
}

static void holds(const char *name, int fd, off_t offset, const char *expected, size_t length) {
    char content[64];
    ssize_t count = pread(fd, content, sizeof content < length ? sizeof content : length, offset);
    char detail[64];
    snprintf(detail, sizeof detail, "%zd of %zu bytes, or other ones (%s)", count, length, count < 0 ? strerror(errno) : "no error");
    ok(name, count == (ssize_t)length && memcmp(content, expected, length) == 0, detail);
}

static void sparse(void) {
    int fd = create("large");
    equals("seek-5g", lseek(fd, 5 * GIB, SEEK_SET), 5 * GIB);
    equals("write-5g", write(fd, "tail", 4), 4);
    equals("position-behind-5g", lseek(fd, 0, SEEK_CUR), 5 * GIB + 4);
    equals("size-5g", size_of(fd), 5 * GIB + 4);
    holds("hole-before-5g", fd, 5 * GIB - 2, "\0\0tail", 6);

    // What is cut to 32 bits anywhere shows at the start of the file.
    equals("write-across-4g", pwrite(fd, "ABCDEFGH", 8, 4 * GIB - 4), 8);
    holds("read-across-4g", fd, 4 * GIB - 4, "ABCDEFGH", 8);
    holds("start-is-a-hole", fd, 0, "\0\0\0\0\0\0\0\0", 8);
    equals("write-across-2g", pwrite(fd, "12345678", 8, 2 * GIB - 4), 8);
    holds("read-across-2g", fd, 2 * GIB - 4, "12345678", 8);
    equals("seek-end", lseek(fd, -4, SEEK_END), 5 * GIB);
    char bytes[8] = "";
    equals("read-from-end", read(fd, bytes, sizeof bytes), 4);
    ok("read-from-end-content", memcmp(bytes, "tail", 4) == 0, bytes);
    equals("seek-back", lseek(fd, -(3 * GIB), SEEK_CUR), 2 * GIB + 4);
    equals("read-at-end", pread(fd, bytes, 8, 6 * GIB), 0);

    // In pieces over the boundary, as a copy program would.
    static char piece[64 << 10];
    equals("seek-before-4g", lseek(fd, 4 * GIB - 2 * (long long)sizeof piece, SEEK_SET), 4 * GIB - 2 * (long long)sizeof piece);
    int letters = 0;
    for (int i = 0; i < 4; i++) {
        must(read(fd, piece, sizeof piece) == sizeof piece ? 0 : -1);
        for (size_t j = 0; j < sizeof piece; j++)
            letters += piece[j] >= 'A' && piece[j] <= 'H';
    }
    equals("pieces-across-4g", letters, 8);

    equals("truncate-4g", ftruncate(fd, 4 * GIB + 2), 0);
    equals("truncate-4g-size", size_of(fd), 4 * GIB + 2);
    equals("truncate-longer", ftruncate(fd, 6 * GIB), 0);
    holds("truncate-longer-zeros", fd, 4 * GIB, "EF\0\0", 4);
    holds("truncated-is-gone", fd, 5 * GIB, "\0\0\0\0", 4);

    int append = must(open("large", O_WRONLY | O_APPEND));
    equals("append-6g", write(append, "end", 3), 3);
    equals("append-6g-position", lseek(append, 0, SEEK_CUR), 6 * GIB + 3);
    succeeds("append-close", close(append));
    holds("append-6g-content", fd, 6 * GIB - 1, "\0end", 4);
    struct stat info;
    succeeds("large-rename", rename("large", "larger"));
    equals("stat-6g", stat("larger", &info) == 0 ? info.st_size : -1, 6 * GIB + 3);
    int again = must(open("larger", O_RDONLY));
    holds("reopened", again, 4 * GIB - 4, "ABCDEF\0", 7);
    close(again);
    fails("truncate-negative", ftruncate(fd, -1), EINVAL, 0);
    equals("seek-highest", lseek(fd, LLONG_MAX, SEEK_SET), LLONG_MAX);
    fails("seek-over-highest", lseek(fd, 1, SEEK_CUR), EOVERFLOW, EINVAL);
    fails("write-at-highest", write(fd, "xy", 2), EFBIG, EINVAL);
    succeeds("large-close", close(fd));
    succeeds("large-unlink", unlink("larger"));
}

// Writes blocks until no more fit. Returns the bytes that were written.
static long long fill(int fd, int *error) {
    static char block[10000];
    long long total = 0;
    for (;;) {
        memset(block, 'a' + (int)(total / (long long)sizeof block % 26), sizeof block);
        ssize_t count = write(fd, block, sizeof block);
        *error = count < 0 ? errno : 0;
        if (count <= 0)
            return total;
        total += count;
    }
}

static bool is_filled(int fd, long long length) {
    static char block[10000];
    for (long long at = 0; at < length; at += sizeof block) {
        ssize_t count = pread(fd, block, sizeof block, at);
        ssize_t expected = length - at < (long long)sizeof block ? length - at : (long long)sizeof block;
        if (count < expected)
            return false;
        for (ssize_t i = 0; i < expected; i++)
            if (block[i] != 'a' + (char)(at / (long long)sizeof block % 26))
                return false;
    }
    return true;
}

static void limits(long long length, long long bytes) {
    int fd = create("long");
    equals("truncate-to-limit", ftruncate(fd, length), 0);
    fails("truncate-over-limit", ftruncate(fd, length + 1), EFBIG, 0);
    equals("size-at-limit", size_of(fd), length);
    equals("write-up-to-limit", pwrite(fd, "xyz", 3, length - 1), 1);
    holds("written-up-to-limit", fd, length - 2, "\0x", 2);
    fails("write-at-limit", pwrite(fd, "x", 1, length), EFBIG, 0);
    fails("write-over-limit", pwrite(fd, "x", 1, length + GIB), EFBIG, 0);
    int append = must(open("long", O_WRONLY | O_APPEND));
    fails("append-at-limit", write(append, "x", 1), EFBIG, 0);
    succeeds("append-close", close(append));
    errno = posix_fallocate(fd, 0, 2 * GIB);
    fails("allocate-more-than-there-is", errno == 0 ? 0 : -1, ENOSPC, 0);
    errno = posix_fallocate(fd, 1, length);
    fails("allocate-over-limit", errno == 0 ? 0 : -1, EFBIG, 0);
    equals("size-is-still-the-limit", size_of(fd), length);
    succeeds("long-close", close(fd));
    succeeds("long-unlink", unlink("long"));

    int full = create("full"), other = create("other"), error;
    long long written = fill(full, &error);
    equals("full-errno", error, ENOSPC);
    ok("full-is-full", written <= bytes && written > bytes - (1 << 16), "much less or more than the limit");
    equals("full-size", size_of(full), written);
    ok("full-content", is_filled(full, written), "other bytes");
    fails("write-elsewhere-when-full", write(other, "x", 1), ENOSPC, 0);
    fails("write-at-4g-when-full", pwrite(other, "x", 1, 4 * GIB), ENOSPC, 0);
    equals("failed-write-does-not-grow", size_of(other), 0);
    equals("overwrite-when-full", pwrite(full, "a", 1, 0), 1);
    equals("hole-when-full", ftruncate(other, 4 * GIB), 0);
    equals("unlink-when-full", unlink("full"), 0);
    static const char page[4096]; /* only what the name took is given back before the last close: 128 bytes and 2 a character */
    equals("write-before-last-close", write(other, page, sizeof page), 128 + 2 * (long long)strlen("full"));
    fails("write-more-before-last-close", write(other, "x", 1), ENOSPC, 0);
    ok("content-before-last-close", is_filled(full, written), "other bytes");
    succeeds("last-close", close(full));
    equals("write-after-last-close", write(other, "x", 1), 1);
    ok("fill-again", fill(other, &error) > bytes - (1 << 17), "space was lost");
    equals("truncate-to-nothing", ftruncate(other, 0), 0);
    equals("seek-to-start", lseek(other, 0, SEEK_SET), 0);
    ok("fill-after-truncate", fill(other, &error) > bytes - (1 << 16), "space was lost");
    succeeds("other-close", close(other));
    succeeds("other-unlink", unlink("other"));
}

static void values(long long length, long long bytes) {
    int fd = create("value");
    fails("truncate-5g", ftruncate(fd, 5 * GIB), EFBIG, 0);
    fails("write-at-5g", pwrite(fd, "x", 1, 5 * GIB), EFBIG, 0);
    equals("seek-5g", lseek(fd, 5 * GIB, SEEK_SET), 5 * GIB);
    char byte;
    equals("read-at-5g", read(fd, &byte, 1), 0);
    fails("write-after-seek-5g", write(fd, "x", 1), EFBIG, 0);
    errno = posix_fallocate(fd, 0, 5 * GIB);
    fails("allocate-5g", errno == 0 ? 0 : -1, EFBIG, 0);
    fails("truncate-over-limit", ftruncate(fd, length + 1), EFBIG, 0);
    fails("write-that-crosses-limit", pwrite(fd, "xy", 2, length - 1), EFBIG, 0);
    equals("failed-write-does-not-grow", size_of(fd), 0);
    equals("write-up-to-limit", pwrite(fd, "x", 1, length - 1), 1);
    succeeds("value-close", close(fd));
    struct stat info;
    equals("stat-at-limit", stat("value", &info) == 0 ? info.st_size : -1, length);
    fd = must(open("value", O_WRONLY | O_APPEND));
    fails("append-that-crosses-limit", write(fd, "x", 1), EFBIG, 0);
    succeeds("append-close", close(fd));
    equals("still-at-limit", stat("value", &info) == 0 ? info.st_size : -1, length);

    // Every open value is held as a whole, so what may be open is limited too.
    int open_values[64], count = 0, maximum = (int)(bytes / length);
    while (count < 64 && (open_values[count] = open("value", O_RDONLY)) >= 0)
        count++;
    fails("open-over-limit", open("value", O_RDONLY), ENOMEM, 0);
    equals("open-up-to-limit", count, maximum);
    fd = create("new");
    fails("write-over-open-limit", write(fd, "xy", 2), ENOMEM, 0);
    succeeds("close-one", close(open_values[--count]));
    equals("write-after-close", write(fd, "xy", 2), 2);
    succeeds("new-close", close(fd));
    while (count > 0)
        must(close(open_values[--count]));
    succeeds("new-unlink", unlink("new"));
    succeeds("value-unlink", unlink("value"));
}

int main(int argc, char **argv) {
    if (argc < 3 || chdir(argv[2]) != 0) {
        fprintf(stderr, "usage: largefile sparse|limits|values DIRECTORY [LENGTH BYTES]\n");
        return 255;
    }
    if (strcmp(argv[1], "sparse") == 0)
        sparse();
    else if (strcmp(argv[1], "limits") == 0 && argc == 5)
        limits(atoll(argv[3]), atoll(argv[4]));
    else if (strcmp(argv[1], "values") == 0 && argc == 5)
        values(atoll(argv[3]), atoll(argv[4]));
    else
        return 255;
    return failures;
}
