#include "serve/cli/table_output.h"

#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "base/file.h"
#include "base/spool.h"
#include "serve/cli/table.h"

namespace coterie::serve {

using base::Code;
using base::Message;
using base::Result;
using base::Status;
using engine::TableFormat;

namespace {

// Standard output. The reader may leave before the end (`| head`): that is its right, and no error.
class StandardOutput final : public base::ByteSink {
 public:
  Status write(std::string_view bytes) override {
    while (!bytes.empty()) {
      const ssize_t n = ::write(STDOUT_FILENO, bytes.data(), bytes.size());
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) {
        is_closed_ = errno == EPIPE;
        return base::system_error("cannot write to", "standard output", errno);
      }
      bytes.remove_prefix(static_cast<size_t>(n));
    }
    return {};
  }
  bool is_closed() const { return is_closed_; }

 private:
  bool is_closed_ = false;
};

}  // namespace

void add_output_options(CLI::App& command, TableOutput* output, std::vector<std::string> formats) {
  command.add_option("--format", output->format)->check(CLI::IsMember(std::move(formats)));
  command.add_option("--out,-o", output->file, "a file; it appears whole or not at all");
  command.add_flag("--force", output->has_force, "replace the file when it exists");
}

Result<std::optional<TableFormat>> chosen_format(const Session& session, const TableOutput& output) {
  const bool has_file = !output.file.empty();
  if (output.format.empty()) {
    if (has_file) {
      const auto format = engine::format_of(output.file);
      if (!format && !session.is_json())
        return base::error(Code::kInvalidArgument,
                           "{}: which format? give --format csv, json, jsonl, xlsx or parquet", output.file);
      return std::optional(format.value_or(TableFormat::kJson));
    }
    return session.is_json() ? std::optional(TableFormat::kJson) : std::nullopt;
  }
  const auto format = engine::parse_table_format(output.format);
  if (session.is_json() && !has_file && format != TableFormat::kJson)
    return base::error(Code::kInvalidArgument, "--json and --format {}: one of them, or --out FILE",
                       output.format);
  return format;
}

Status print_rows(Session& session, store::PeopleQuery& query, size_t limit) {
  std::vector<Table::Column> columns;
  for (const auto& column : query.columns())
    columns.push_back({in_one_line(column.name), column.kind == store::ValueKind::kNumber
                                                     ? Table::Align::kRight
                                                     : Table::Align::kLeft});
  Table table(columns);
  uint64_t count = 0, shown = 0;
  const auto context = session.context();
  COTERIE_RETURN_IF_ERROR(query.run(
      [&](const store::TypedRows& rows) -> Status {
        for (size_t row = 0; row < rows.size() && (limit == 0 || shown < limit); ++row, ++shown) {
          std::vector<std::string> cells(rows.columns());
          for (size_t column = 0; column < rows.columns(); ++column) {
            std::string text;
            rows.append_text(column, row, &text);
            cells[column] = rows.is_null(column, row) ? "–" : in_one_line(text);
          }
          table.add(std::move(cells));
        }
        count += rows.size();
        return {};
      },
      *context.cancel));
  table.print();
  std::printf("%s\n", base::format_text(Message::cli_rows_shown, session.language(), count, shown).c_str());
  return {};
}

Status deliver(Session& session, store::Workspace& workspace, store::PeopleQuery& query,
               const engine::TableFileOptions& options, const TableOutput& output) {
  if (!output.file.empty()) {
    const auto existing =
        output.has_force ? base::AsideFile::Existing::kReplace : base::AsideFile::Existing::kKeep;
    COTERIE_ASSIGN_OR_STATUS(
        const engine::TableFile file,
        engine::write_table_file(workspace, query, options, output.file, existing, session.context()));
    if (session.is_json()) {
      session.print_json({{"file", output.file},
                          {"format", engine::to_string(options.format)},
                          {"rows", file.rows},
                          {"columns", query.columns().size()},
                          {"bytes", file.bytes}});
    } else {
      std::printf("%s\n", base::format_text(Message::cli_table_written, session.language(), output.file,
                                            grouped(static_cast<int64_t>(file.rows)), query.columns().size())
                              .c_str());
    }
    return {};
  }
  StandardOutput sink;
  if (options.format != TableFormat::kJson) {
    auto rows = engine::write_table(query, options, sink, session.context());
    return rows || sink.is_closed() ? Status() : rows.error();
  }
  // One JSON object or an error, never the beginning of one.
  COTERIE_ASSIGN_OR_STATUS(const auto folder, workspace.temp_folder());
  base::Spool spool(folder / "answer.json");
  auto rows = engine::write_table(query, options, spool, session.context());
  if (!rows) return rows.error();
  const Status copied = spool.copy_to(sink);
  return sink.is_closed() ? Status() : copied;
}

}  // namespace coterie::serve
