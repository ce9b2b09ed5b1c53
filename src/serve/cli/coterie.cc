// The coterie program: reads the command line, runs one command, answers with the error table's exit code.
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <exception>

#include "serve/cli/session.h"

namespace coterie::serve {
namespace {

constexpr const char* kVersion = "coterie " COTERIE_VERSION;

// Ctrl-C asks to stop; the workspace stays at its last commit. A second one ends the process at once.
void on_interrupt(int) {
  if (Session::cancel_token().cancelled()) _exit(130);
  Session::cancel_token().cancel();
}

int answer(const base::Status& status, bool is_json) {
  if (status.ok()) return 0;
  const auto& info = base::info(status.code());
  if (is_json) {
    const nlohmann::json json = {{"error", {{"code", info.name}, {"message", status.message()}}}};
    std::printf("%s\n", json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace).c_str());
  }
  std::fprintf(stderr, "coterie: %s\n", status.message().c_str());
  return info.exit_code;
}

// Asked by hand where the command line could not be read: the option may come after the mistake.
bool wants_json(int argc, char** argv) {
  return std::any_of(argv + 1, argv + argc,
                     [](const char* argument) { return std::string_view(argument) == "--json"; });
}

void add_global_options(CLI::App& command, GlobalOptions* options) {
  command.add_flag("--json", options->is_json, "print exactly one JSON object")->group("Everywhere");
  command.add_option("--lang", options->language, "zh or en")->group("Everywhere");
  command.add_option("--memory", options->memory, "how much memory the command may use")
      ->capture_default_str()
      ->group("Everywhere");
  command.add_option("--threads", options->threads, "0 = all cores")
      ->check(CLI::Range(0, 1024))
      ->capture_default_str()
      ->group("Everywhere");
  command.add_flag("--quiet", options->is_quiet, "no progress lines")->group("Everywhere");
  command.add_flag("--log", options->has_log, "JSON log lines on standard error")->group("Everywhere");
}

// "A subcommand is required" helps nobody who mistyped one: say which word is none.
std::string mistake(const CLI::App& app, const CLI::ParseError& error) {
  const auto words = app.remaining(true);
  if (dynamic_cast<const CLI::RequiredError*>(&error) == nullptr || words.empty() ||
      words[0].starts_with("-"))
    return error.what();
  return fmt::format("there is no command '{}'", words[0]);
}

int run(int argc, char** argv) {
  CLI::App app("Coterie: who a shop's members are, what they will do, and what to offer them.", "coterie");
  app.set_version_flag("--version", kVersion);
  app.require_subcommand(1);
  app.footer(
      "Begin with:\n  coterie generate demo.shop\n  coterie run demo.shop\n\ncoterie COMMAND --help tells "
      "more.");
  GlobalOptions options;
  Action action;
  add_import_command(app, &action);
  add_quarantine_command(app, &action);
  add_generate_command(app, &action);
  add_run_command(app, &action);
  add_report_command(app, &action);
  add_features_command(app, &action);
  add_segments_command(app, &action);
  add_changes_command(app, &action);
  add_sales_command(app, &action);
  add_models_command(app, &action);
  add_recommend_command(app, &action);
  add_show_command(app, &action);
  add_compact_command(app, &action);
  add_doctor_command(app, &action);
  add_sql_command(app, &action);
  add_export_command(app, &action);
  for (CLI::App* command : app.get_subcommands({})) {
    add_global_options(*command, &options);
    for (CLI::App* part : command->get_subcommands({})) add_global_options(*part, &options);
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    if (e.get_exit_code() == 0) return app.exit(e);
    return answer(base::failure(base::Code::kInvalidArgument, "{}; see coterie --help", mistake(app, e)),
                  wants_json(argc, argv));
  }
  Session session(options);
  if (base::Status started = session.start(); !started.ok()) return answer(started, options.is_json);
  const int failed = answer(action(session), options.is_json);
  return failed != 0 ? failed : session.exit_code();
}

// Exceptions of libraries become a Status where they are called; one that arrives here is a defect.
int run_guarded(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& e) {
    return answer(base::failure(base::Code::kInternal, "internal error: {}; please report it", e.what()),
                  wants_json(argc, argv));
  }
}

}  // namespace
}  // namespace coterie::serve

int main(int argc, char** argv) {
  std::signal(SIGINT, coterie::serve::on_interrupt);
  std::signal(SIGTERM, coterie::serve::on_interrupt);
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);  // a file that may not grow is an error in words, as a full disk is
  return coterie::serve::run_guarded(argc, argv);
}
