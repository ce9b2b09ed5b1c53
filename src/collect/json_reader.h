// Reader of JSON objects: JSON Lines, one big array of objects, or objects one after the other.
//
// A column is a path of keys, "properties.order_id". What a field is:
//   · text without its escapes; a number as it is written (12345678901234567890, 0.10); true, false;
//   · an object or array that is asked for as a whole: its JSON without spaces; one that holds the exploded
//     array has the record's element alone in it;
//   · empty where the path is missing or null. Of a key that comes twice, the last. One array of objects may
//     be exploded: its record becomes one for each element, with the same line and raw text; a record without
//     the array, or with an empty one, stays one; an object in its place counts as an array of one.
//
// The whole record is checked, also what nobody asks for: a text that is no JSON object, is nested deeper
// than kMaxJsonDepth, holds half a surrogate pair or an escaped NUL is a record with defects, whichever
// columns are read. simdjson (Langdale & Lemire 2019) reads the text.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "collect/json_cutter.h"
#include "collect/json_paths.h"
#include "collect/record_reader.h"
#include "collect/text_source.h"

namespace coterie::collect {

class JsonParser;

inline constexpr size_t kMaxJsonDepth = 128;          ///< objects and arrays within each other
inline constexpr size_t kMaxSampledColumns = 10'000;  ///< paths in header(); select() takes others too
inline constexpr size_t kSampledRecords = 1'000;      ///< and at most 1 MiB of text

/// Not thread safe. Memory: 2 × max_record_bytes + block_bytes.
class JsonReader final : public RecordReader {
 public:
  /// Reads the first MiB for header(): the paths of values that are no objects, in the order in which they
  /// occur.
  /// Errors: kInvalidArgument (no object at the start, UTF-16, options.explode), and those of the source.
  static base::Result<std::unique_ptr<JsonReader>> open(std::unique_ptr<TextSource> source,
                                                        const ReaderOptions& options);
  /// The same; `source` must outlive the reader.
  static base::Result<std::unique_ptr<JsonReader>> open(TextSource& source, const ReaderOptions& options);
  ~JsonReader() override;

  const std::string& name() const override { return source_.name(); }
  const std::vector<std::string>& header() const override { return header_; }
  bool has_open_header() const override { return true; }
  base::Status select(const std::vector<std::string>& columns) override;
  base::Result<bool> next(Record& record) override;
  std::string describe_defects(const Record& record) const override;
  std::string format() const override;
  uint64_t total_bytes() const override { return source_.total_bytes(); }
  uint64_t consumed_bytes() const override { return source_.consumed_bytes(); }

 private:
  JsonReader(std::unique_ptr<TextSource> owned, TextSource& source, const ReaderOptions& options);
  static base::Result<std::unique_ptr<JsonReader>> opened(std::unique_ptr<JsonReader> reader);
  base::Status sample();
  void choose_way();
  void start(Record& record) const;
  void give_element(Record& record);

  std::unique_ptr<TextSource> owned_;
  TextSource& source_;
  ReaderOptions options_;
  JsonCutter cutter_;
  JsonPaths paths_;
  std::unique_ptr<JsonParser> parser_;
  std::vector<std::string> header_;
  bool many_columns_ = false;  // the sample has more than kMaxSampledColumns paths
  bool in_array_ = false;

  // The record that is being given out.
  JsonPiece piece_;
  std::vector<std::string_view> fields_;
  size_t element_ = 0;   // the next to be given out
  size_t elements_ = 0;  // records that the piece becomes
  size_t cell_ = 0;      // of the parser's cells, the first of element_
  std::string element_raw_;
  std::vector<size_t> filled_;  // columns of the element given out before
};

}  // namespace coterie::collect
