// A guestbook: POST a form with name and message to sign it, GET it as a page, newest entries first.
// An entry is one new key in /beta/kv/local/guestbook: nanoseconds since 1970 in 20 digits, so that names sort by
// time, and 16 random hex digits, so that two guests never mean the same key. Its value is name, newline, message.

#include <dirent.h>
#include <time.h>

#include "form.h"
#include "io.h"

enum {
    MAX_NAME = 80,
    MAX_MESSAGE = 2000,
    MAX_BODY = 3 * (MAX_NAME + MAX_MESSAGE) + 64, // every byte may be %XX
    MAX_ENTRIES = 100,
    TIME_LENGTH = 20,
    KEY_LENGTH = TIME_LENGTH + 1 + 16,
};

static const char folder[] = "/beta/kv/local/guestbook";

static const char page_head[] =
    "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>Guestbook</title>\n<style>\n"
    "body { font: 1.05rem/1.5 system-ui, sans-serif; max-width: 40rem; margin: 2rem auto; padding: 0 1rem; color: #222; background: #faf8f4 }\n"
    "form, article { background: #fff; border: 1px solid #e4dfd5; border-radius: .6rem; padding: 1rem; margin: 1rem 0 }\n"
    "label { display: block; margin-bottom: .7rem }\n"
    "input, textarea { display: block; box-sizing: border-box; width: 100%; font: inherit; padding: .4rem; border: 1px solid #bbb; border-radius: .3rem }\n"
    "button { font: inherit; padding: .4rem 1.2rem; border: 0; border-radius: .3rem; color: #fff; background: #2f6f5e }\n"
    "h2 { font-size: 1rem; margin: 0 } time { font-weight: normal; color: #6b6b6b } article p { margin: .3rem 0 0; white-space: pre-wrap; overflow-wrap: anywhere }\n"
    "</style>\n</head>\n<body>\n<h1>Guestbook</h1>\n<form method=\"post\">\n"
    "<label>Name <input name=\"name\" required maxlength=\"80\" autocomplete=\"name\"></label>\n"
    "<label>Message <textarea name=\"message\" required maxlength=\"2000\" rows=\"4\"></textarea></label>\n"
    "<button>Sign</button>\n</form>\n";

// --- signing -------------------------------------------------------------------------------------

static int refuse(const char *status, const char *reason) {
    put("/response/status", status);
    put("/response/headers/content-type", "text/plain; charset=utf-8");
    put("/response/body", reason);
    return 0;
}

// True for UTF-8 that may stand in an HTML page: well formed, and of the control characters only tab and newline.
static bool is_text(const unsigned char *s) {
    while (*s != '\0') {
        if ((*s < 0x20 && *s != '\t' && *s != '\n') || *s == 0x7f)
            return false;
        int more = *s < 0x80 ? 0 : *s >= 0xc2 && *s < 0xe0 ? 1 : *s >= 0xe0 && *s < 0xf0 ? 2 : *s >= 0xf0 && *s < 0xf5 ? 3 : -1;
        if (more < 0)
            return false;
        unsigned code = more == 0 ? *s : *s & (0x3fu >> more);
        for (s++; more > 0; more--, s++) {
            if ((*s & 0xc0) != 0x80)
                return false;
            code = code << 6 | (*s & 0x3f);
            // Overlong forms, surrogates and what lies beyond Unicode show in the second byte.
            if ((more == 2 && code < 0x20) || (more == 2 && code >= 0x360 && code < 0x380) || (more == 3 && (code < 0x10 || code >= 0x110)))
                return false;
        }
        if (code >= 0x80 && code < 0xa0)
            return false;
    }
    return true;
}

// A form sends line ends as CR LF; the book keeps LF.
static void drop_carriage_returns(char *text) {
    char *out = text;
    for (; *text != '\0'; text++)
        if (*text != '\r')
            *out++ = *text;
    *out = '\0';
}

// The decoded value of a field, "" if it is absent, NULL if it is not text.
static char *field(char **pairs, int count, const char *name) {
    size_t length = strlen(name);
    for (int i = 0; i < count; i++) {
        if (strncmp(pairs[i], name, length) != 0 || pairs[i][length] != '=')
            continue;
        char *value = pairs[i] + length + 1;
        if (!percent_decode(value, true))
            return NULL;
        drop_carriage_returns(value);
        return is_text((unsigned char *)value) ? value : NULL;
    }
    return "";
}

static void add_entry(const char *name, const char *message) {
    char path[sizeof folder + 1 + KEY_LENGTH], entry[MAX_NAME + 1 + MAX_MESSAGE + 1];
    snprintf(entry, sizeof entry, "%s\n%s", name, message);
    int fd;
    do {
        struct timespec now;
        unsigned long long random;
        if (clock_gettime(CLOCK_REALTIME, &now) != 0 || getentropy(&random, sizeof random) != 0)
            die("clock or entropy");
        snprintf(path, sizeof path, "%s/%020llu-%016llx", folder, now.tv_sec * 1000000000ull + (unsigned long long)now.tv_nsec, random);
        fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0666);
    } while (fd < 0 && errno == EEXIST);
    if (fd < 0 || write_all(fd, entry, strlen(entry)) != 0 || close(fd) != 0)
        die(path);
}

