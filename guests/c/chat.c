// One participant of a chat room, for the time of a WebSocket: /rooms/<room>?name=<name>.
//
// The room is a topic, its history is in the key-value store, and the participant is on the WebSocket; poll() waits for all of them. What goes to
// participants is JSON: {"id":..,"at":..,"name":..,"text":..}, {"name":..,"event":"joined" or "left"}, {"lost":true}.

#include <dirent.h>
#include <poll.h>
#include <sys/stat.h>
#include <time.h>

#include "form.h"
#include "io.h"

enum { NAME = 64, TEXT = 4096, SHOWN = 50, KEPT = 200, FORGOTTEN = 16, KEY = 32, LINE = 6 * (NAME + TEXT) + 256 };

static char room[NAME] = "", name[NAME] = "guest";
static char keys[2 * KEPT][KEY];
static int key_count;

static const char *history_path(const char *key) {
    static char path[256];
    snprintf(path, sizeof path, "/beta/kv/local/rooms/%s/%s", room, key);
    return path;
}

_Noreturn static void refuse(const char *code_and_reason) {
    put("/connection/close", code_and_reason);
    exit(0);
}

// Decodes a part of the URL into a fixed place.
static int take(char *target, const char *start, size_t length) {
    if (length == 0 || length >= NAME)
        return -1;
    memcpy(target, start, length);
    target[length] = '\0';
    return percent_decode(target, true) && strpbrk(target, "/\n") == NULL && target[0] != '.' ? 0 : -1;
}

static void parse_url(void) {
    static char url[1024];
    if (read_file("/request/url", url, sizeof url) < 0)
        die("/request/url");
    const char *last = strrchr(url, '/') + 1, *query = strchr(last, '?');
    if (take(room, last, query ? (size_t)(query - last) : strlen(last)) != 0)
        refuse("4004 there is no such room");
    const char *wanted = query ? strstr(query, "name=") : NULL;
    if (wanted && take(name, wanted + 5, strcspn(wanted + 5, "&")) != 0)
        refuse("4000 that is no name");
}

// Appends a JSON string. The target has room for every byte escaped.
static char *add_string(char *out, const char *text) {
    *out++ = '"';
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        if (c == '"' || c == '\\')
            out += sprintf(out, "\\%c", c);
        else if (c < 0x20)
            out += sprintf(out, "\\u%04x", c);
        else
            *out++ = (char)c;
    }
    *out++ = '"';
    return out;
}

static void publish(int topic, const char *line, size_t length) {
    if (write(topic, line, length) < 0)
        die("topic");
}

static void publish_event(int topic, const char *event) {
    static char line[LINE];
    char *out = line + sprintf(line, "{\"name\":");
    out = add_string(out, name);
    out += sprintf(out, ",\"event\":\"%s\"}", event);
    publish(topic, line, (size_t)(out - line));
}

// Keeps a message in the history, and then gives it to all who are there.
static void say(int topic, const char *text) {
    static char line[LINE], key[KEY];
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    long long microseconds = (long long)now.tv_sec * 1000000 + now.tv_nsec / 1000;
    for (;; microseconds++) {
        snprintf(key, sizeof key, "%020lld", microseconds);
        char *out = line + sprintf(line, "{\"id\":\"%s\",\"at\":%lld,\"name\":", key, microseconds / 1000);
        out = add_string(out, name);
        out += sprintf(out, ",\"text\":");
        out = add_string(out, text);
        *out++ = '}';
        size_t length = (size_t)(out - line);
        int fd = open(history_path(key), O_WRONLY | O_CREAT | O_EXCL, 0666);
        if (fd >= 0 && write_all(fd, line, length) == 0 && close(fd) == 0) {
            publish(topic, line, length);
            return;
        }
        // Somebody else spoke in the same microsecond.
        if (errno != EEXIST)
            die(key);
    }
}

static int compare_keys(const void *a, const void *b) { return strcmp(a, b); }

static void sort_keys(void) { qsort(keys, (size_t)key_count, KEY, compare_keys); }

static void list_keys(void) {
    DIR *directory = opendir(history_path(""));
    if (!directory && errno == ENOENT)
        return;
    if (!directory)
        die("history");
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        if (entry->d_name[0] == '.' || strlen(entry->d_name) >= KEY)
            continue;
        if (key_count == 2 * KEPT) { // the older half is for others to forget
            sort_keys();
            memmove(keys, keys + KEPT, sizeof keys / 2);
            key_count = KEPT;
        }
        strcpy(keys[key_count++], entry->d_name);
    }
    closedir(directory);
    sort_keys();
}

static void show_history(int messages) {
    static char line[LINE];
    list_keys();
    for (int i = key_count > SHOWN ? key_count - SHOWN : 0; i < key_count; i++) {
        ssize_t length = read_file(history_path(keys[i]), line, sizeof line);
        if (length > 0 && write(messages, line, (size_t)length) < 0)
            exit(0);
    }
}

// Forgets a few of the messages that nobody will be shown. Not all of them: when many come at one time, each would forget the same, and none would come to
// what it is for.
static void forget_history(void) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    int old = key_count - KEPT, first = old > 0 ? (int)(now.tv_nsec / 1000 % old) : 0;
    for (int i = 0; i < old && i < FORGOTTEN; i++) {
        // Others may forget the same one.
        if (unlink(history_path(keys[(first + i) % old])) != 0 && errno != ENOENT)
            die("forget");
    }
}

int main(void) {
    static char line[LINE], path[128], text[TEXT + 1];
    parse_url();
    snprintf(path, sizeof path, "/beta/topic/%s", room);
    int topic = open(path, O_RDWR | O_NONBLOCK);
    if (topic < 0 && errno == ENOENT)
        refuse("4004 there is no such room");
    if (topic < 0)
        die(path);
    int messages = open("/connection/messages", O_RDWR | O_NONBLOCK);
    if (messages < 0)
        die("/connection/messages");

    // After the topic was opened, so that nothing is missed; what comes twice has the same id.
    show_history(messages);
    publish_event(topic, "joined");
    forget_history();
    struct pollfd waiting[] = {{.fd = messages, .events = POLLIN}, {.fd = topic, .events = POLLIN}};
    while (poll(waiting, 2, -1) >= 0) {
        if (waiting[1].revents) {
            ssize_t length = read(topic, line, sizeof line);
            if (length < 0 && errno == ENOBUFS)
                length = sprintf(line, "{\"lost\":true}");
            if (length < 0 && errno != EAGAIN)
                die("topic");
            if (length == 0 || (length > 0 && write(messages, line, (size_t)length) < 0))
                break;
        }
        if (waiting[0].revents) {
            ssize_t length = read(messages, text, TEXT);
            if (length == 0 || (length < 0 && errno == ECONNRESET))
                break;
            if (length < 0 && errno != EAGAIN)
                refuse("1009 a message has at most 4,096 bytes");
            if (length > 0) {
                text[length] = '\0';
                say(topic, text);
            }
        }
    }
    publish_event(topic, "left");
    return 0;
}
