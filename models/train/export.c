/* export.c: a trained network as a GGUF file. */
#include "models/train/train.h"

#include "models/encode.h"
#include "models/lora.h"
#include "models/ternary.h"
#include "models/tokenizer/template.h"
#include <stdlib.h>

enum { F32 = 0 }; /* a tensor type */

/* LLaMA-3's template, for programs that render it themselves; ours know it by its marks. */
static const char chat_template[] =
    "{% for message in messages %}{% if loop.first %}{{ bos_token }}{% endif %}"
    "<|start_header_id|>{{ message['role'] }}<|end_header_id|>\n\n{{ message['content'] | trim }}<|eot_id|>"
    "{% endfor %}{% if add_generation_prompt %}<|start_header_id|>assistant<|end_header_id|>\n\n{% endif %}";

static bool put_keys(tm_writer *w, const tm_net *n, const tm_tokenizer *t, const char *name) {
    const bool chats = tm_special_id(t, "<|start_header_id|>") >= 0 && tm_special_id(t, "<|eot_id|>") >= 0;
    return tm_put_shape(w, &n->shape, name) && tm_tokenizer_put(t, w) &&
           (!chats || tm_put_str(w, "tokenizer.chat_template", tm_str_of(chat_template))) &&
           tm_put_u32(w, "general.quantization_version", 2);
}

static const char *encode(const tm_net *n, size_t i, const tm_plan *p, uint8_t *out) {
    const tm_param *param = &n->param[i];
    float factor = 1, scale;
    if (p->kind != TM_PLAN_TERNARY || !tm_type_is_ternary(p->type, true))
        return tm_encode_floats(out, p->type, n->w + param->at, param->m, param->k);
    int8_t *values = malloc(param->m * param->k);
    float *scales = malloc(param->m * sizeof *scales);
    double *scratch = malloc(param->m * sizeof *scratch);
    const char *why = values && scales && scratch ? NULL : "no memory";
    if (!why) {
        tm_net_ternary(n, i, values, &scale, scratch);
        for (size_t row = 0; row < param->m; row++)
            scales[row] = scale;
        why = tm_encode_ternary(out, p->type, values, scales, param->m, param->k, &factor);
    }
    if (!why && factor != 1)
        why = "the type has no room for the scale (write i2_s, then `ternlab model convert`)";
    free(values);
    free(scales);
    free(scratch);
    return why;
}

bool tm_net_write(FILE *f, const tm_net *n, const tm_tokenizer *t, uint32_t weights, uint32_t head,
                  const char *name, tm_error *err) {
    size_t count = 0;
    const char *at = "training";
    tm_plan *plan = malloc(tm_plan_most(&n->shape) * sizeof *plan);
    tm_writer *w = tm_writer_new(TM_FILE_ALIGNMENT);
    const char *why = plan && w ? tm_plan_make(plan, &n->shape, weights, head, &count, &at) : "no memory";
    if (!why && !(put_keys(w, n, t, name) && tm_put_plan(w, plan, count)))
        why = "no memory";
    if (!why && !tm_writer_begin(w, f))
        why = "the file could not be written";
    for (size_t i = 0; i < count && !why; i++) {
        uint8_t *out = malloc(plan[i].bytes);
        at = plan[i].name;
        why = out ? encode(n, i, &plan[i], out) : "no memory";
        if (!why && !tm_writer_data(w, f, out, plan[i].bytes))
            why = "the file could not be written";
        free(out);
    }
    const bool good = !why || tm_fail(err, "%s: a model that can be written was expected, found: %s", at, why);
    tm_writer_free(w);
    free(plan); /* which the name was in */
    return good;
}

static bool put_lora(tm_writer *w, const tm_net *n, const char *name) {
    bool good = tm_put_str(w, "general.architecture", tm_str_of(n->shape.arch)) &&
                tm_put_str(w, "general.type", tm_str_of("adapter")) &&
                tm_put_str(w, "general.name", tm_str_of(name)) &&
                tm_put_u32(w, "general.alignment", TM_FILE_ALIGNMENT) && tm_put_file_type(w, F32) &&
                tm_put_str(w, TM_LORA_TYPE, tm_str_of("lora")) && tm_put_f32(w, TM_LORA_ALPHA, n->lora.alpha);
    for (size_t i = n->learned; i < n->all && good; i++) {
        const tm_param *p = &n->param[i];
        good = tm_put_tensor(w, tm_str_of(p->name), F32, 2, (const uint64_t[]){p->k, p->m, 1, 1},
                             p->m * p->k * sizeof(float));
    }
    return good;
}

bool tm_lora_write(FILE *f, const tm_net *n, const char *name, tm_error *err) {
    tm_writer *w = tm_writer_new(TM_FILE_ALIGNMENT);
    const char *why = w && put_lora(w, n, name) ? NULL : "no memory";
    if (!why && !tm_writer_begin(w, f))
        why = "the file could not be written";
    for (size_t i = n->learned; i < n->all && !why; i++)
        if (!tm_writer_data(w, f, n->w + n->param[i].at, n->param[i].m * n->param[i].k * sizeof(float)))
            why = "the file could not be written";
    tm_writer_free(w);
    return !why || tm_fail(err, "training: an adapter that can be written was expected, found: %s", why);
}
