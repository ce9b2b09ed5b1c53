#include "store/sql_error.h"

#include <duckdb.h>

#include <algorithm>
#include <cctype>
#include <optional>
#include <string>
#include <vector>

#include "base/file.h"
#include "store/schema.h"

namespace coterie::store {

using base::Code;
using base::Status;

namespace {

constexpr size_t kMaxMessageBytes = 600;

bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }

size_t characters(std::string_view text) {
  return static_cast<size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return !is_continuation(c); }));
}

std::string_view line_of(std::string_view text, size_t number) {
  for (; number > 1; --number) text.remove_prefix(std::min(text.find('\n'), text.size() - 1) + 1);
  return text.substr(0, text.find('\n'));
}

// The engine's "LINE 3: ...the line\n      ^".
struct Place {
  size_t line = 0;    // from 1
  size_t column = 0;  // in characters, from 1
  std::string picture;
};

// Cuts the picture of the place off the message.
std::optional<Place> take_place(std::string_view* message, std::string_view sql) {
  const size_t begin = message->rfind("\nLINE ");
  if (begin == std::string_view::npos) return std::nullopt;
  const std::string_view part = message->substr(begin + 1);
  const size_t colon = part.find(": "), end = part.find('\n');
  if (colon == std::string_view::npos || end == std::string_view::npos || end < colon) return std::nullopt;
  const std::string_view shown = part.substr(colon + 2, end - colon - 2), caret_line = part.substr(end + 1);
  const size_t caret = caret_line.find('^');
  if (caret == std::string_view::npos || caret < colon + 2) return std::nullopt;
  Place place;
  for (const char c : part.substr(5, colon - 5)) {
    if (c < '0' || c > '9') return std::nullopt;
    place.line = 10 * place.line + static_cast<size_t>(c - '0');
  }
  // A long line is shown in part; the caret counts from there.
  const std::string_view whole = line_of(sql, place.line);
  std::string_view fragment = shown;
  size_t before = 0;
  if (fragment.starts_with("...") && !whole.starts_with("...")) {
    fragment.remove_prefix(3);
    const size_t tail = fragment.ends_with("...") ? fragment.size() - 3 : fragment.size();
    const size_t at = whole.find(fragment.substr(0, tail));
    if (at != std::string_view::npos) before = characters(whole.substr(0, at)) - 3;
  }
  place.column = before + caret - (colon + 2) + 1;
  place.picture = fmt::format("\n  {}\n  {}^", shown, std::string(caret - (colon + 2), ' '));
  *message = message->substr(0, begin);
  return place;
}

// "Binder Error: x" → "x".
std::string_view without_class(std::string_view message) {
  const size_t end = message.find(" Error: ");
  if (end == std::string_view::npos || end > 40) return message;
  const auto is_letter = [](char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0 || c == ' '; };
  if (!std::all_of(message.begin(), message.begin() + static_cast<ptrdiff_t>(end), is_letter)) return message;
  return message.substr(end + 8);
}

bool has_number_at(std::string_view text, size_t at) {
  const auto is_digit = [&](size_t i) { return i < text.size() && text[i] >= '0' && text[i] <= '9'; };
  if (!is_digit(at) && !(text[at] == '-' && is_digit(at + 1))) return false;
  const char before = at == 0 ? ' ' : text[at - 1];
  return std::isalnum(static_cast<unsigned char>(before)) == 0 && before != '_' && before != '.';
}

// Values in quotes and numbers that the statement does not hold itself come from the data.
std::string without_values(std::string_view message, std::string_view sql) {
  std::string out;
  for (size_t at = 0; at < message.size();) {
    const char c = message[at];
    size_t end = at;
    if (c == '\'' || c == '"') {
      const size_t close = message.find(c, at + 1);
      end = close == std::string_view::npos ? message.size() : close + 1;
      const size_t size = close == std::string_view::npos ? end - at - 1 : end - at - 2;
      const std::string_view value = message.substr(at + 1, size);
      out += !value.empty() && sql.find(value) != std::string_view::npos
                 ? std::string(message.substr(at, end - at))
                 : std::string(1, c) + "…" + c;
    } else if (has_number_at(message, at)) {
      end = at + 1;
      while (end < message.size() && (std::isalnum(static_cast<unsigned char>(message[end])) != 0 ||
                                      ((message[end] == '.' || message[end] == '-' || message[end] == ':') &&
                                       end + 1 < message.size() && std::isdigit(message[end + 1]) != 0)))
        ++end;
      const std::string_view value = message.substr(at, end - at);
      out += sql.find(value) != std::string_view::npos ? std::string(value) : std::string("…");
    } else {
      out += c;
      end = at + 1;
    }
    at = end;
  }
  return out;
}

