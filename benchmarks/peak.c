/* The processor's peak: multiply-adds that wait for nothing.

   acc = acc * a + b on vectors that stay in registers, nothing from memory. A multiply-add takes
   about four cycles and two or more begin in each, so that many independent ones must be under
   way at once: 12 where there are 16 registers, 24 where there are 32. */

#if defined(__AVX512F__)
#define BYTES 64
#define MANY 24
#elif defined(__AVX__)
#define BYTES 32
#define MANY 12
#elif defined(__aarch64__)
#define BYTES 16
#define MANY 24
#else
#define BYTES 16
#define MANY 12
#endif

typedef float vec __attribute__((vector_size(BYTES)));

/* Runs `rounds` times MANY vector multiply-adds; returns the floating-point operations done.
   `sink` receives the sum, so that no compiler leaves the work out. */
double multiply_adds(long rounds, float *sink)
{
    const int lanes = BYTES / (int)sizeof(float);
    vec acc[MANY], a, b;
    for (int l = 0; l < lanes; l++) {
        a[l] = 0.5f + *sink;
        b[l] = 0.25f + *sink;
    }
    for (int m = 0; m < MANY; m++)
        acc[m] = b * (float)m;
    for (long r = 0; r < rounds; r++)
#pragma GCC unroll 24
        for (int m = 0; m < MANY; m++)
            acc[m] = acc[m] * a + b;
    for (int m = 0; m < MANY; m++)
        for (int l = 0; l < lanes; l++)
            *sink += acc[m][l];
    return 2.0 * (double)lanes * MANY * (double)rounds;
}
