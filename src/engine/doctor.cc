#include "engine/doctor.h"

#include <charconv>
#include <set>

#include "registry/registry.h"
#include "store/catalog.h"
#include "understand/predict/predict.h"
#include "understand/recommend/recommend.h"
#include "understand/segments/clusters.h"

namespace coterie::engine {

using base::Result;
using base::Status;
namespace fs = std::filesystem;

namespace {

constexpr std::string_view kAdvice =
    "restore it from a backup, or `coterie run --force` trains a new version";

registry::Rescore rescore_of(std::string_view name, const base::Context& context) {
  if (name == "clusters" || name == "tastes") return understand::rescore_clusters(context);
  if (name.starts_with("item_knn")) return understand::rescore_item_knn();
  return understand::rescore_prediction();
}

// What lies in models/, as (name, version).
std::set<std::pair<std::string, int64_t>> model_folders(const fs::path& folder) {
  std::set<std::pair<std::string, int64_t>> out;
  std::error_code code;
  for (const auto& name : fs::directory_iterator(folder / "models", code)) {
    std::error_code inner;
    for (const auto& entry : fs::directory_iterator(name.path(), inner)) {
      const std::string text = entry.path().filename().string();
      int64_t version = 0;
      if (std::from_chars(text.data(), text.data() + text.size(), version).ec == std::errc())
        out.emplace(name.path().filename().string(), version);
    }
  }
  return out;
}

void examine_model(const fs::path& folder, const registry::ModelVersion& version, store::Inspection* out,
                   const base::Context& context) {
  const std::string where = registry::version_folder(version.name, version.version).string();
  Status status = registry::verify_files(folder, version);
  if (status.ok()) status = registry::verify_golden_rows(folder, version, rescore_of(version.name, context));
  if (!status.ok()) out->error("models", where, status.message(), std::string(kAdvice));
}

}  // namespace

Result<Diagnosis> examine(const fs::path& folder, const base::Context& context) {
  Diagnosis out;
  COTERIE_ASSIGN(out.inspection, store::inspect(folder, context));
  auto unlisted = model_folders(folder);
  auto catalog = store::Catalog::open_to_inspect(folder / "state.db");
  auto versions = catalog ? registry::list_versions(**catalog)
                          : Result<std::vector<registry::ModelVersion>>(tl::unexpected(catalog.error()));
  if (!versions) {
    // state.db is a finding already; its models are what lies in the folder.
    versions.emplace();
    for (const auto& [name, version] : unlisted) {
      versions->emplace_back();
      versions->back().name = name;
      versions->back().version = version;
    }
  }
  for (const auto& version : *versions) {
    COTERIE_CHECK_OK(context.check_cancelled());
    unlisted.erase({version.name, version.version});
    ++out.models;
    examine_model(folder, version, &out.inspection, context);
  }
  for (const auto& [name, version] : unlisted)
    out.inspection.warning("orphans", registry::version_folder(name, version).string(),
                           "state.db does not list it: a run ended before its commit, or commits just now",
                           "nothing: a later run replaces it");
  return out;
}

}  // namespace coterie::engine
