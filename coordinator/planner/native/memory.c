/* Memory that grows, and the hash of a key. */
#include "kernel.h"

#include <stdio.h>

/* `old` with room for `count` things of `size` bytes; without memory nothing can go on. */
void *room_for(void *old, i64 count, i64 size) {
    void *memory = realloc(old, (size_t)(count > 0 ? count : 1) * (size_t)size);
    if (memory == NULL) {
        fputs("The planner has run out of memory.\n", stderr);
        abort();
    }
    return memory;
}

uint64_t hash_of(const i64 *key, i64 count) {
    uint64_t h = 1469598103934665603ULL;
    for (i64 i = 0; i < count; i++) {
        h = (h ^ (uint64_t)(key[i] + 1000003)) * 1099511628211ULL;
        h ^= h >> 29;
    }
    return h;
}
