// coterie.toml. Promises: settings or a clear error; what was read and is saved reads the same; a pattern
// fits or does not, in little time.
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "collect/id_rules.h"
#include "fuzzing.h"
#include "store/settings.h"

namespace coterie::fuzzing {
namespace {

using store::Settings;

// In memory where the system has a folder for that; removed at the end.
class Folder {
 public:
  Folder() {
    const std::filesystem::path memory = "/dev/shm";
    const auto parent = std::filesystem::exists(memory) ? memory : std::filesystem::temp_directory_path();
    std::string pattern = (parent / "coterie-fuzz-XXXXXX").string();
    require(::mkdtemp(pattern.data()) != nullptr, "a folder to write to");
    path_ = pattern;
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

bool is_same(const Settings& a, const Settings& b) {
  bool same_rules = true;
  for (const data::RuleInfo& rule : data::cleaning_rules())
    same_rules &= a.cleaning.action(rule.rule) == b.cleaning.action(rule.rule);
  return same_rules && a.timezone == b.timezone && a.currency == b.currency && a.language == b.language &&
         a.cleaning.repeats == b.cleaning.repeats && a.cleaning.test_users == b.cleaning.test_users &&
         a.cleaning.test_items == b.cleaning.test_items &&
         a.cleaning.internal_users == b.cleaning.internal_users &&
         a.cleaning.bot_rate == b.cleaning.bot_rate && a.cleaning.amount_bounds == b.cleaning.amount_bounds;
}

// The longest id there is, which every pattern comes close to.
void check_patterns(const Settings& settings) {
  const collect::IdPatterns patterns(settings.cleaning.test_users);
  patterns.find(std::string(256, 'a'));
  for (const std::string& pattern : settings.cleaning.test_users) {
    const bool is_plain = pattern.find_first_of("*?[") == std::string::npos;
    if (is_plain) require(collect::fits(pattern, pattern), "a pattern without signs fits itself");
  }
}

}  // namespace
}  // namespace coterie::fuzzing

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace coterie::fuzzing;
  static const Folder kFolder;
  const auto path = kFolder.path() / "coterie.toml";
  std::ofstream(path, std::ios::binary) << text_of(data, size);
  const auto settings = coterie::store::load_settings(path);
  if (!settings) {
    require_clear(settings.error());
    return 0;
  }
  check_patterns(*settings);
  require(coterie::store::save_settings(*settings, path).ok(), "what was read can be saved");
  const auto again = coterie::store::load_settings(path);
  require(again && is_same(*settings, *again), "what was saved reads the same");
  return 0;
}
