// Writes the parts of an import to Parquet files, each on a thread of its own while the next part is collected and judged.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/context.h"
#include "base/status.h"
#include "store/commit.h"
#include "store/duckdb.h"
#include "store/in_order.h"
#include "store/staged_events.h"

namespace coterie::store {

/// Statement that writes rows of events to a file of a part.
std::string copy_to_part(std::string_view select, const std::filesystem::path& path);

/// For one thread. One part at a time is in its hands; with one thread it is written inside write().
class PartWriter {
 public:
  /// The files get names in `folder`, which the connection must be allowed to write.
  static base::Result<std::unique_ptr<PartWriter>> begin(Connection& connection, std::filesystem::path folder,
                                                         const base::Context& context);

  /// Waits until the part before is written, and takes this one: accepted events in the order of a file. Returns the
  /// error of an earlier part.
  base::Status write(std::unique_ptr<StagedEvents> part);

  /// Waits until all is written; the memory of the parts is given back then.
  base::Status wait() { return work_.wait(); }

  /// In the order of write(); after wait().
  std::vector<StagedFile>& files() { return files_; }

 private:
  PartWriter(std::unique_ptr<Connection> connection, std::filesystem::path folder,
             const base::Context& context);
  base::Status write_now();

  std::unique_ptr<Connection> connection_;
  std::filesystem::path folder_;
  base::Context context_;
  CurrentPart part_;
  std::vector<StagedFile> files_;
  InOrder work_;  // last: its thread ends before what it uses goes
};

}  // namespace coterie::store
