/* junit.c: see junit.h. */
#include "harness/junit.h"

static void attribute(FILE *f, const char *name, const char *value) {
    fprintf(f, " %s=\"", name);
    tl_escape(f, value);
    fputc('"', f);
}

static void one_case(FILE *f, const char *suite, const tl_junit_case *c) {
    fprintf(f, "<testcase classname=\"%s.", suite);
    tl_escape(f, c->group);
    fputc('"', f);
    attribute(f, "name", c->name);
    fputc('>', f);
    if (c->failed) {
        fputs("<failure", f);
        attribute(f, "type", c->type);
        attribute(f, "message", c->failed);
        fputc('>', f);
        tl_escape(f, c->text);
        fputs("</failure>", f);
    } else if (c->skipped) {
        fputs("<skipped", f);
        attribute(f, "message", c->skipped);
        fputs("/>", f);
    }
    fputs("</testcase>\n", f);
}

int tl_junit_write(const char *path, const char *suite, uint64_t seed, const tl_junit_case *c, size_t n) {
    tl_out *o = tl_out_open(path);
    if (!o)
        return TL_BAD;
    FILE *f = tl_out_file(o);
    size_t failed = 0, skipped = 0;
    for (size_t i = 0; i < n; i++) {
        failed += c[i].failed != NULL;
        skipped += !c[i].failed && c[i].skipped;
    }
    fprintf(f,
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n<testsuite name=\"%s\" tests=\"%zu\" "
            "failures=\"%zu\" errors=\"0\" skipped=\"%zu\">\n<properties><property name=\"seed\" "
            "value=\"%llu\"/></properties>\n",
            suite, n, failed, skipped, (unsigned long long)seed);
    for (size_t i = 0; i < n; i++)
        one_case(f, suite, &c[i]);
    fputs("</testsuite>\n</testsuites>\n", f);
    return tl_out_close(o);
}