static int sign(const char *url_path) {
    static char body[MAX_BODY + 2];
    ssize_t length = read_file("/request/body", body, sizeof body);
    if (length > MAX_BODY || (length < 0 && errno == EFBIG))
        return refuse("413", "The form is too large.\n");
    if (length < 0)
        die("/request/body");
    if (strlen(body) != (size_t)length)
        return refuse("400", "The form is not text.\n");

    char *pairs[16], *rest = body;
    int count = 0;
    for (char *pair; count < 16 && (pair = strsep(&rest, "&")) != NULL;)
        pairs[count++] = pair;
    const char *name = field(pairs, count, "name"), *message = field(pairs, count, "message");
    if (name == NULL || message == NULL || strchr(name, '\n') != NULL)
        return refuse("400", "The form is not text.\n");
    if (*name == '\0' || *message == '\0')
        return refuse("400", "A name and a message are needed.\n");
    if (strlen(name) > MAX_NAME || strlen(message) > MAX_MESSAGE)
        return refuse("413", "The name may have 80 bytes, the message 2000.\n");

    add_entry(name, message);
    put("/response/status", "303");
    put("/response/headers/location", url_path);
    put("/response/body", "");
    return 0;
}

// --- the page ------------------------------------------------------------------------------------

static void print_escaped(FILE *page, const char *text) {
    for (; *text != '\0'; text++) {
        switch (*text) {
        case '&': fputs("&amp;", page); break;
        case '<': fputs("&lt;", page); break;
        case '>': fputs("&gt;", page); break;
        case '"': fputs("&quot;", page); break;
        case '\'': fputs("&#39;", page); break;
        default: fputc(*text, page);
        }
    }
}

static void print_entry(FILE *page, const char *key) {
    char path[sizeof folder + 1 + KEY_LENGTH], entry[MAX_NAME + 1 + MAX_MESSAGE + 2], when[32], digits[TIME_LENGTH + 1] = "";
    snprintf(path, sizeof path, "%s/%s", folder, key);
    if (read_file(path, entry, sizeof entry) < 0)
        return; // deleted since it was listed, or not an entry
    char *message = strchr(entry, '\n');
    if (message == NULL)
        return;
    *message++ = '\0';

    time_t seconds = (time_t)(strtoull(memcpy(digits, key, TIME_LENGTH), NULL, 10) / 1000000000);
    strftime(when, sizeof when, "%Y-%m-%d %H:%M", gmtime(&seconds));
    fputs("<article>\n<h2>", page);
    print_escaped(page, entry);
    fprintf(page, " <time datetime=\"%.10sT%sZ\">%s UTC</time></h2>\n<p>", when, when + 11, when);
    print_escaped(page, message);
    fputs("</p>\n</article>\n", page);
}

// Lists the newest keys, newest first. Returns how many.
static int list(char keys[MAX_ENTRIES + 1][KEY_LENGTH + 1]) {
    int count = 0;
    DIR *directory = opendir(folder);
    if (directory == NULL && errno == ENOENT)
        return 0; // nobody has signed yet
    if (directory == NULL)
        die(folder);
    for (struct dirent *entry; errno = 0, (entry = readdir(directory)) != NULL;) {
        if (strlen(entry->d_name) != KEY_LENGTH || strspn(entry->d_name, "0123456789") < TIME_LENGTH)
            continue;
        int at = count;
        while (at > 0 && strcmp(keys[at - 1], entry->d_name) < 0)
            at--;
        if (at == MAX_ENTRIES)
            continue;
        memmove(keys[at + 1], keys[at], (size_t)(count - at) * sizeof keys[0]);
        memcpy(keys[at], entry->d_name, sizeof keys[0]);
        count += count < MAX_ENTRIES;
    }
    if (errno != 0)
        die(folder);
    closedir(directory);
    return count;
}

static int show(void) {
    static char keys[MAX_ENTRIES + 1][KEY_LENGTH + 1];
    int count = list(keys);
    put("/response/headers/content-type", "text/html; charset=utf-8");
    put("/response/headers/content-security-policy", "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'");
    FILE *page = fopen("/response/body", "w");
    if (page == NULL)
        die("/response/body");
    fputs(page_head, page);
    for (int i = 0; i < count; i++)
        print_entry(page, keys[i]);
    if (count == 0)
        fputs("<p>Nobody has signed yet.</p>\n", page);
    fputs("</body>\n</html>\n", page);
    bool failed = ferror(page);
    if (fclose(page) != 0 || failed)
        die("/response/body");
    return 0;
}

int main(void) {
    static char target[4096];
    char method[32];
    if (read_file("/request/method", method, sizeof method) < 0)
        die("/request/method");
    if (read_file("/request/url", target, sizeof target) < 0)
        return refuse("414", "The URL is too long.\n");
    method[strcspn(method, "\r\n")] = '\0';
    target[strcspn(target, "?#\r\n")] = '\0';
    // A location that begins with "//" would name another host.
    const char *url_path = target + strspn(target, "/\\");
    url_path -= url_path > target;

    if (strcmp(method, "POST") == 0)
        return sign(*url_path == '/' ? url_path : "/");
    if (strcmp(method, "GET") == 0)
        return show();
    put("/response/headers/allow", "GET, POST");
    return refuse("405", "Expected GET or POST.\n");
}
