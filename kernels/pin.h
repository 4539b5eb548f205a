/* pin.h: TK_PIN(v) says that v is in a vector register here. It emits nothing, but without it GCC 12 keeps two
 * copies of every accumulator of a loop (one for the next turn, one for after the loop) and moves or spills
 * each in every turn; and in straight code it first adds products of several steps to each other, of which it
 * spills most. */
#ifndef TK_PIN_H
#define TK_PIN_H

#if defined(__x86_64__)
#define TK_PIN(v) __asm__("" : "+v"(v))
#elif defined(__aarch64__)
#define TK_PIN(v) __asm__("" : "+w"(v))
#endif

#endif