std::string table_names() {
  std::string out;
  for (const TableKind kind : all_table_kinds())
    out.append(out.empty() ? "" : ", ").append(folder_name(kind));
  return out;
}

// What the engine says about things that cannot be had here, as it is here.
std::string in_our_words(std::string_view message) {
  constexpr std::string_view kTable = "Table with name ";
  if (const size_t end = message.find(" does not exist!");
      message.starts_with(kTable) && end != std::string_view::npos)
    return fmt::format("there is no table '{}'; there are: {}",
                       message.substr(kTable.size(), end - kTable.size()), table_names());
  if (const size_t end = message.find(" is not in the catalog, but it exists in the ");
      end != std::string_view::npos)
    return fmt::format("{} does not exist here", message.substr(0, end));
  if (message.find("system operations are disabled by configuration") != std::string_view::npos)
    return fmt::format("files cannot be read from SQL; the tables are: {}", table_names());
  std::string out;
  for (size_t at = 0; at < message.size();) {
    const size_t end = std::min(message.find('\n', at), message.size());
    std::string_view line = message.substr(at, end - at);
    while (!line.empty() && (line.front() == '\t' || line.front() == ' ')) line.remove_prefix(1);
    if (!line.empty() && out.ends_with('!')) out.pop_back();
    if (!line.empty()) out.append(out.empty() ? "" : out.ends_with(':') ? " " : "; ").append(line);
    at = end + 1;
  }
  return out;
}

std::string cut(std::string text) {
  if (text.size() <= kMaxMessageBytes) return text;
  size_t end = kMaxMessageBytes;
  while (end > 0 && is_continuation(text[end])) --end;
  return text.substr(0, end) + "…";
}

int type_from(std::string_view message) {
  if (message.starts_with("Out of Memory")) return DUCKDB_ERROR_OUT_OF_MEMORY;
  if (message.starts_with("IO Error")) return DUCKDB_ERROR_IO;
  if (message.starts_with("INTERRUPT")) return DUCKDB_ERROR_INTERRUPT;
  if (message.starts_with("INTERNAL")) return DUCKDB_ERROR_INTERNAL;
  return DUCKDB_ERROR_INVALID_INPUT;
}

}  // namespace

Status sql_error(std::string_view message, int type, SqlPhase phase, std::string_view sql) {
  if (type == kUnknownErrorType) type = type_from(message);
  switch (type) {
    case DUCKDB_ERROR_OUT_OF_MEMORY:
      return base::failure(
          Code::kResourceExhausted,
          "SQL: the statement needs more memory than it may use (half of --memory) or more disk than "
          "there is; select less, filter or group earlier, or give more with --memory");
    case DUCKDB_ERROR_IO:
      for (const std::string_view full : {"No space left", "File too large", "quota exceeded"}) {
        if (message.find(full) != std::string_view::npos)
          return base::failure(Code::kResourceExhausted, "SQL: the disk is full; {}", base::kMakeRoom);
      }
      return base::failure(Code::kUnavailable,
                           "SQL: a stored file cannot be read; `coterie doctor` says more");
    case DUCKDB_ERROR_INTERRUPT: return base::failure(Code::kCancelled, "SQL: stopped");
    case DUCKDB_ERROR_INTERNAL:
    case DUCKDB_ERROR_FATAL:
      return base::failure(Code::kInternal,
                           "SQL: the query engine failed on this statement; please report it");
    default: break;
  }
  const std::optional<Place> place = take_place(&message, sql);
  std::string what = in_our_words(without_class(message));
  if (phase == SqlPhase::kRun) what = without_values(what, sql);
  what = cut(std::move(what));
  if (!place) return base::failure(Code::kInvalidArgument, "SQL: {}", what);
  return base::failure(Code::kInvalidArgument, "SQL, line {}, column {}: {}{}", place->line, place->column,
                       what, place->picture);
}

Status sql_error_at(std::string_view sql, size_t byte, std::string_view what) {
  byte = std::min(byte, sql.size());
  const std::string_view before = sql.substr(0, byte);
  const auto line = 1 + std::count(before.begin(), before.end(), '\n');
  const size_t begin = before.rfind('\n') == std::string_view::npos ? 0 : before.rfind('\n') + 1;
  return base::failure(Code::kInvalidArgument, "SQL, line {}, column {}: {}", line,
                       characters(before.substr(begin)) + 1, what);
}

}  // namespace coterie::store
