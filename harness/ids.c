/* ids.c: see ids.h. */
#include "harness/ids.h"
#include "harness/cli.h"
#include "models/text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int tl_parse_ids(const char *where, const char *text, uint32_t vocab, tm_ids *ids) {
    static const char between[] = " ,\n\r\t";
    for (const char *p = text; *p;) {
        char *end, found[33];
        if (strchr(between, *p)) {
            p++;
            continue;
        }
        errno = 0;
        const unsigned long v = strtoul(p, &end, 10);
        if (*p < '0' || *p > '9' || errno || (*end && !strchr(between, *end)))
            return tl_bad(where, "whole numbers with commas or spaces between them were expected, found \"%s\"",
                          tm_printable(found, sizeof found, tm_str_of(p)));
        if (v >= vocab)
            return tl_bad(where, "ids below %u were expected, found %lu", vocab, v);
        if (!tm_ids_add(ids, (uint32_t)v))
            return tl_bad(where, "memory was expected, found none");
        p = end;
    }
    return TL_GO_ON;
}
