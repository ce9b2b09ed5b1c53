#include "collect/table_record.h"

#include <fmt/core.h>

#include <algorithm>

namespace coterie::collect {

void append_json_text(std::string& out, std::string_view text) {
  out += '"';
  size_t plain = 0;
  for (size_t at = 0; at < text.size(); ++at) {
    const auto c = static_cast<unsigned char>(text[at]);
    if (c >= 0x20 && c != '"' && c != '\\') continue;
    out.append(text.substr(plain, at - plain));
    plain = at + 1;
    if (c == '"' || c == '\\')
      out.append(1, '\\').append(1, text[at]);
    else if (c == '\n')
      out += "\\n";
    else if (c == '\t')
      out += "\\t";
    else
      out += fmt::format("\\u{:04x}", c);
  }
  out.append(text.substr(plain)).append(1, '"');
}

void RowText::separate() {
  if (out_.size() > 1 && out_.back() != ':') out_ += ',';
}

void RowText::name(std::string_view name) {
  separate();
  append_json_text(out_, name);
  out_ += ':';
}

void RowText::value(std::string_view value) {
  separate();
  append_json_text(out_, value);
}

void RowText::missing() {
  separate();
  out_ += "null";
}

void RowText::finish(Record& record, size_t max_bytes) {
  record.raw = out_;
  if (out_.size() <= max_bytes) return;
  const size_t kept = std::min(kKeptRawBytes, max_bytes);
  record.raw = std::string_view(out_).substr(0, kept);
  record.cut = base::hash128(std::string_view(out_).substr(kept));
  record.defects |= kTooLong;
}

}  // namespace coterie::collect
