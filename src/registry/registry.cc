#include "registry/registry.h"

#include <algorithm>
#include <cmath>

#include "base/file.h"
#include "base/hash.h"
#include "base/json.h"
#include "store/catalog.h"

namespace coterie::registry {

using base::Code;
using base::Result;
using base::Status;
namespace fs = std::filesystem;

namespace {

constexpr std::string_view kCollection = "model_versions";
constexpr std::string_view kLiveCollection = "live_models";
constexpr size_t kMostLiveEntries = 100;
constexpr double kGoldenTolerance = 1e-6;

std::string key(std::string_view name, int64_t version) { return fmt::format("{}/{:08}", name, version); }

learn::ModelState golden_state(const GoldenRows& golden) {
  learn::ModelState state;
  state.algorithm = "golden_rows";
  state.options = nlohmann::json::object();
  state.tensors = {{"inputs", {golden.inputs.rows, golden.inputs.cols}, golden.inputs.values},
                   {"outputs", {golden.outputs.size()}, golden.outputs}};
  return state;
}

bool close(const std::vector<double>& got, const std::vector<double>& expected) {
  if (got.size() != expected.size()) return false;
  for (size_t i = 0; i < got.size(); ++i)
    if (!(std::abs(got[i] - expected[i]) <= kGoldenTolerance * std::max(1.0, std::abs(expected[i]))))
      return false;
  return true;
}

Result<ModelVersion> from_body(const std::string& body) {
  COTERIE_ASSIGN(const auto json, base::parse_json(body, "state.db, a model version"));
  ModelVersion version;
  version.name = json.at("name");
  version.version = json.at("version");
  version.published = parse_published(json.at("published").get<std::string>()).value_or(Published::kNo);
  version.evidence = json.at("evidence");
  version.manifest_checksum = json.value("manifest_checksum", "");
  return version;
}

struct Manifest {
  uint64_t model_checksum = 0;
  uint64_t golden_checksum = 0;
};

// Checked against what state.db says of it, where that is known.
Result<Manifest> read_manifest(const fs::path& folder, const ModelVersion& version) {
  const fs::path path = folder / "manifest.json";
  const auto damaged = [&] {
    return base::error(Code::kDataLoss, "{}: damaged manifest; restore it from a backup", path.string());
  };
  const auto text = base::read_file(path);
  if (!text && text.error().code() == Code::kNotFound)
    return base::error(Code::kDataLoss, "{} is missing; restore it from a backup", path.string());
  if (!text) return tl::unexpected(text.error());
  if (!version.manifest_checksum.empty() &&
      version.manifest_checksum != base::checksum_string(base::hash64(*text)))
    return damaged();
  const auto json = base::parse_json(*text, path.string());
  if (!json || !json->is_object()) return damaged();
  Manifest manifest;
  for (const auto& [key, checksum] : {std::pair("model_checksum", &manifest.model_checksum),
                                      std::pair("golden_checksum", &manifest.golden_checksum)}) {
    if (!json->contains(key) || !json->at(key).is_string()) return damaged();
    *checksum = std::strtoull(json->at(key).get_ref<const std::string&>().c_str(), nullptr, 16);
  }
  return manifest;
}

Status verify_file(const fs::path& path, uint64_t expected) {
  const auto checksum = base::checksum_file(path);
  if (!checksum && checksum.error().code() == Code::kNotFound)
    return base::failure(Code::kDataLoss, "{} is missing; restore it from a backup", path.string());
  if (!checksum) return checksum.error();
  if (*checksum == expected) return {};
  return base::failure(Code::kDataLoss, "{} is damaged (checksum {} instead of {}); restore it from a backup",
                       path.string(), base::checksum_string(*checksum), base::checksum_string(expected));
}

}  // namespace

std::string_view to_string(Published published) {
  switch (published) {
    case Published::kYes: return "yes";
    case Published::kRanking: return "ranking";
    case Published::kNo: break;
  }
  return "no";
}

std::optional<Published> parse_published(std::string_view text) {
  for (const Published published : {Published::kYes, Published::kRanking, Published::kNo})
    if (to_string(published) == text) return published;
  return std::nullopt;
}

Published decide(const PublishCase& publish_case) {
  if (!publish_case.beats_baseline || !publish_case.golden_rows_pass || publish_case.worse_than_live)
    return Published::kNo;
  return publish_case.is_calibrated ? Published::kYes : Published::kRanking;
}

Result<int64_t> Registry::write(const NewModel& model, const store::Commit&, bool* golden_rows_pass) {
  COTERIE_ASSIGN(const auto versions, list());
  int64_t version = 1;
  for (const ModelVersion& known : versions)
    if (known.name == model.name) version = std::max(version, known.version + 1);
  const fs::path folder = workspace_.folder() / version_folder(model.name, version);
  std::error_code code;
  fs::remove_all(folder, code);
  fs::create_directories(folder, code);
  if (code) return tl::unexpected(base::system_error("cannot make folder", folder, code.value()));
  COTERIE_ASSIGN(const uint64_t checksum, learn::save_state(model.state, folder / "model.safetensors"));
  COTERIE_ASSIGN(const uint64_t golden_checksum,
                 learn::save_state(golden_state(model.golden), folder / "golden.safetensors"));
  const nlohmann::json manifest = {{"name", model.name},
                                   {"version", version},
                                   {"algorithm", model.state.algorithm},
                                   {"options", model.state.options},
                                   {"names", model.state.names},
                                   {"model_checksum", base::checksum_string(checksum)},
                                   {"golden_checksum", base::checksum_string(golden_checksum)}};
  const std::string manifest_text = manifest.dump(2) + "\n";
  COTERIE_CHECK_OK(base::write_file_durably(folder / "manifest.json", manifest_text));
  manifest_checksums_[key(model.name, version)] = base::checksum_string(base::hash64(manifest_text));
  COTERIE_CHECK_OK(base::sync_folder(folder.parent_path()));
  COTERIE_CHECK_OK(base::sync_folder(folder.parent_path().parent_path()));
  COTERIE_ASSIGN(const learn::ModelState loaded, learn::load_state(folder / "model.safetensors", checksum));
  COTERIE_ASSIGN(const auto outputs, model.rescore(loaded, model.golden.inputs));
  *golden_rows_pass = close(outputs, model.golden.outputs);
  return version;
}

void Registry::add(const ModelVersion& version, store::Commit& commit) const {
  const auto written = manifest_checksums_.find(key(version.name, version.version));
  const std::string manifest_checksum =
      written == manifest_checksums_.end() ? version.manifest_checksum : written->second;
  const nlohmann::json body = {{"name", version.name},
                               {"manifest_checksum", manifest_checksum},
                               {"version", version.version},
                               {"published", to_string(version.published)},
                               {"evidence", version.evidence}};
  commit.put_document({std::string(kCollection), key(version.name, version.version), body.dump()});
}

Result<std::vector<ModelVersion>> list_versions(store::Catalog& catalog) {
  COTERIE_ASSIGN(const auto documents, catalog.documents(kCollection));
  std::vector<ModelVersion> out;
  for (const auto& document : documents) {
    COTERIE_ASSIGN(auto version, from_body(document.body));
    out.push_back(std::move(version));
  }
  return out;
}

fs::path version_folder(std::string_view name, int64_t version) {
  return fs::path("models") / name / std::to_string(version);
}

Status verify_files(const fs::path& workspace_folder, const ModelVersion& version) {
  const fs::path folder = workspace_folder / version_folder(version.name, version.version);
  COTERIE_ASSIGN_OR_STATUS(const Manifest manifest, read_manifest(folder, version));
  COTERIE_RETURN_IF_ERROR(verify_file(folder / "model.safetensors", manifest.model_checksum));
  return verify_file(folder / "golden.safetensors", manifest.golden_checksum);
}

Status verify_golden_rows(const fs::path& workspace_folder, const ModelVersion& version,
                          const Rescore& rescore) {
  const fs::path folder = workspace_folder / version_folder(version.name, version.version);
  COTERIE_ASSIGN_OR_STATUS(const Manifest manifest, read_manifest(folder, version));
  COTERIE_ASSIGN_OR_STATUS(const auto state,
                           learn::load_state(folder / "model.safetensors", manifest.model_checksum));
  COTERIE_ASSIGN_OR_STATUS(const auto golden,
                           learn::load_state(folder / "golden.safetensors", manifest.golden_checksum));
  COTERIE_ASSIGN_OR_STATUS(const auto* inputs, golden.tensor("inputs"));
  COTERIE_ASSIGN_OR_STATUS(const auto* outputs, golden.tensor("outputs"));
  if (inputs->shape.size() != 2)
    return base::failure(Code::kDataLoss, "{}: damaged golden rows", folder.string());
  kernels::Matrix matrix(inputs->shape[0], inputs->shape[1]);
  matrix.values = inputs->values;
  COTERIE_ASSIGN_OR_STATUS(const auto got, rescore(state, matrix));
  if (close(got, outputs->values)) return {};
  return base::failure(Code::kDataLoss, "{}: its golden rows get other scores than when it was trained",
                       folder.string());
}

Result<std::vector<ModelVersion>> Registry::list() { return list_versions(workspace_.catalog()); }

Result<ModelVersion> Registry::find(std::string_view name, std::optional<int64_t> version) {
  COTERIE_ASSIGN(const auto versions, list());
  std::string known;
  const ModelVersion* found = nullptr;
  for (const ModelVersion& candidate : versions) {
    if (known.find(candidate.name) == std::string::npos)
      known += (known.empty() ? "" : ", ") + candidate.name;
    if (candidate.name == name && (!version || *version == candidate.version)) found = &candidate;
  }
  if (found == nullptr)
    return base::error(Code::kNotFound, "no model '{}'{}; {}", name,
                       version ? fmt::format(" version {}", *version) : "",
                       known.empty() ? "`coterie run` trains some" : "there are: " + known);
  return *found;
}

Result<std::optional<ModelVersion>> Registry::live(std::string_view name) {
  COTERIE_ASSIGN(const auto history, live_history(name));
  if (history.empty()) return std::nullopt;
  COTERIE_ASSIGN(auto version, find(name, history.back().version));
  return std::optional(std::move(version));
}

Result<std::vector<LiveEntry>> Registry::live_history(std::string_view name) {
  std::vector<LiveEntry> out;
  COTERIE_ASSIGN(const auto body, workspace_.catalog().document(kLiveCollection, name));
  if (body) {
    COTERIE_ASSIGN(const auto known, base::parse_json(*body, "state.db, a live model"));
    for (const auto& entry : known.at("history"))
      out.push_back({entry.at("version"), entry.at("since"), entry.at("why")});
    return out;
  }
  COTERIE_ASSIGN(const auto versions, list());
  for (const ModelVersion& version : versions)
    if (version.name == name && version.published != Published::kNo)
      out.push_back({version.version, 0, "run"});
  return out;
}

Status Registry::make_live(std::string_view name, LiveEntry entry, store::Commit& commit) {
  COTERIE_ASSIGN_OR_STATUS(auto history, live_history(name));
  history.push_back(std::move(entry));
  const size_t begin = history.size() > kMostLiveEntries ? history.size() - kMostLiveEntries : 0;
  nlohmann::json entries = nlohmann::json::array();
  for (size_t i = begin; i < history.size(); ++i)
    entries.push_back(
        {{"version", history[i].version}, {"since", history[i].since}, {"why", history[i].why}});
  commit.put_document(
      {std::string(kLiveCollection), std::string(name), nlohmann::json{{"history", entries}}.dump()});
  return {};
}

Result<learn::ModelState> Registry::load(const ModelVersion& version) {
  const fs::path folder = workspace_.folder() / version_folder(version.name, version.version);
  COTERIE_ASSIGN(const Manifest manifest, read_manifest(folder, version));
  return learn::load_state(folder / "model.safetensors", manifest.model_checksum);
}

}  // namespace coterie::registry
