// What every command of the line is handed: its context, how to answer, and in which language.
//
// With --json a command prints exactly one JSON object on standard output, its answer or {"error": ...};
// without it, tables for people. Progress and errors go to standard error. The exit code is that of the error
// table.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "base/context.h"
#include "base/messages.h"
#include "base/status.h"
#include "store/workspace.h"

namespace coterie::serve {

/// Options that every command has.
struct GlobalOptions {
  bool is_json = false;
  std::string language;  ///< "" = the workspace's, or the environment's
  std::string memory = "4GB";
  size_t threads = 0;  ///< 0 = all cores
  bool is_quiet = false;
  bool has_log = false;
};

/// One run of the program. Not thread safe, but for the cancel token.
class Session {
 public:
  explicit Session(const GlobalOptions& options);
  ~Session();

  /// Makes threads, budget and progress as the options say. Errors: kInvalidArgument (--memory, --lang).
  base::Status start();

  base::Context context();
  bool is_json() const { return options_.is_json; }
  base::Language language() const;

  /// The workspace's language counts unless --lang was given. With one thread nothing is begun ahead.
  base::Result<std::unique_ptr<store::Workspace>> open(const std::string& shop,
                                                       store::Workspace::Access access);
  void use_language_of(const store::Workspace& workspace);

  /// Prints the one JSON object.
  void print_json(const nlohmann::json& json) const;

  /// Of a command that did its work although not everything went well: `doctor` with findings, a folder with
  /// files that are no tables. 0 unless set.
  void set_exit_code(int code) { exit_code_ = code; }
  int exit_code() const { return exit_code_; }

  static base::CancelToken& cancel_token();

 private:
  struct State;
  const GlobalOptions& options_;
  std::unique_ptr<State> state_;
  int exit_code_ = 0;
};

/// What a command does once its arguments are read.
using Action = std::function<base::Status(Session&)>;

/// Each adds its command to `app` and sets *action when it was chosen.
void add_import_command(CLI::App& app, Action* action);
void add_quarantine_command(CLI::App& app, Action* action);
void add_generate_command(CLI::App& app, Action* action);
void add_run_command(CLI::App& app, Action* action);
void add_report_command(CLI::App& app, Action* action);
void add_features_command(CLI::App& app, Action* action);
void add_segments_command(CLI::App& app, Action* action);
void add_changes_command(CLI::App& app, Action* action);
void add_sales_command(CLI::App& app, Action* action);
void add_models_command(CLI::App& app, Action* action);
void add_recommend_command(CLI::App& app, Action* action);
void add_show_command(CLI::App& app, Action* action);
void add_compact_command(CLI::App& app, Action* action);
void add_doctor_command(CLI::App& app, Action* action);
void add_sql_command(CLI::App& app, Action* action);
void add_export_command(CLI::App& app, Action* action);

}  // namespace coterie::serve
