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
constexpr double kGoldenTolerance = 1e-6;

std::string key(std::string_view name, int64_t version) { return fmt::format("{}/{:08}", name, version); }

fs::path version_folder(const fs::path& workspace, std::string_view name, int64_t version) {
  return workspace / "models" / name / std::to_string(version);
}

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
  return version;
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
  const fs::path folder = version_folder(workspace_.folder(), model.name, version);
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
  COTERIE_CHECK_OK(base::write_file_durably(folder / "manifest.json", manifest.dump(2) + "\n"));
  COTERIE_CHECK_OK(base::sync_folder(folder.parent_path()));
  COTERIE_CHECK_OK(base::sync_folder(folder.parent_path().parent_path()));
  COTERIE_ASSIGN(const learn::ModelState loaded, learn::load_state(folder / "model.safetensors", checksum));
  COTERIE_ASSIGN(const auto outputs, model.rescore(loaded, model.golden.inputs));
  *golden_rows_pass = close(outputs, model.golden.outputs);
  return version;
}

void Registry::add(const ModelVersion& version, store::Commit& commit) const {
  const nlohmann::json body = {{"name", version.name},
                               {"version", version.version},
                               {"published", to_string(version.published)},
                               {"evidence", version.evidence}};
  commit.put_document({std::string(kCollection), key(version.name, version.version), body.dump()});
}

Result<std::vector<ModelVersion>> Registry::list() {
  COTERIE_ASSIGN(const auto documents, workspace_.catalog().documents(kCollection));
  std::vector<ModelVersion> out;
  for (const auto& document : documents) {
    COTERIE_ASSIGN(auto version, from_body(document.body));
    out.push_back(std::move(version));
  }
  return out;
}

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
  COTERIE_ASSIGN(auto versions, list());
  std::optional<ModelVersion> found;
  for (ModelVersion& version : versions)
    if (version.name == name && version.published != Published::kNo) found = std::move(version);
  return found;
}

Result<learn::ModelState> Registry::load(const ModelVersion& version) {
  const fs::path folder = version_folder(workspace_.folder(), version.name, version.version);
  COTERIE_ASSIGN(const std::string text, base::read_file(folder / "manifest.json"));
  COTERIE_ASSIGN(const auto manifest, base::parse_json(text, (folder / "manifest.json").string()));
  if (!manifest.is_object() || !manifest.contains("model_checksum") ||
      !manifest["model_checksum"].is_string())
    return base::error(Code::kDataLoss, "{}: damaged manifest; restore it from a backup", folder.string());
  const uint64_t checksum = std::strtoull(manifest["model_checksum"].get<std::string>().c_str(), nullptr, 16);
  return learn::load_state(folder / "model.safetensors", checksum);
}

}  // namespace coterie::registry
