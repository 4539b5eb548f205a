/* model_cmd.h: parts of `ternlab model` that have files of their own. */
#ifndef TL_MODEL_CMD_H
#define TL_MODEL_CMD_H

int tl_model_verify(int argc, char **argv);
int tl_model_convert(int argc, char **argv);
int tl_model_fetch(int argc, char **argv);

#endif
