// How a flipped bit in state.db is found: SQLite itself has no checksums of its pages.
//
// Two nets, one in the database and one beside it.
//   digest      Every write transaction raises the revision (SQLite's user_version, bytes 60 to 63 of the
//               file) and renews XXH3-64 digests of the tables it touched and one of everything, all kept
//               in the table meta. They hold at every moment, in the log or in the file.
//   state.sum   Written when the log was brought into the file: the revision, the size and the XXH3-64 of
//               the file's bytes, so that a flip in unused bytes is found as well; and the revision that was
//               acknowledged, so that a database that lost its last commits is found.
// A commit is acknowledged when state.sum holds its revision: the log alone is trusted with nothing, since
// SQLite takes a log as ended at its first damaged frame, without a word. A crash at any moment leaves
//   before the transaction      the old revision and its state.sum
//   before or in the checkpoint a log that is not empty: the file may be half new, and the digest decides
//   before state.sum is renewed an empty log and a revision that state.sum does not speak of: the digest
// and the next writer renews state.sum. Only seal_state() moves the log into the file, under the commit lock.
#pragma once

#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <optional>
#include <string_view>

#include "base/status.h"
#include "store/sqlite.h"

namespace coterie::store {

struct StateSum {
  int64_t acknowledged = 0;  ///< a database of an older revision has lost commits
  int64_t revision = -1;     ///< of the file that `checksum` is of; -1: no file
  uint64_t bytes = 0;
  uint64_t checksum = 0;
};

/// state.sum beside `state_path`; nothing when there is none. Errors: kDataLoss.
base::Result<std::optional<StateSum>> read_state_sum(const std::filesystem::path& state_path);

/// kSealed: the file's bytes are those that state.sum is of. kUnsealed: state.sum does not speak of this
/// revision, or the log is not empty; the digest decides.
enum class SealState { kSealed, kUnsealed };

/// Compares the file's bytes with `sum`. Safe while others write. Errors: kDataLoss.
base::Result<SealState> verify_state_file(const std::filesystem::path& state_path,
                                          const std::optional<StateSum>& sum);

/// Inside a write transaction, last: raises the revision and renews the digests of the tables `touched`, and
/// of those that have none yet.
base::Status renew_digests(SqliteDatabase& database, std::initializer_list<std::string_view> touched);

/// Inside a snapshot: compares all rows with their digests. Errors: kDataLoss.
base::Status verify_digests(SqliteDatabase& database);

base::Result<int64_t> state_revision(SqliteDatabase& database);

/// Brings the log into the file and writes state.sum. The caller holds the commit lock, or the database is
/// not visible to others yet. On an error everything is as safe as before a crash.
base::Status seal_state(SqliteDatabase& database, const std::filesystem::path& state_path);

}  // namespace coterie::store
