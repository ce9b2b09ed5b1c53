// Where a table goes that a person asked for: a table for people, standard output, a file.
#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/status.h"
#include "engine/table_file.h"
#include "serve/cli/session.h"
#include "store/people_sql.h"
#include "store/workspace.h"

namespace coterie::serve {

struct TableOutput {
  std::string format;  ///< "" = by the file's name; "table" is for the terminal
  std::string file;    ///< "" = standard output
  bool has_force = false;
};

/// --format, --out and --force.
void add_output_options(CLI::App& command, TableOutput* output, std::vector<std::string> formats);

/// The format asked for; missing: the table for people. Errors: kInvalidArgument.
base::Result<std::optional<engine::TableFormat>> chosen_format(const Session& session,
                                                               const TableOutput& output);

/// The first `limit` rows (0: all) as a table for people, and how many there are.
base::Status print_rows(Session& session, store::PeopleQuery& query, size_t limit);

/// A table's rows to where the person wants them, but not as a table for people.
base::Status deliver(Session& session, store::Workspace& workspace, store::PeopleQuery& query,
                     const engine::TableFileOptions& options, const TableOutput& output);

}  // namespace coterie::serve
