// Which of 64 bytes are one of three characters, as a bit mask: the inner step of the text reader.
//
// Both forms give the same mask (text_reader_test compares them). The vector form needs only SSE2, which
// every x86-64 has. The idea is simdjson's stage 1 (Langdale & Lemire 2019), without its carry-less
// multiplication: quotes are resolved one by one, because a record with a bad quote must be left at a known
// place.
#pragma once

#include <cstddef>
#include <cstdint>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace coterie::collect {

inline constexpr size_t kMaskBytes = 64;  ///< a call reads so many, so a buffer has so many behind its end

/// Bit i is set when bytes[i] is `a`, `b` or `c`. Reads exactly 64 bytes.
inline uint64_t match_mask_portable(const char* bytes, char a, char b, char c) {
  uint64_t mask = 0;
  for (int i = 0; i < 64; ++i) {
    const bool hit = bytes[i] == a || bytes[i] == b || bytes[i] == c;
    mask |= static_cast<uint64_t>(hit) << i;
  }
  return mask;
}

#ifdef __SSE2__
inline uint64_t match_mask(const char* bytes, char a, char b, char c) {
  const __m128i va = _mm_set1_epi8(a);
  const __m128i vb = _mm_set1_epi8(b);
  const __m128i vc = _mm_set1_epi8(c);
  uint64_t mask = 0;
  for (int i = 0; i < 4; ++i) {
    const __m128i x = _mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes + 16 * i));
    const __m128i hit =
        _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(x, va), _mm_cmpeq_epi8(x, vb)), _mm_cmpeq_epi8(x, vc));
    mask |= static_cast<uint64_t>(static_cast<uint32_t>(_mm_movemask_epi8(hit))) << (16 * i);
  }
  return mask;
}
#else
inline uint64_t match_mask(const char* bytes, char a, char b, char c) {
  return match_mask_portable(bytes, a, b, c);
}
#endif

}  // namespace coterie::collect
