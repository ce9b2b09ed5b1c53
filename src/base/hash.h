// Stable hashes: the same on every machine and in every version, so they may be stored.
//
// XXH3, 128 bits for identities (an event without an id), 64 bits for checksums and buckets. Never use a
// library's own hash() for anything that is written to disk.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace coterie::base {

struct Hash128 {
  uint64_t high = 0;
  uint64_t low = 0;
  friend bool operator==(const Hash128&, const Hash128&) = default;
};

Hash128 hash128(std::string_view bytes);
uint64_t hash64(std::string_view bytes, uint64_t seed = 0);

/// 26 lower-case characters of Crockford's base 32: safe in URLs, file names and as a command-line argument.
std::string to_string(const Hash128& hash);

/// 16 hexadecimal digits.
std::string checksum_string(uint64_t checksum);

}  // namespace coterie::base
