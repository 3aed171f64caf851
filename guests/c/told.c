// A client that does what it is told, and tells it as a history (history.h): for histories that are written down beforehand.
//
//   told SCOPE CLIENT
//
// A line of standard input is a call: read KEY | write KEY VALUE | create KEY VALUE | remove KEY | append KEY ITEM | list KEY | txn FOLDER LIST LIST=ITEM... |
// add KEY, which takes the lock of the key, adds one to the number that the key is, and gives the lock back.

#include "history_transactions.h"

enum { WORDS = 2 + STEPS };

static void tell_transaction(char **words, int count) {
    struct step steps[STEPS];
    for (int index = 2; index < count; index++) {
        struct step *step = &steps[index - 2];
        char *item = strchr(words[index], '=');
        if (item != NULL)
            *item++ = '\0';
        strlcpy(step->list, words[index], sizeof step->list);
        strlcpy(step->item, item == NULL ? "" : item, sizeof step->item);
    }
    transact(words[1], steps, count - 2, 0);
}

static void do_as_told(char *line) {
    char *words[WORDS];
    int count = 0;
    for (char *word = strtok(line, " \n"); word != NULL && count < WORDS; word = strtok(NULL, " \n"))
        words[count++] = word;
    const char *call = words[0];
    if (strcmp(call, "txn") == 0 && count > 2)
        tell_transaction(words, count);
    else if (strcmp(call, "read") == 0 && count == 2)
        read_key(words[1]);
    else if (strcmp(call, "remove") == 0 && count == 2)
        remove_key(words[1]);
    else if (strcmp(call, "list") == 0 && count == 2)
        list_key(words[1]);
    else if (strcmp(call, "add") == 0 && count == 2)
        add_under_lock(words[1]);
    else if (strcmp(call, "write") == 0 && count == 3)
        write_key(words[1], words[2]);
    else if (strcmp(call, "create") == 0 && count == 3)
        create_key(words[1], words[2]);
    else if (strcmp(call, "append") == 0 && count == 3)
        append_key(words[1], words[2]);
    else
        errno = EINVAL, die(call);
}

int main(int count, char **arguments) {
    if (count != 3) {
        fputs("usage: told SCOPE CLIENT\n", stderr);
        return 255;
    }
    scope = arguments[1];
    client = arguments[2];
    char line[PATH * 2];
    while (fgets(line, sizeof line, stdin) != NULL)
        do_as_told(line);
    return 0;
}
