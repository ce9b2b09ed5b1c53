// The raw text of a row that has none in its file (xlsx, Parquet), and its defects.
#pragma once

#include <string>
#include <string_view>

#include "collect/record_reader.h"

namespace coterie::collect {

/// Writes a JSON object or array of texts. Reused from row to row.
class RowText {
 public:
  void begin_object() { out_.assign(1, '{'); }
  void begin_array() { out_.assign(1, '['); }
  void name(std::string_view name);
  void value(std::string_view value);
  void missing();
  void end_object() { out_ += '}'; }
  void end_array() { out_ += ']'; }

  /// Puts the text into `record.raw`, cut when it is longer than `max_bytes` (a defect).
  void finish(Record& record, size_t max_bytes);

 private:
  void separate();

  std::string out_;
};

/// `text` with the quotes, backslashes and control characters of JSON escaped, in quotes, added to `out`.
void append_json_text(std::string& out, std::string_view text);

}  // namespace coterie::collect
