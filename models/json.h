/* json.h: JSON through jansson, in one place. A tm_json is part of a document and lives as long as it does. */
#ifndef TM_JSON_H
#define TM_JSON_H

#include "models/text.h"

#include <stdint.h>

typedef struct json_t tm_json;

/* A document; NULL: err names line, column and what was found ("<path>: line 3, column 7: ..."). `depth` of
 * nesting and duplicate keys are checked. The caller frees. */
tm_json *tm_json_parse(tm_str text, const char *path, tm_error *err);
void tm_json_free(tm_json *);

/* NULL (or false) where there is no such thing or it is of another type; a NULL object is fine. */
const tm_json *tm_json_get(const tm_json *object, const char *key);
const tm_json *tm_json_at(const tm_json *array, size_t i);
size_t tm_json_size(const tm_json *array_or_object);
bool tm_json_is_array(const tm_json *);
bool tm_json_is_object(const tm_json *);
bool tm_json_str(const tm_json *, tm_str *);
bool tm_json_int(const tm_json *, int64_t *);
bool tm_json_real(const tm_json *, double *); /* integers too */
bool tm_json_bool(const tm_json *, bool *);
/* Members of an object, in order: *at starts as NULL. */
bool tm_json_next(const tm_json *object, void **at, tm_str *key, const tm_json **value);

/* Appends text as a JSON string with its quotes; bytes that are no UTF-8 become U+FFFD. False: no memory. */
bool tm_json_quote(tm_buffer *, tm_str text);

#endif
