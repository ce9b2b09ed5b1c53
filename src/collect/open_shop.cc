#include "collect/open_shop.h"

#include "collect/import.h"
#include "store/catalog.h"
#include "store/settings.h"

namespace coterie::collect {

using base::Code;
using base::Result;
using store::Workspace;

namespace {

// Zone and currency of a shop that holds nothing yet: the person's, else the preset's, else `known`.
Result<store::Settings> new_settings(const NewShop& wanted, const ImportOptions& options,
                                     std::span<const Input> inputs, const store::Settings& known) {
  COTERIE_ASSIGN(const auto preset, preset_for_inputs(inputs, options));
  const auto first_said = [](const std::string& a, const std::string& b, const std::string& c) {
    return !a.empty() ? a : !b.empty() ? b : c;
  };
  store::Settings settings{first_said(wanted.timezone, preset.timezone, known.timezone),
                           first_said(wanted.currency, preset.currency, known.currency), wanted.language,
                           known.cleaning};
  if (settings.timezone.empty() || settings.currency.empty())
    return base::error(
        Code::kInvalidArgument,
        "a new shop needs its time zone and currency, and preset '{}' does not set them; add for "
        "example --timezone Asia/Shanghai --currency CNY",
        preset.name);
  return settings;
}

}  // namespace

Result<std::unique_ptr<Workspace>> open_or_create(const std::filesystem::path& folder, const NewShop& wanted,
                                                  const ImportOptions& options,
                                                  std::span<const Input> inputs) {
  if (!Workspace::exists(folder)) {
    COTERIE_ASSIGN(const auto settings, new_settings(wanted, options, inputs, {}));
    return Workspace::create(folder, settings);
  }
  COTERIE_ASSIGN(auto workspace, Workspace::open(folder, Workspace::Access::kWrite));
  const auto& settings = workspace->settings();
  COTERIE_ASSIGN(const int64_t generation, workspace->catalog().newest_generation());
  if (generation == 0) {
    COTERIE_ASSIGN(const auto anew, new_settings(wanted, options, inputs, settings));
    COTERIE_CHECK_OK(store::save_settings(anew, workspace->folder() / "coterie.toml"));
    return Workspace::open(folder, Workspace::Access::kWrite);
  }
  if ((!wanted.timezone.empty() && wanted.timezone != settings.timezone) ||
      (!wanted.currency.empty() && wanted.currency != settings.currency))
    return base::error(Code::kFailedPrecondition,
                       "{} has time zone {} and currency {}; they are set when it is made and stay",
                       folder.string(), settings.timezone, settings.currency);
  return workspace;
}

}  // namespace coterie::collect
