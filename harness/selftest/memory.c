#include "harness/parity.h"
const tl_wrong tl_wrong_memory[] = {{0}};
const tl_wrong tl_wrong_state[] = {{0}};
const tl_wrong tl_wrong_numeric[] = {{0}};
