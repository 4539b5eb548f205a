/* sampling.h: the options of commands that choose tokens, and that make several of them in a pass. */
#ifndef TL_SAMPLING_H
#define TL_SAMPLING_H

#include "models/lookup.h"
#include "models/sampler.h"

#define TL_SAMPLING_OPTIONS(s)                                                                                  \
    {"temperature", TL_OPT_REAL, &(s).temperature, "T", "0: greedy, the likeliest token; default: 0", 0, 0},    \
        {"top-k", TL_OPT_COUNT, &(s).top_k, "K", "only the K likeliest tokens; default: 0, off", 0, 0},         \
        {"top-p", TL_OPT_REAL, &(s).top_p, "P", "only the likeliest that make up P; default: 1, off", 0, 0},    \
        {"min-p",                                                                                               \
         TL_OPT_REAL,                                                                                           \
         &(s).min_p,                                                                                            \
         "P",                                                                                                   \
         "only tokens of P times the likeliest one's; default: 0, off",                                         \
         0,                                                                                                     \
         0},                                                                                                    \
        {"typical-p", TL_OPT_REAL, &(s).typical_p, "P", "locally typical sampling; default: 1, off", 0, 0},     \
        {"repeat-penalty",                                                                                      \
         TL_OPT_REAL,                                                                                           \
         &(s).repeat_penalty,                                                                                   \
         "R",                                                                                                   \
         "of tokens seen lately; default: 1, off",                                                              \
         0,                                                                                                     \
         0},                                                                                                    \
        {"frequency-penalty",                                                                                   \
         TL_OPT_REAL,                                                                                           \
         &(s).frequency_penalty,                                                                                \
         "F",                                                                                                   \
         "for each time seen; default: 0, off",                                                                 \
         0,                                                                                                     \
         0},                                                                                                    \
        {"presence-penalty", TL_OPT_REAL, &(s).presence_penalty, "F", "for being seen; default: 0, off", 0, 0}, \
        {"penalty-last",                                                                                        \
         TL_OPT_COUNT,                                                                                          \
         &(s).penalty_last,                                                                                     \
         "N",                                                                                                   \
         "tokens that penalties look back at; default: 64",                                                     \
         0,                                                                                                     \
         1 << 24},                                                                                              \
    {                                                                                                           \
        "seed", TL_OPT_COUNT, &(s).seed, "N", "of the random numbers; default: 0", 0, 0                         \
    }

#define TL_LOOKUP_OPTION(n)                                                                                    \
    {                                                                                                          \
        "lookup", TL_OPT_COUNT, &(n), "N",                                                                     \
            "most tokens foreseen in a pass, where the text so far repeats itself: speed alone, no token "     \
            "changes; default: 7",                                                                             \
            0, TM_LOOKUP_MOST                                                                                  \
    }

#endif
