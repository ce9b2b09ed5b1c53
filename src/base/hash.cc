#include "base/hash.h"

#include <fmt/core.h>
#include <xxhash.h>

namespace coterie::base {

Hash128 hash128(std::string_view bytes) {
  const XXH128_hash_t hash = XXH3_128bits(bytes.data(), bytes.size());
  return {hash.high64, hash.low64};
}

uint64_t hash64(std::string_view bytes, uint64_t seed) {
  return XXH3_64bits_withSeed(bytes.data(), bytes.size(), seed);
}

std::string to_string(const Hash128& hash) {
  constexpr std::string_view kAlphabet = "0123456789abcdefghjkmnpqrstvwxyz";
  std::string out(26, '0');
  unsigned __int128 rest = (static_cast<unsigned __int128>(hash.high) << 64) | hash.low;
  for (size_t i = out.size(); i-- > 0; rest >>= 5) out[i] = kAlphabet[static_cast<size_t>(rest & 31)];
  return out;
}

std::string checksum_string(uint64_t checksum) { return fmt::format("{:016x}", checksum); }

}  // namespace coterie::base
