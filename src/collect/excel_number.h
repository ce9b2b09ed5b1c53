// Numbers of a spreadsheet as text: plain ones as they are meant, dates and times by their number format.
//
// A day is counted from 1900 or 1904; in the first count 1900 has a 29 February that never was (ECMA-376,
// part 1, 18.17.4; number formats: 18.8.30, 18.8.31).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace coterie::collect {

/// What a number format shows.
enum class NumberKind : uint8_t { kPlain, kDate, kDateTime, kTime, kElapsed };

/// Of a built-in format (14–22, 45–47, and the Chinese and Japanese ones 27–36, 50–58), else plain.
NumberKind builtin_kind(uint32_t format_id);

/// Of a format's code: "yyyy\-mm\-dd hh:mm", "[$-804]aaaa", "0.00".
NumberKind kind_of_code(std::string_view code);

/// The number's text as it stands in the file, unless that shows how a binary fraction is stored:
/// 44.990000000000002 → 44.99, 1.2E+3 → 1200.
std::string plain_number(std::string_view text);

/// "2024-03-01", "2024-03-01 09:30:00[.fff]", "09:30:00", for elapsed time "49:30:00"; plain_number() for
/// what is no day between 1900 and 9999.
std::string number_text(std::string_view text, NumberKind kind, bool from_1904);

}  // namespace coterie::collect
