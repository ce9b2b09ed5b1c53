// The record of the newest run: the document "runs"/"latest".
#pragma once

#include <cstdint>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "base/status.h"
#include "base/time.h"
#include "store/commit.h"
#include "store/workspace.h"

namespace coterie::engine {

/// The page that shows a record.
using DrawReport = std::function<std::string(const nlohmann::json& record)>;

/// What the page is called in the workspace; it enters with the commit of the record that it shows.
inline constexpr std::string_view kReportName = "report.html";

/// What a record depends on, in one word: the stored rows, the settings, the instant, the seed and this program.
base::Result<std::string> run_fingerprint(store::Workspace& workspace, base::Timestamp as_of, uint64_t seed);

/// That of the newest run; "" without one.
base::Result<std::string> latest_fingerprint(store::Workspace& workspace);

void put_latest_run(std::string fingerprint, const nlohmann::json& record, store::Commit& commit);

/// The record of the newest run, with the divisions that are kept (division_documents.h), which are no part of what is stored of
/// it. Errors: kFailedPrecondition when there is none yet.
base::Result<nlohmann::json> latest_record(store::Workspace& workspace);

/// Puts another record in its place, with the commit: a run on the same data still counts as made.
base::Status replace_latest_record(store::Workspace& workspace, const nlohmann::json& record,
                                   store::Commit& commit);

}  // namespace coterie::engine
