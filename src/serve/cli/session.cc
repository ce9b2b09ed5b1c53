#include "serve/cli/session.h"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <thread>

#include "serve/cli/progress_lines.h"

namespace coterie::serve {

using base::Code;
using base::Language;
using base::Result;
using base::Status;

struct Session::State {
  State(size_t threads, uint64_t memory_bytes, bool is_quiet, bool has_log)
      : pool(threads),
        budget(memory_bytes),
        log(has_log ? base::LogLevel::kInfo : base::LogLevel::kOff),
        progress({.is_quiet = is_quiet, .is_terminal = ::isatty(STDERR_FILENO) != 0}, clock,
                 [](std::string_view text) { std::fwrite(text.data(), 1, text.size(), stderr); }) {}
  base::ThreadPool pool;
  base::MemoryBudget budget;
  base::SystemClock clock;
  base::Logger log;
  ProgressLines progress;
  std::optional<Language> chosen_language;
  Language language = Language::kEnglish;
};

Session::Session(const GlobalOptions& options) : options_(options) {}
Session::~Session() = default;

base::CancelToken& Session::cancel_token() {
  static base::CancelToken token;
  return token;
}

Status Session::start() {
  COTERIE_ASSIGN_OR_STATUS(const uint64_t memory_bytes, base::parse_memory_size(options_.memory));
  if (memory_bytes < (uint64_t{256} << 20))
    return base::failure(Code::kInvalidArgument, "--memory {}: at least 256MB is needed", options_.memory);
  const size_t cores = std::max(1u, std::thread::hardware_concurrency());
  if (options_.threads > 1024)
    return base::failure(Code::kInvalidArgument, "--threads {}: between 1 and 1024", options_.threads);
  state_ = std::make_unique<State>(options_.threads == 0 ? cores : options_.threads, memory_bytes,
                                   options_.is_quiet || options_.is_json, options_.has_log);
  const char* environment = std::getenv("LANG");
  if (environment != nullptr && std::string_view(environment).starts_with("zh"))
    state_->language = Language::kChinese;
  if (!options_.language.empty()) {
    state_->chosen_language = base::parse_language(options_.language);
    if (!state_->chosen_language)
      return base::failure(Code::kInvalidArgument, "--lang {}: zh or en", options_.language);
    state_->language = *state_->chosen_language;
  }
  return {};
}

base::Context Session::context() {
  return {&state_->pool, &state_->budget, &state_->clock, &state_->log, &state_->progress, &cancel_token()};
}

Language Session::language() const { return state_->language; }

void Session::use_language_of(const store::Workspace& workspace) {
  if (!state_->chosen_language) state_->language = workspace.settings().language;
}

Result<std::unique_ptr<store::Workspace>> Session::open(const std::string& shop,
                                                        store::Workspace::Access access) {
  using Access = store::Workspace::Access;
  if (access == Access::kLookUp && context().pool->threads() == 1) access = Access::kRead;
  COTERIE_ASSIGN(auto workspace, store::Workspace::open(shop, access));
  use_language_of(*workspace);
  return workspace;
}

void Session::print_json(const nlohmann::json& json) const {
  const std::string text = json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
  std::fwrite(text.data(), 1, text.size(), stdout);
}

}  // namespace coterie::serve
