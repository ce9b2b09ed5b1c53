#include "engine/table_file.h"

namespace coterie::engine {

namespace fs = std::filesystem;
using base::Code;
using base::Result;
using base::Status;

namespace {

constexpr std::pair<TableFormat, std::string_view> kFormats[] = {{TableFormat::kCsv, "csv"},
                                                                 {TableFormat::kJson, "json"},
                                                                 {TableFormat::kJsonl, "jsonl"},
                                                                 {TableFormat::kXlsx, "xlsx"},
                                                                 {TableFormat::kParquet, "parquet"}};

// Tells how far it is; ends the step whatever happens.
class RowsStep {
 public:
  explicit RowsStep(const base::Context& context) : context_(context) {
    context_.progress->begin("rows", 0, "rows");
  }
  ~RowsStep() { context_.progress->end(""); }
  RowsStep(const RowsStep&) = delete;
  RowsStep& operator=(const RowsStep&) = delete;
  void advance(uint64_t rows) { context_.progress->advance(rows); }

 private:
  const base::Context& context_;
};

Result<uint64_t> write_rows(store::PeopleQuery& query, RowWriter& writer, const base::Context& context) {
  RowsStep step(context);
  uint64_t count = 0;
  COTERIE_CHECK_OK(writer.begin(query.columns()));
  COTERIE_CHECK_OK(query.run(
      [&](const store::TypedRows& rows) {
        count += rows.size();
        step.advance(count);
        return writer.add(rows);
      },
      *context.cancel));
  COTERIE_CHECK_OK(writer.finish());
  return count;
}

// A file of this process's temporary folder that is removed when it was not taken.
class TempFile {
 public:
  explicit TempFile(fs::path path) : path_(std::move(path)) {}
  ~TempFile() {
    std::error_code code;
    fs::remove(path_, code);
  }
  TempFile(const TempFile&) = delete;
  TempFile& operator=(const TempFile&) = delete;
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

}  // namespace

std::string_view to_string(TableFormat format) {
  for (const auto& [known, name] : kFormats)
    if (known == format) return name;
  return "";
}

std::optional<TableFormat> parse_table_format(std::string_view name) {
  for (const auto& [format, known] : kFormats)
    if (known == name) return format;
  return std::nullopt;
}

std::optional<TableFormat> format_of(const fs::path& file) {
  const std::string extension = file.extension().string();
  return extension.empty() ? std::nullopt : parse_table_format(std::string_view(extension).substr(1));
}

Result<uint64_t> write_table(store::PeopleQuery& query, const TableFileOptions& options, base::ByteSink& sink,
                             const base::Context& context) {
  switch (options.format) {
    case TableFormat::kCsv: return write_rows(query, *csv_writer(sink, options.csv_use), context);
    case TableFormat::kJson: return write_rows(query, *json_writer(sink), context);
    case TableFormat::kJsonl: return write_rows(query, *jsonl_writer(sink), context);
    default:
      return base::error(Code::kInvalidArgument, "{} needs a file; give --out FILE",
                         to_string(options.format));
  }
}

Result<TableFile> write_table_file(store::Workspace& workspace, store::PeopleQuery& query,
                                   const TableFileOptions& options, const fs::path& file,
                                   base::AsideFile::Existing existing, const base::Context& context) {
  TableFile out;
  COTERIE_ASSIGN(auto aside, base::AsideFile::create(file, existing));
  if (options.format == TableFormat::kXlsx || options.format == TableFormat::kParquet) {
    COTERIE_ASSIGN(const fs::path folder, workspace.temp_folder());
    const TempFile temp(folder / fmt::format("table.{}", to_string(options.format)));
    if (options.format == TableFormat::kParquet) {
      COTERIE_ASSIGN(out.rows, query.write_parquet(temp.path(), *context.cancel));
    } else {
      COTERIE_ASSIGN(out.rows, write_rows(query, *xlsx_writer(temp.path(), folder, options.sheet), context));
    }
    COTERIE_CHECK_OK(aside.take(temp.path()));
  } else {
    COTERIE_ASSIGN(out.rows, write_table(query, options, aside, context));
  }
  COTERIE_CHECK_OK(aside.commit());
  out.bytes = aside.bytes();
  return out;
}

}  // namespace coterie::engine
