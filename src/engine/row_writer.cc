#include "engine/row_writer.h"

#include <fmt/format.h>

#include <set>

namespace coterie::engine {

using base::Code;
using base::Status;
using store::ResultColumn;
using store::TypedRows;
using store::ValueKind;

bool needs_neutralising(std::string_view text) {
  return !text.empty() && std::string_view("=+-@\t\r'").find(text.front()) != std::string_view::npos;
}

namespace {

// Texts to a sink, a block of rows at a time.
class TextWriter : public RowWriter {
 public:
  explicit TextWriter(base::ByteSink& sink) : sink_(sink) {}

 protected:
  Status flush() {
    Status status = sink_.write(out_);
    out_.clear();
    return status;
  }
  std::string out_;

 private:
  base::ByteSink& sink_;
};

class CsvWriter final : public TextWriter {
 public:
  CsvWriter(base::ByteSink& sink, CsvUse use)
      : TextWriter(sink), is_spreadsheet_(use == CsvUse::kSpreadsheet) {}

  Status begin(const std::vector<ResultColumn>& columns) override {
    columns_ = columns;
    if (is_spreadsheet_) out_ += "\xef\xbb\xbf";
    for (size_t i = 0; i < columns.size(); ++i) {
      if (i > 0) out_ += ',';
      add_field(columns[i].name, is_spreadsheet_);
    }
    out_ += "\r\n";
    return flush();
  }

  Status add(const TypedRows& rows) override {
    for (size_t row = 0; row < rows.size(); ++row) {
      for (size_t column = 0; column < rows.columns(); ++column) {
        if (column > 0) out_ += ',';
        if (rows.is_null(column, row)) {
          if (rows.columns() == 1) out_ += "\"\"";  // an empty line would be no row
          continue;
        }
        text_.clear();
        rows.append_text(column, row, &text_);
        const bool is_plain =
            columns_[column].kind == ValueKind::kNumber || columns_[column].kind == ValueKind::kBoolean;
        is_plain ? void(out_ += text_) : add_field(text_, is_spreadsheet_);
      }
      out_ += "\r\n";
    }
    return flush();
  }

  Status finish() override { return flush(); }

 private:
  void add_field(std::string_view text, bool is_neutralised) {
    const bool needs_mark = is_neutralised && needs_neutralising(text);
    const bool needs_quotes = text.empty() || text.find_first_of(",\"\r\n") != std::string_view::npos ||
                              text.front() == ' ' || text.back() == ' ' || text.front() == '\t';
    if (!needs_quotes) {
      if (needs_mark) out_ += '\'';
      out_ += text;
      return;
    }
    out_ += '"';
    if (needs_mark) out_ += '\'';
    for (const char c : text) {
      if (c == '"') out_ += '"';
      out_ += c;
    }
    out_ += '"';
  }

  bool is_spreadsheet_;
  std::vector<ResultColumn> columns_;
  std::string text_;
};

class JsonWriter final : public TextWriter {
 public:
  using TextWriter::TextWriter;

  Status begin(const std::vector<ResultColumn>& columns) override {
    out_ += "{\"columns\": [";
    for (size_t i = 0; i < columns.size(); ++i) {
      out_ += i == 0 ? "{\"name\": " : ", {\"name\": ";
      store::append_json_string(columns[i].name, &out_);
      out_ += ", \"type\": ";
      store::append_json_string(columns[i].type, &out_);
      out_ += '}';
    }
    out_ += "],\n \"rows\": [";
    return flush();
  }

  Status add(const TypedRows& rows) override {
    for (size_t row = 0; row < rows.size(); ++row) {
      out_ += count_++ == 0 ? "\n  [" : ",\n  [";
      for (size_t column = 0; column < rows.columns(); ++column) {
        if (column > 0) out_ += ", ";
        rows.append_json(column, row, &out_);
      }
      out_ += ']';
    }
    return flush();
  }

  Status finish() override {
    out_ += fmt::format("],\n \"row_count\": {}}}\n", count_);
    return flush();
  }

 private:
  uint64_t count_ = 0;
};

class JsonlWriter final : public TextWriter {
 public:
  using TextWriter::TextWriter;

  Status begin(const std::vector<ResultColumn>& columns) override {
    std::set<std::string> names;
    for (const ResultColumn& column : columns) {
      if (!names.insert(column.name).second)
        return base::failure(Code::kInvalidArgument,
                             "two columns are called '{}'; give one another name with AS", column.name);
      keys_.push_back(keys_.empty() ? "{" : ", ");
      store::append_json_string(column.name, &keys_.back());
      keys_.back() += ": ";
    }
    return {};
  }

  Status add(const TypedRows& rows) override {
    for (size_t row = 0; row < rows.size(); ++row) {
      for (size_t column = 0; column < rows.columns(); ++column) {
        out_ += keys_[column];
        rows.append_json(column, row, &out_);
      }
      out_ += "}\n";
    }
    return flush();
  }

  Status finish() override { return flush(); }

 private:
  std::vector<std::string> keys_;
};

}  // namespace

std::unique_ptr<RowWriter> csv_writer(base::ByteSink& sink, CsvUse use) {
  return std::make_unique<CsvWriter>(sink, use);
}
std::unique_ptr<RowWriter> json_writer(base::ByteSink& sink) { return std::make_unique<JsonWriter>(sink); }
std::unique_ptr<RowWriter> jsonl_writer(base::ByteSink& sink) { return std::make_unique<JsonlWriter>(sink); }

}  // namespace coterie::engine
