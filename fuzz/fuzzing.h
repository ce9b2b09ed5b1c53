// What the fuzz targets share: bytes as a source that hands them out in small pieces, what a reader made of
// them with its views copied, and a way to say which promise was broken.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/status.h"
#include "collect/record_reader.h"
#include "collect/row_sink.h"
#include "collect/text_source.h"

/// What libFuzzer calls, and replay_main.cc where the compiler has no libFuzzer.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace coterie::fuzzing {

/// Ends the process when a promise is broken: libFuzzer then keeps the input.
inline void require(bool holds, const char* promise) {
  if (holds) return;
  std::fprintf(stderr, "fuzz: a promise is broken: %s\n", promise);
  std::abort();
}

/// Bad input is the input's fault and says so.
inline void require_clear(const base::Status& status) {
  if (!status.message().empty() && status.code() != base::Code::kInternal) return;
  std::fprintf(stderr, "fuzz: %s\n", status.message().c_str());
  require(false, "an error has words and is no defect of ours");
}

inline std::string_view text_of(const uint8_t* data, size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

/// Cuts the text up to `mark`, and the mark, off `rest`; all of it when there is no mark.
inline std::string_view take_until(std::string_view& rest, std::string_view mark) {
  const size_t end = rest.find(mark);
  const std::string_view out = rest.substr(0, end);
  rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + mark.size());
  return out;
}

/// As delimited text and --map write it.
inline std::string in_quotes(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) out.append(c == '"' ? 2 : 1, c);
  return out.append(1, '"');
}

/// Hands out `text` in pieces of at most `piece` bytes.
class PieceSource final : public collect::TextSource {
 public:
  PieceSource(std::string_view text, size_t piece) : text_(text), piece_(piece) {}

  const std::string& name() const override { return name_; }
  base::Result<size_t> read(std::span<char> buffer) override {
    const size_t size = std::min({buffer.size(), piece_, text_.size() - at_});
    if (size > 0) std::memcpy(buffer.data(), text_.data() + at_, size);
    at_ += size;
    return size;
  }

 private:
  std::string name_ = "fuzz";
  std::string_view text_;
  size_t piece_;
  size_t at_ = 0;
};

/// A record that keeps what it shows.
struct SeenRecord {
  uint64_t line = 0;
  uint64_t byte_offset = 0;
  std::string raw;
  base::Hash128 cut;
  int defects = 0;
  size_t field_count = 0;
  std::vector<std::string> fields;
  std::string words;  ///< describe_defects

  friend bool operator==(const SeenRecord&, const SeenRecord&) = default;
};

/// All that a reader says of its file.
struct Reading {
  std::vector<std::string> header;
  std::vector<SeenRecord> records;
  std::string format;
  base::Status failed;  ///< what opening or reading it ended with

  bool is_same(const Reading& other) const {
    return header == other.header && records == other.records && format == other.format &&
           failed.code() == other.failed.code() && failed.message() == other.failed.message();
  }
};

/// Reads to the end. `opened` is a Result of a unique_ptr to a RecordReader.
template <class Opened>
Reading read_all(Opened opened) {
  Reading out;
  if (!opened) {
    out.failed = opened.error();
    require_clear(out.failed);
    return out;
  }
  collect::RecordReader& reader = **opened;
  out.header = reader.header();
  collect::Record record;
  for (;;) {
    const auto found = reader.next(record);
    if (!found) {
      out.failed = found.error();
      require_clear(out.failed);
    }
    if (!found || !*found) break;
    const bool is_bad = record.defects != 0;
    out.records.push_back({record.line, record.byte_offset, std::string(record.raw), record.cut,
                           record.defects, record.field_count,
                           std::vector<std::string>(record.fields.begin(), record.fields.end()),
                           is_bad ? reader.describe_defects(record) : ""});
    require(is_bad ? record.fields.empty() && !out.records.back().words.empty()
                   : record.fields.size() == out.header.size(),
            "a record has either its fields or defects in words");
  }
  out.format = reader.format();
  return out;
}

/// Counts rows.
class CountingSink final : public collect::RowSink {
 public:
  base::Status append(const data::EventBatch& batch) override { return count(batch.rows(), &events); }
  base::Status append(const data::AttributeBatch& batch, collect::AttributeOwner) override {
    return count(batch.rows(), &attributes);
  }
  base::Status append(const data::QuarantineBatch& batch) override { return count(batch.rows(), &bad); }
  base::Status append(const data::TextBatch& batch) override { return count(batch.rows(), &texts); }
  base::Status append(const data::LinkBatch& batch) override { return count(batch.rows(), &links); }
  base::Status append(const data::FlagBatch& batch) override { return count(batch.rows(), &flags); }

  uint64_t events = 0, attributes = 0, bad = 0, texts = 0, links = 0, flags = 0;

 private:
  static base::Status count(size_t rows, uint64_t* sum) {
    *sum += rows;
    return {};
  }
};

}  // namespace coterie::fuzzing
