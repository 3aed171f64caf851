// Percent-decoding of a part of a URL or of a form-encoded body.
#pragma once

#include <stdbool.h>
#include <stddef.h>

static inline int hex_digit(char c) {
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

// Decodes a string in place; `form` also turns '+' into a space. Returns false for a bad escape or a NUL byte.
static inline bool percent_decode(char *text, bool form) {
    char *out = text;
    for (const char *in = text; *in != '\0'; in++) {
        char c = *in;
        if (c == '+' && form) {
            c = ' ';
        } else if (c == '%') {
            int high = hex_digit(in[1]);
            int low = high < 0 ? -1 : hex_digit(in[2]);
            if (low < 0 || (high == 0 && low == 0))
                return false;
            c = (char)(high << 4 | low);
            in += 2;
        }
        *out++ = c;
    }
    *out = '\0';
    return true;
}
