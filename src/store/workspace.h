// The workspace: one shop, one folder (DESIGN §5).
//
//   coterie.toml   settings          state.db   catalog of files, imports, models, runs
//   events/ items/ users/ quarantine/ ...       immutable Parquet files
//   models/        registry          tmp/       half-written files and spill, one folder a process
//   state.sum      state.db's checksum (state_sum.h)    leases/   what readers pin (lease.h)
//
// Invariants
//   1. A file listed in state.db exists, is complete, is synced and never changes.
//   2. A file name is never used twice: it holds the catalog's file id, which is AUTOINCREMENT.
//   3. Every commit makes one new generation; a connection pins one with a lease and sees exactly its files,
//      which stay until it is dropped or moved on. A reader, too, writes in the folder: its lease.
//   4. Files are renamed into a data folder only under the commit lock; what lies there unlisted when the
//      lock is taken is a leftover of a crash, and the next commit removes it.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/context.h"
#include "base/messages.h"
#include "base/status.h"
#include "base/time.h"
#include "data/cleaning_rules.h"

namespace coterie::store {

class Catalog;
class Connection;
struct StoredFile;

/// What coterie.toml says (settings.h).
struct Settings {
  std::string timezone;                                ///< IANA name; always set
  std::string currency;                                ///< ISO 4217 code; always set
  base::Language language = base::Language::kEnglish;  ///< of the report that `run` writes
  data::CleaningSettings cleaning = {};                ///< what the cleaning rules do with a row
};

/// Kinds of stored files; each has a folder of that name, and each but kEventIds a schema (schema.h).
enum class TableKind {
  kEvents,
  kItems,
  kUsers,
  kTexts,
  kLinks,
  kFlags,
  kQuarantine,
  kFeatures,
  kScores,
  kSegments,
  kRecommendations,
  kEventIds,  ///< not Parquet: hashes of all event ids (known_ids.h)
};
std::string_view folder_name(TableKind kind);

/// What a connection is for: its views list no other files, and no other files are read and verified.
struct Scope {
  /// The tables; without any, all of them.
  std::vector<TableKind> tables = {};
  /// Of the tables with a user_id, the rows of this member only.
  std::optional<std::string> user_id = {};
};

/// The events of the generation that a connection pins, from the catalog alone.
struct EventTotals {
  uint64_t events = 0;
  base::Timestamp first = 0;  ///< 0 without events
  base::Timestamp last = 0;
};

/// One process's handle on a workspace. Not thread safe.
class Workspace {
 public:
  enum class Access {
    kRead,
    kLookUp,  ///< to read, and to connect at once: the query engine starts while the workspace opens
    kWrite
  };

  /// Makes the folder and an empty workspace in it. A folder that holds only the remains of an interrupted
  /// create() is used. Errors: kAlreadyExists (a workspace), kFailedPrecondition (a folder with other things
  /// in it), kPermissionDenied, kInvalidArgument (settings).
  static base::Result<std::unique_ptr<Workspace>> create(const std::filesystem::path& folder,
                                                         const Settings& settings);

  /// Verifies state.db; brings a workspace of an older format up to date first (migrate.h), whatever the
  /// access. Errors: kNotFound (no folder), kFailedPrecondition (no workspace, or of a newer format),
  /// kDataLoss, kInvalidArgument (coterie.toml), kPermissionDenied.
  static base::Result<std::unique_ptr<Workspace>> open(const std::filesystem::path& folder, Access access);

  /// True when `folder` holds a state.db.
  static bool exists(const std::filesystem::path& folder);

  ~Workspace();

  const std::filesystem::path& folder() const;
  const Settings& settings() const;
  const base::Calendar& calendar() const;
  Catalog& catalog();

  /// This process's own folder below tmp/, made at first use and removed by the destructor; leftovers of
  /// processes that are gone are removed when it is made.
  base::Result<std::filesystem::path> temp_folder();

  /// A fresh in-memory DuckDB connection, locked down, with a view of the newest generation for every table
  /// of the scope. Checksums of the files are verified at their first use by this process. Errors: kDataLoss
  /// naming the damaged or missing file.
  base::Result<std::unique_ptr<Connection>> connect(const base::Context& context, const Scope& scope = {});

  /// The same, but pinned only: without views until add_views() makes them.
  base::Result<std::unique_ptr<Connection>> connect_pinned(const base::Context& context);

  /// Begins to verify, on a thread of its own, the files that views of this member's events will read.
  void verify_ahead(const std::string& user_id);

  /// Makes, or makes anew, the views of a scope in the generation that the connection pins.
  base::Status add_views(Connection& connection, const Scope& scope, base::ThreadPool& pool);

  /// Moves the views of a scope, and what the connection's lease pins, to the newest generation.
  base::Status refresh_views(Connection& connection, const Scope& scope = {});

  /// Makes the views of a scope in `connection` list the rows alone that arrived after the generation that it pins and not
  /// after `until`, also where compaction has replaced their files since.
  base::Status add_views_of_arrived(Connection& connection, const Scope& scope, int64_t until,
                                    base::ThreadPool& pool);

  base::Result<EventTotals> event_totals(Connection& connection);

  /// A connection without views and without a lease, for files that the caller names.
  base::Result<std::unique_ptr<Connection>> connect_bare(const base::Context& context);

  /// Verifies checksums of stored files, each once a process. Errors: kDataLoss naming the file.
  base::Status verify_files(const std::vector<StoredFile>& files, base::ThreadPool& pool);

 private:
  struct State;
  explicit Workspace(std::unique_ptr<State> state);
  base::Status add_views_of(Connection& connection, int64_t generation, const Scope& scope,
                            base::ThreadPool& pool);
  std::unique_ptr<State> state_;
};

}  // namespace coterie::store
