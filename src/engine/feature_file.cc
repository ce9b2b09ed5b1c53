#include "engine/feature_file.h"

#include <algorithm>

#include "base/file.h"
#include "engine/feature_rows.h"
#include "store/duckdb.h"

namespace coterie::engine {

using base::Status;
namespace fs = std::filesystem;

namespace {

constexpr size_t kUsersPerGroup = 65'536;

// A file system boundary may lie between the workspace and `to`: copied next to it, then renamed.
Status move_file(const fs::path& from, const fs::path& to) {
  const fs::path aside = fs::path(to) += ".tmp";
  std::error_code code;
  fs::copy_file(from, aside, fs::copy_options::overwrite_existing, code);
  if (code) return base::system_error("cannot write", aside, code.value());
  fs::remove(from, code);
  COTERIE_RETURN_IF_ERROR(base::sync_file(aside));
  fs::rename(aside, to, code);
  return code ? base::system_error("cannot write", to, code.value()) : Status();
}

}  // namespace

Status write_feature_file(store::Workspace& workspace, const data::FeatureTable& features,
                          const fs::path& file, const base::Context& context) {
  COTERIE_ASSIGN_OR_STATUS(auto connection, workspace.connect_pinned(context));
  COTERIE_ASSIGN_OR_STATUS(const fs::path folder, workspace.temp_folder());
  auto made =
      connection->execute(fmt::format("CREATE TEMP TABLE feature_file ({})", feature_definitions(features)));
  if (!made) return made.error();
  COTERIE_ASSIGN_OR_STATUS(auto appender, connection->appender("feature_file"));
  for (size_t begin = 0; begin < features.rows(); begin += kUsersPerGroup) {
    COTERIE_RETURN_IF_ERROR(context.check_cancelled());
    const FeatureRows rows(features, begin, std::min(features.rows(), begin + kUsersPerGroup));
    COTERIE_RETURN_IF_ERROR(appender->append(rows.columns(), rows.size()));
  }
  COTERIE_RETURN_IF_ERROR(appender->close());
  const fs::path written = folder / "feature_file.parquet";
  auto copied = connection->execute(
      fmt::format("COPY feature_file TO {} (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1)",
                  store::sql_quoted(written.string())),
      {}, context.cancel);
  return copied ? move_file(written, file) : copied.error();
}

}  // namespace coterie::engine
