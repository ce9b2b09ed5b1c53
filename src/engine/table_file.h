// The rows of a statement into a file or a stream, in a format of people's programs.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "base/aside_file.h"
#include "base/context.h"
#include "base/status.h"
#include "engine/row_writer.h"
#include "store/people_sql.h"
#include "store/workspace.h"

namespace coterie::engine {

enum class TableFormat { kCsv, kJson, kJsonl, kXlsx, kParquet };
std::string_view to_string(TableFormat format);
std::optional<TableFormat> parse_table_format(std::string_view name);

/// By the end of its name: "members.xlsx" is kXlsx. Missing when it says nothing.
std::optional<TableFormat> format_of(const std::filesystem::path& file);

struct TableFileOptions {
  TableFormat format = TableFormat::kCsv;
  CsvUse csv_use = CsvUse::kSpreadsheet;
  std::string sheet = "Sheet1";  ///< name of the sheet in a workbook, at most 31 characters
};

/// Streams CSV, JSON or JSON Lines; returns the rows. Errors: those of the query and the sink; kInvalidArgument for a
/// format that needs a file.
base::Result<uint64_t> write_table(store::PeopleQuery& query, const TableFileOptions& options,
                                   base::ByteSink& sink, const base::Context& context);

struct TableFile {
  uint64_t rows = 0;
  uint64_t bytes = 0;
};

/// The file appears whole or not at all. Errors: those of the query; kAlreadyExists; kResourceExhausted (disk);
/// kInvalidArgument (what a format cannot hold).
base::Result<TableFile> write_table_file(store::Workspace& workspace, store::PeopleQuery& query,
                                         const TableFileOptions& options, const std::filesystem::path& file,
                                         base::AsideFile::Existing existing, const base::Context& context);

}  // namespace coterie::engine
