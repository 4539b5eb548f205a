/* fuzz.c: libFuzzer targets for everything that reads files of others. TARGET: gguf, lora, safetensors,
 * tokenizer, rows. */
#include "harness/batch_rows.h"
#include "harness/csv.h"
#include "models/builtin.h"
#include "models/model.h"
#include "models/safetensors.h"
#include "models/session.h"
#include "models/tokenizer/tokenizer.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* The bytes as a file, under a name that can be opened. */
static int as_file(const uint8_t *data, size_t n, char *path, size_t room) {
    const int fd = memfd_create("fuzz", 0);
    if (fd < 0 || write(fd, data, n) != (ssize_t)n)
        abort();
    snprintf(path, room, "/proc/self/fd/%d", fd);
    return fd;
}

static void gguf(const char *path) {
    tm_error err;
    tm_gguf *g = tm_gguf_open(path, true, &err);
    for (size_t i = 0; g && i < g->ntensors; i++) {
        const tm_tensor *t = &g->tensors[i];
        if (!t->data || !t->bytes || t->ne[0] * t->ne[1] > 1 << 20)
            continue;
        int8_t *w = malloc(t->ne[0] * t->ne[1] * t->ne[2] * t->ne[3]);
        float *scales = malloc(4 * t->ne[1] * t->ne[2] * t->ne[3] + 4);
        if (w && scales && t->ne[2] * t->ne[3] == 1)
            tm_ternary_values(
                g, t,
                (tm_reading){
                    .tl = {TM_TL_GIVEN, {32u << (t->bytes & 3), 24u * (uint32_t)(1 + t->bytes / 4 % 256), 32}}},
                w, scales, &err);
        free(w);
        free(scales);
    }
    tm_tokenizer *t = g ? tm_tokenizer_from_gguf(g, &err) : NULL;
    tm_tokenizer_free(t);
    tm_gguf_close(g);
    /* A model that loads also runs. */
    tm_model *m = tm_model_load(path, NULL, &err);
    if (m && m->config.layers <= 4 && m->config.vocab <= 4096 && m->config.context <= 4096) {
        const tm_session_options o = {.context = 8, .pass = 2};
        const tm_item items[3] = {{1, 0, false}, {2, 0, false}, {0, 0, false}};
        tm_session *s = tm_session_new(m, &o, &err);
        if (s)
            tm_session_eval(s, items, 3, NULL, &err);
        tm_session_free(s);
    }
    tm_model_free(m);
}

/* An adapter of the built-in model that loads also runs. */
static void lora(const char *path) {
    tm_error err;
    tm_model *m = tm_model_from(tm_builtin_open(&err), &(tm_model_options){.lora = path}, &err);
    const tm_item items[3] = {{1, 0, false}, {2, 0, false}, {0, 0, false}};
    tm_session *s = m ? tm_session_new(m, &(tm_session_options){.context = 8, .pass = 2}, &err) : NULL;
    if (s)
        tm_session_eval(s, items, 3, NULL, &err);
    tm_session_free(s);
    tm_model_free(m);
}

static void safetensors(const char *path) {
    tm_error err;
    float x[4];
    tm_safetensors *s = tm_safetensors_open(path, &err);
    for (size_t i = 0; s && i < s->n; i++)
        tm_array_floats(&s->arrays[i], s->arrays[i].count > 4 ? s->arrays[i].count - 4 : 0,
                        s->arrays[i].count < 4 ? s->arrays[i].count : 4, x);
    tm_safetensors_close(s);
}

static void tokenizer(const char *path) {
    static const char text[] = "Hello, w\xc3\xb6rld! \xff 123 <|eot_id|>\n\n  x";
    tm_error err;
    tm_ids ids = {0};
    tm_buffer out = {0};
    tm_tokenizer *t = tm_tokenizer_from_file(path, &err);
    if (t && tm_encode(t, (tm_str){text, sizeof text - 1}, TM_BOS | TM_SPECIALS, &ids))
        tm_decode(t, ids.p, ids.n, true, &out);
    tm_ids_free(&ids);
    tm_buffer_free(&out);
    tm_tokenizer_free(t);
}

static void rows(const char *path) {
    tl_row *r;
    size_t n, found;
    FILE *journal;
    for (int kind = 0; kind < 4; kind++)
        if (tl_rows_read(path, (tl_row_kind)kind, &r, &n) == TL_GO_ON)
            tl_rows_free(r, n);
    if (tl_rows_read(path, TL_JSONL, &r, &n) == TL_GO_ON) {
        if (tl_journal_open(path, 0, r, n, &journal, &found) == TL_GO_ON) /* last: it may write */
            fclose(journal);
        tl_rows_free(r, n);
    }
}

/* Run with -close_fd_mask=2: one-line errors are the point of it, a million of them are not. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
    char path[64];
    const int fd = as_file(data, n, path, sizeof path);
    TARGET(path);
    (void)gguf;
    (void)lora;
    (void)safetensors;
    (void)tokenizer;
    (void)rows;
    close(fd);
    return 0;
}
