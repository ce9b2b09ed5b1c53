#include "engine/run_record.h"

#include "base/hash.h"
#include "base/json.h"
#include "engine/division_documents.h"
#include "profile/features.h"
#include "store/catalog.h"

namespace coterie::engine {

using base::Code;
using base::Result;
using base::Status;
using nlohmann::json;
using store::TableKind;

namespace {

// Changes whenever a run on the same data would give another record.
constexpr std::string_view kRunVersion = "10";

Result<std::optional<json>> stored_run(store::Workspace& workspace) {
  COTERIE_ASSIGN(const auto latest, workspace.catalog().document("runs", "latest"));
  if (!latest) return std::nullopt;
  COTERIE_ASSIGN(json out, base::parse_json(*latest, "state.db, the record of the newest run"));
  return out;
}

}  // namespace

// Rows come by imports alone, each with a document of its own; the names of files would change when they are compacted.
Result<std::string> run_fingerprint(store::Workspace& workspace, base::Timestamp as_of, uint64_t seed) {
  COTERIE_ASSIGN(const int64_t generation, workspace.catalog().newest_generation());
  std::string all = fmt::format("{} {} {} {}", kRunVersion, as_of, seed, profile::feature_sql_hash());
  for (const TableKind kind :
       {TableKind::kEvents, TableKind::kItems, TableKind::kUsers, TableKind::kQuarantine}) {
    COTERIE_ASSIGN(const auto files, workspace.catalog().files(kind, generation));
    uint64_t rows = 0;
    for (const auto& file : files) rows += file.rows;
    all += fmt::format(" {}", rows);
  }
  COTERIE_ASSIGN(const auto imports, workspace.catalog().documents("imports"));
  for (const auto& import : imports) all += import.body;
  all += workspace.settings().timezone + workspace.settings().currency;
  return base::to_string(base::hash128(all));
}

Result<std::string> latest_fingerprint(store::Workspace& workspace) {
  COTERIE_ASSIGN(const auto known, stored_run(workspace));
  return known ? known->value("fingerprint", "") : "";
}

void put_latest_run(std::string fingerprint, const json& record, store::Commit& commit) {
  json body = {{"fingerprint", std::move(fingerprint)}, {"record", record}};
  body["record"].erase("divisions");  // those have documents of their own
  commit.put_document({"runs", "latest", body.dump()});
}

Result<json> latest_record(store::Workspace& workspace) {
  COTERIE_ASSIGN(auto known, stored_run(workspace));
  if (!known)
    return base::error(Code::kFailedPrecondition, "nothing computed yet; run `coterie run {}` first",
                       workspace.folder().string());
  json out = std::move((*known)["record"]);
  COTERIE_ASSIGN(out["divisions"], kept_divisions(workspace));
  return out;
}

Status replace_latest_record(store::Workspace& workspace, const json& record, store::Commit& commit) {
  COTERIE_ASSIGN_OR_STATUS(const auto known, stored_run(workspace));
  if (!known) return base::failure(Code::kInternal, "there is no record to replace");
  put_latest_run((*known)["fingerprint"], record, commit);
  return {};
}

}  // namespace coterie::engine
