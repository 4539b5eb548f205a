/* machine_info.c: /proc, /sys and sysconf; what cannot be read is said to be unknown. */
#include "harness/machine_info.h"
#include "kernels/registry.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

static void first_line(const char *path, char *out, size_t n) {
    FILE *f = fopen(path, "r");
    snprintf(out, n, "unknown");
    if (!f)
        return;
    if (fgets(out, (int)n, f))
        out[strcspn(out, "\n")] = 0;
    fclose(f);
}

/* The value of the first "key : value" line of /proc/cpuinfo. */
static void cpuinfo(const char *key, char *out, size_t n) {
    char line[4096];
    FILE *f = fopen("/proc/cpuinfo", "r");
    snprintf(out, n, "unknown");
    while (f && fgets(line, sizeof line, f))
        if (!strncmp(line, key, strlen(key)) && strchr(line, ':')) {
            char *v = strchr(line, ':') + 1;
            v += strspn(v, " \t");
            v[strcspn(v, "\n")] = 0;
            snprintf(out, n, "%s", v);
            break;
        }
    if (f)
        fclose(f);
}

static int has_flag(const char *flag) {
    char *line = NULL;
    size_t room = 0;
    int found = 0;
    FILE *f = fopen("/proc/cpuinfo", "r");
    while (f && !found && getline(&line, &room, f) > 0)
        found = !strncmp(line, "flags", 5) && strstr(line, flag) != NULL;
    free(line);
    if (f)
        fclose(f);
    return found;
}

void tl_machine_read(tl_machine *m) {
    struct utsname u = {0};
    memset(m, 0, sizeof *m);
    if (gethostname(m->host, sizeof m->host - 1))
        snprintf(m->host, sizeof m->host, "unknown");
    cpuinfo("model name", m->cpu, sizeof m->cpu);
    if (!uname(&u))
        snprintf(m->kernel, sizeof m->kernel, "%s %s %s", u.sysname, u.release, u.machine);
    first_line("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", m->governor, sizeof m->governor);
    first_line("/sys/kernel/mm/transparent_hugepage/enabled", m->huge_pages, sizeof m->huge_pages);
    snprintf(m->hypervisor, sizeof m->hypervisor, "%s", has_flag(" hypervisor") ? "yes" : "no");
    snprintf(m->caches, sizeof m->caches, "L1d %zu KiB, L2 %zu KiB, L3 %zu KiB", tk_cache_bytes(1) / 1024,
             tk_cache_bytes(2) / 1024, tk_cache_bytes(3) / 1024);
    m->cores = sysconf(_SC_NPROCESSORS_ONLN);
    m->memory_mib = sysconf(_SC_PHYS_PAGES) / 1024 * (sysconf(_SC_PAGESIZE) / 1024);
    if (getloadavg(&m->load, 1) != 1)
        m->load = -1;
}
