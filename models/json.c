/* json.c: see json.h. */
#include "models/json.h"

#include <jansson.h>

tm_json *tm_json_parse(tm_str text, const char *path, tm_error *err) {
    json_error_t e;
    json_t *root =
        json_loadb(text.n ? text.p : "", text.n, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY | JSON_ALLOW_NUL, &e);
    if (!root)
        tm_fail(err, "%s: line %d, column %d: JSON was expected, found: %s", path, e.line, e.column, e.text);
    return root;
}

void tm_json_free(tm_json *j) {
    json_decref(j);
}

const tm_json *tm_json_get(const tm_json *object, const char *key) {
    return json_object_get(object, key);
}
const tm_json *tm_json_at(const tm_json *array, size_t i) {
    return json_array_get(array, i);
}
size_t tm_json_size(const tm_json *j) {
    return json_is_array(j) ? json_array_size(j) : json_object_size(j);
}
bool tm_json_is_array(const tm_json *j) {
    return json_is_array(j);
}
bool tm_json_is_object(const tm_json *j) {
    return json_is_object(j);
}

bool tm_json_str(const tm_json *j, tm_str *out) {
    if (!json_is_string(j))
        return false;
    *out = (tm_str){json_string_value(j), json_string_length(j)};
    return true;
}
bool tm_json_int(const tm_json *j, int64_t *out) {
    if (!json_is_integer(j))
        return false;
    *out = json_integer_value(j);
    return true;
}
bool tm_json_real(const tm_json *j, double *out) {
    if (!json_is_number(j))
        return false;
    *out = json_number_value(j);
    return true;
}
bool tm_json_bool(const tm_json *j, bool *out) {
    if (!json_is_boolean(j))
        return false;
    *out = json_is_true(j);
    return true;
}

bool tm_json_next(const tm_json *object, void **at, tm_str *key, const tm_json **value) {
    json_t *o = (json_t *)(uintptr_t)object; /* jansson's iterators are not const */
    *at = *at ? json_object_iter_next(o, *at) : json_object_iter(o);
    if (!*at)
        return false;
    *key = (tm_str){json_object_iter_key(*at), json_object_iter_key_len(*at)};
    *value = json_object_iter_value(*at);
    return true;
}

/* Bytes of the UTF-8 character at p, 0 if there is none. */
static size_t character(const char *p, size_t n) {
    for (size_t length = 1; length <= 4 && length <= n; length++) {
        json_t *s = (unsigned char)*p < 0x80 && length > 1 ? NULL : json_stringn(p, length);
        json_decref(s);
        if (s)
            return length;
    }
    return 0;
}

bool tm_json_quote(tm_buffer *b, tm_str s) {
    bool good = tm_buffer_add(b, "\"", 1);
    for (size_t i = 0, length; good && i < s.n; i += length) {
        const unsigned char c = (unsigned char)s.p[i];
        char escape[8];
        length = c < 0x80 ? 1 : character(s.p + i, s.n - i);
        if (!length) {
            length = 1;
            good = tm_buffer_add(b, "\xef\xbf\xbd", 3);
        } else if (c == '"' || c == '\\')
            good = tm_buffer_add(b, (char[]){'\\', (char)c}, 2);
        else if (c < 32 || c == 127) {
            snprintf(escape, sizeof escape, "\\u%04x", c);
            good = tm_buffer_add(b, escape, 6);
        } else
            good = tm_buffer_add(b, s.p + i, length);
    }
    return good && tm_buffer_add(b, "\"", 1);
}
