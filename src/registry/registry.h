// The registry: every model that was trained, with its files, its evidence and whether it is published.
//
//   models/<name>/<version>/   manifest.json      algorithm, options, names, checksums
//                              model.safetensors  tensors
//                              golden.safetensors rows and the scores they must give
// A version is immutable. It is listed in state.db by the commit that its results belong to, so a crash
// leaves no half version; an unlisted folder is a leftover and is replaced. Publishing follows DESIGN §8.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/status.h"
#include "base/time.h"
#include "learn/model.h"
#include "store/catalog.h"
#include "store/commit.h"
#include "store/workspace.h"

namespace coterie::registry {

/// kRanking: better than the baseline, but its probabilities are not to be shown.
enum class Published { kYes, kRanking, kNo };
std::string_view to_string(Published published);  ///< "yes", "ranking", "no"
std::optional<Published> parse_published(std::string_view text);

/// What publishing is decided on.
struct PublishCase {
  bool beats_baseline = false;  ///< beyond the interval of the paired difference
  bool is_calibrated = false;   ///< inside the band that perfect calibration would show; true for rankings
  bool golden_rows_pass = false;
  bool worse_than_live = false;  ///< beyond the interval, on the same rows
};
Published decide(const PublishCase& publish_case);

/// At most so many are kept with a model of members.
inline constexpr size_t kGoldenRows = 20;

/// Inputs and the outputs that the model gave when it was trained.
struct GoldenRows {
  kernels::Matrix inputs;
  std::vector<double> outputs;  ///< one per row of inputs
};

/// Scores golden inputs with a model that was read back from its file.
using Rescore =
    std::function<base::Result<std::vector<double>>(const learn::ModelState&, const kernels::Matrix&)>;

struct ModelVersion {
  std::string name;
  int64_t version = 0;
  Published published = Published::kNo;
  nlohmann::json evidence;
  std::string manifest_checksum = {};  ///< "" for versions that were listed before it was kept
};

/// Since when a version has been the one that scores, and why: "run" (published by the run that trained it), "publish" or
/// "rollback" (a person asked for it).
struct LiveEntry {
  int64_t version = 0;
  base::Timestamp since = 0;
  std::string why;
};

/// The versions that state.db lists, by name, then number.
base::Result<std::vector<ModelVersion>> list_versions(store::Catalog& catalog);

/// The folder of a version, relative to the workspace.
std::filesystem::path version_folder(std::string_view name, int64_t version);

/// Verifies the three files of a version. Errors: kDataLoss, naming the file.
base::Status verify_files(const std::filesystem::path& workspace_folder, const ModelVersion& version);

/// Scores the golden rows of a version again; each output must come back within 1e-6 of its size. Errors:
/// kDataLoss (files, or other scores).
base::Status verify_golden_rows(const std::filesystem::path& workspace_folder, const ModelVersion& version,
                                const Rescore& rescore);

/// A model on its way into the registry.
struct NewModel {
  std::string name;
  learn::ModelState state;
  GoldenRows golden;
  Rescore rescore;
};

/// Not thread safe.
class Registry {
 public:
  explicit Registry(store::Workspace& workspace) : workspace_(workspace) {}

  /// Writes the files of a new version durably and scores its golden rows again from them; returns the
  /// version's number, and in `golden_rows_pass` whether each output came back within 1e-6 of its size. Not
  /// listed yet: add() does that. Call it with the commit at hand, so that two processes do not take one
  /// number.
  base::Result<int64_t> write(const NewModel& model, const store::Commit& commit, bool* golden_rows_pass);

  /// Lists a version with the commit; `version.evidence` becomes part of its document.
  void add(const ModelVersion& version, store::Commit& commit) const;

  /// All versions, by name, then number.
  base::Result<std::vector<ModelVersion>> list();

  /// Errors: kNotFound, naming the models there are. Without a version: the newest.
  base::Result<ModelVersion> find(std::string_view name, std::optional<int64_t> version);

  /// The version that scores; nothing when none was ever published.
  base::Result<std::optional<ModelVersion>> live(std::string_view name);

  /// Which versions were live, oldest first. Of shops of earlier releases: those that were published, without a time.
  base::Result<std::vector<LiveEntry>> live_history(std::string_view name);

  /// Makes a version live with the commit. The version itself stays as it is.
  base::Status make_live(std::string_view name, LiveEntry entry, store::Commit& commit);

  /// The tensors of a version, checked against its manifest. Errors: kDataLoss, kNotFound.
  base::Result<learn::ModelState> load(const ModelVersion& version);

 private:
  store::Workspace& workspace_;
  std::map<std::string, std::string> manifest_checksums_;  // of what write() wrote, by folder
};

}  // namespace coterie::registry
