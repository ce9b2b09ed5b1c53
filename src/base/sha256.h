// SHA-256, as a browser's content policy asks for it: base 64 of the digest of a script that may run.
//
// For files and identities hash.h is there, which is faster; this one is for what others compute as well.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace coterie::base {

/// The digest of the bytes. Pure; about 200 MB/s. Source: FIPS 180-4.
std::array<uint8_t, 32> sha256(std::string_view bytes);

/// Base 64 with padding (RFC 4648, §4): the text of a digest in "sha256-...".
std::string base64(const uint8_t* bytes, size_t n);

}  // namespace coterie::base
