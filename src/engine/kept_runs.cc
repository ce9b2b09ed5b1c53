#include "engine/kept_runs.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/json.h"
#include "store/catalog.h"

namespace coterie::engine {

using base::Result;
using nlohmann::json;

namespace {

std::string key_of(int64_t number) { return fmt::format("{:08}", number); }

}  // namespace

Result<std::vector<KeptRun>> kept_runs(store::Workspace& workspace) {
  COTERIE_ASSIGN(const auto documents, workspace.catalog().documents("runs"));
  std::vector<KeptRun> out;
  for (const auto& document : documents) {
    if (document.key == "latest") continue;
    COTERIE_ASSIGN(const json body, base::parse_json(document.body, "state.db, a record of an earlier run"));
    out.push_back({body.value("number", int64_t{0}), body.value("as_of_us", int64_t{0}),
                   body.value("seed", uint64_t{0}), body.value("clusters", std::vector<std::string>{}),
                   body.value("next_cluster", int64_t{1}), body.value("imports", std::vector<std::string>{}),
                   body.value("next_taste", int64_t{1})});
  }
  return out;
}

std::optional<KeptRun> run_before(const std::vector<KeptRun>& runs, base::Timestamp as_of) {
  std::optional<KeptRun> out;
  for (const KeptRun& run : runs)
    if (run.as_of < as_of && (!out || run.as_of >= out->as_of)) out = run;
  return out;
}

void keep_run(KeptRun run, const std::vector<KeptRun>& earlier, store::Commit& commit) {
  size_t kept = earlier.size();
  for (const KeptRun& other : earlier) {
    run.number = std::max(run.number, other.number);
    if (other.as_of != run.as_of) continue;
    commit.remove_document("runs", key_of(other.number));
    --kept;
  }
  ++run.number;
  for (const KeptRun& other : earlier) {
    if (kept < kMostKeptRuns) break;
    if (other.as_of == run.as_of) continue;
    commit.remove_document("runs", key_of(other.number));
    --kept;
  }
  const json body = {{"number", run.number},
                     {"as_of_us", run.as_of},
                     {"seed", run.seed},
                     {"clusters", run.clusters},
                     {"next_cluster", run.next_cluster},
                     {"next_taste", run.next_taste},
                     {"imports", run.imports}};
  commit.put_document({"runs", key_of(run.number), body.dump()});
}

}  // namespace coterie::engine
