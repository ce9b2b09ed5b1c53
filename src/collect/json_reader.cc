#include "collect/json_reader.h"

#include "collect/json_parser.h"

namespace coterie::collect {

namespace {

using base::Code;

}  // namespace

JsonReader::JsonReader(std::unique_ptr<TextSource> owned, TextSource& source, const ReaderOptions& options)
    : owned_(std::move(owned)),
      source_(source),
      options_(options),
      cutter_(source, options),
      parser_(std::make_unique<JsonParser>()) {}

JsonReader::~JsonReader() = default;

base::Result<std::unique_ptr<JsonReader>> JsonReader::open(TextSource& source, const ReaderOptions& options) {
  return opened(std::unique_ptr<JsonReader>(new JsonReader(nullptr, source, options)));
}

base::Result<std::unique_ptr<JsonReader>> JsonReader::open(std::unique_ptr<TextSource> source,
                                                           const ReaderOptions& options) {
  TextSource& borrowed = *source;
  return opened(std::unique_ptr<JsonReader>(new JsonReader(std::move(source), borrowed, options)));
}

base::Result<std::unique_ptr<JsonReader>> JsonReader::opened(std::unique_ptr<JsonReader> reader) {
  COTERIE_CHECK_OK(reader->cutter_.start());
  reader->choose_way();
  COTERIE_CHECK_OK(reader->sample());
  return reader;
}

// Lines, unless the text begins with a bracket, or no line read ahead is an object while the text's start is
// one.
void JsonReader::choose_way() {
  in_array_ = cutter_.ahead().starts_with('[');
  const auto has_object = [&](JsonCutter::Way way, size_t records) {
    cutter_.set_way(way);
    JsonPaths no_paths;
    bool found = false;
    for (JsonPiece piece; records > 0 && !found && cutter_.next_ahead(piece); --records)
      found = parser_->parse(piece.text, no_paths, fields_) == 0;
    cutter_.rewind();
    return found;
  };
  const bool by_line = !in_array_ && (has_object(JsonCutter::Way::kLines, kSampledRecords) ||
                                      !has_object(JsonCutter::Way::kObjects, 1));
  cutter_.set_way(by_line ? JsonCutter::Way::kLines : JsonCutter::Way::kObjects);
}

base::Status JsonReader::sample() {
  COTERIE_ASSIGN_OR_STATUS(paths_, JsonPaths::make({}, options_.explode));
  bool found = false, too_deep = false;
  JsonPiece piece;
  for (size_t i = 0; i < kSampledRecords && cutter_.next_ahead(piece); ++i) {
    found |= parser_->learn(piece.text, paths_, header_, kMaxSampledColumns) == 0;
    too_deep |= parser_->too_deep();
  }
  many_columns_ = parser_->has_more_columns();
  cutter_.rewind();
  if (!found)
    return base::failure(
        Code::kInvalidArgument,
        "{}: its first MiB holds no JSON object that can be read{}; write one object per line (JSON "
        "Lines), or an array of objects",
        source_.name(), too_deep ? fmt::format(": they are more than {} levels deep", kMaxJsonDepth) : "");
  fields_.assign(header_.size(), {});
  return {};
}

base::Status JsonReader::select(const std::vector<std::string>& columns) {
  COTERIE_ASSIGN_OR_STATUS(paths_, JsonPaths::make(columns, options_.explode));
  header_ = columns;
  fields_.assign(header_.size(), {});
  return {};
}

void JsonReader::start(Record& record) const {
  record = Record();
  record.line = piece_.line;
  record.byte_offset = piece_.byte_offset;
  record.raw = piece_.text;
  record.cut = piece_.cut;
}

base::Result<bool> JsonReader::next(Record& record) {
  if (element_ < elements_) {
    give_element(record);
    return true;
  }
  COTERIE_ASSIGN(const bool found, cutter_.next(piece_));
  if (!found) return false;
  fields_.assign(header_.size(), {});
  filled_.clear();
  element_ = elements_ = cell_ = 0;
  uint8_t defects = kTooLong;
  if (!piece_.too_long) defects = parser_->parse(piece_.text, paths_, fields_);
  if (defects != 0) {
    start(record);
    record.defects = defects;
    return true;
  }
  elements_ = std::max<size_t>(parser_->elements(), 1);
  give_element(record);
  return true;
}

void JsonReader::give_element(Record& record) {
  for (const size_t column : filled_) fields_[column] = {};
  filled_.clear();
  const auto& cells = parser_->cells();
  for (; cell_ < cells.size() && cells[cell_].element == element_; ++cell_) {
    fields_[cells[cell_].column] = cells[cell_].value;
    filled_.push_back(cells[cell_].column);
  }
  start(record);
  if (parser_->element_text(piece_.text, element_, &element_raw_)) {
    record.raw = element_raw_;
    parser_->give_element_wholes(element_, fields_);
  }
  ++element_;
  record.field_count = fields_.size();
  record.fields = fields_;
}

std::string JsonReader::describe_defects(const Record& record) const {
  std::string out;
  const auto add = [&](std::string_view words) { out.append(out.empty() ? "" : "; ").append(words); };
  if ((record.defects & kTooLong) != 0) add(fmt::format("longer than {} bytes", options_.max_record_bytes));
  if ((record.defects & kNotJson) != 0 && parser_->too_deep())
    add(fmt::format("objects and arrays within each other more than {} levels deep", kMaxJsonDepth));
  else if ((record.defects & kNotJson) != 0)
    add("is not one JSON object");
  if ((record.defects & kNulByte) != 0) add("holds a NUL byte");
  if ((record.defects & kNotUtf8) != 0) add("is not valid UTF-8");
  return out;
}

std::string JsonReader::format() const {
  std::string out = cutter_.way() == JsonCutter::Way::kLines ? "JSON Lines"
                    : in_array_                              ? "JSON array"
                                                             : "JSON objects";
  std::string details;
  const auto add = [&](std::string_view words) { details.append(details.empty() ? "" : ", ").append(words); };
  if (!source_.encoding().empty()) add(source_.encoding());
  if (!paths_.explode().empty()) add(fmt::format("one row per element of {}", paths_.explode()));
  if (many_columns_) add(fmt::format("more than {} paths", kMaxSampledColumns));
  return details.empty() ? out : fmt::format("{} ({})", out, details);
}

}  // namespace coterie::collect
