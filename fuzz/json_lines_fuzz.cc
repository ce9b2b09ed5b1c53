// JSON Lines, arrays of objects and objects one after the other. Promises: every line is a record, readable
// or with defects in words; what is readable is what another parser takes too, with the same texts; what is
// read does not depend on the sizes in which bytes come; a record's raw text alone reads the same.
#include <nlohmann/json.hpp>

#include "collect/json_reader.h"
#include "fuzzing.h"

namespace coterie::fuzzing {
namespace {

using collect::ReaderOptions;
using nlohmann::json;

ReaderOptions options_for(size_t size) {
  ReaderOptions options;
  options.max_record_bytes = size % 4 == 3 ? 48 : 1 << 16;
  if (size % 4 == 1) options.explode = "p";
  if (size % 4 == 2) options.explode = "a.p";
  return options;
}

Reading read_json(std::string_view text, ReaderOptions options, size_t block, size_t piece,
                  const std::vector<std::string>& columns = {}) {
  options.block_bytes = block;
  PieceSource source(text, piece);
  auto opened = collect::JsonReader::open(source, options);
  if (opened && !columns.empty()) {
    if (const base::Status selected = (*opened)->select(columns); !selected.ok()) {
      require_clear(selected);
      return {columns, {}, {}, selected};
    }
  }
  return read_all(std::move(opened));
}

// What the other parser says of a text.
class Judge final : public nlohmann::json_sax<json> {
 public:
  bool is_json = true;
  bool has_huge_number = false;  // which it refuses, and JSON does not
  bool has_nul = false;
  bool has_plain_keys = true;  // no dot, bracket or empty key: its paths are clear
  size_t deepest = 0;

  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(number_integer_t) override { return true; }
  bool number_unsigned(number_unsigned_t) override { return true; }
  bool number_float(number_float_t, const string_t&) override { return true; }
  bool string(string_t& text) override { return look(text); }
  bool binary(binary_t&) override { return true; }
  bool start_object(size_t) override { return enter(); }
  bool key(string_t& text) override {
    has_plain_keys &= !text.empty() && text.find_first_of(".[") == std::string::npos;
    return look(text);
  }
  bool end_object() override { return leave(); }
  bool start_array(size_t) override { return enter(); }
  bool end_array() override { return leave(); }
  bool parse_error(size_t, const std::string&, const nlohmann::detail::exception& problem) override {
    is_json = false;
    has_huge_number = problem.id == 406;
    return false;
  }

 private:
  bool look(const std::string& text) {
    has_nul |= text.find('\0') != std::string::npos;
    return true;
  }
  bool enter() {
    deepest = std::max(deepest, ++depth_);
    return true;
  }
  bool leave() {
    --depth_;
    return true;
  }
  size_t depth_ = 0;
};

// Texts of the outermost members are those of the other parser.
void check_texts(const SeenRecord& record, const std::vector<std::string>& header) {
  const json object = json::parse(record.raw);
  for (size_t i = 0; i < header.size(); ++i) {
    if (header[i].find_first_of(".[") != std::string::npos) continue;
    const auto member = object.find(header[i]);
    if (member == object.end() || member->is_null())
      require(record.fields[i].empty(), "what is missing or null is empty");
    else if (member->is_string())
      require(record.fields[i] == member->get_ref<const std::string&>(), "a text is the other parser's");
    else if (member->is_boolean())
      require(record.fields[i] == (member->get<bool>() ? "true" : "false"),
              "a truth value is the other parser's");
  }
}

void check_record(const SeenRecord& record, const Reading& reading, const ReaderOptions& options) {
  if (record.cut != base::Hash128() || (record.defects & collect::kTooLong) != 0) return;
  Judge judge;
  json::sax_parse(record.raw, &judge);
  if (judge.has_huge_number) return;
  const bool has_end_sign = record.raw.find('\0') != std::string::npos;  // where the other parser stops
  const bool is_object = judge.is_json && record.raw.starts_with('{') && !has_end_sign;
  const bool is_readable = is_object && !judge.has_nul && judge.deepest <= collect::kMaxJsonDepth;
  require((record.defects == 0) == is_readable, "a record is readable when another parser takes it");
  if (record.defects == 0 && judge.has_plain_keys && options.explode.empty())
    check_texts(record, reading.header);
}

// A record that was quarantined is read again from its raw text.
void check_read_again(const SeenRecord& record, const Reading& reading, const ReaderOptions& options) {
  if (record.defects != 0 || record.raw.size() > options.max_record_bytes) return;
  const Reading again = read_json(record.raw, options, 1 << 12, 1 << 12, reading.header);
  require(again.failed.ok() && again.records.size() == 1, "a record's raw text is one record");
  require(again.records[0].fields == record.fields, "a record's raw text reads the same");
}

size_t filled_lines(std::string_view text) {
  size_t lines = 0;
  while (!text.empty())
    lines += take_until(text, "\n").find_first_not_of(" \t\r\n") != std::string_view::npos;
  return lines;
}

}  // namespace
}  // namespace coterie::fuzzing

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace coterie::fuzzing;
  std::string_view text = text_of(data, size);
  const auto options = options_for(size);
  const Reading reading = read_json(text, options, 1 << 12, 1 << 12);
  require(reading.is_same(read_json(text, options, 3, 2)),
          "what is read does not depend on the sizes of blocks");
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  if (options.explode.empty() && reading.failed.ok() && reading.format.starts_with("JSON Lines"))
    require(reading.records.size() == filled_lines(text), "every line is a record");
  uint64_t line = 1;
  for (size_t i = 0; i < reading.records.size(); ++i) {
    const SeenRecord& record = reading.records[i];
    require(record.line >= line, "lines never decrease");
    line = record.line;
    check_record(record, reading, options);
    if (i < 4 && !reading.header.empty()) check_read_again(record, reading, options);
  }
  return 0;
}
