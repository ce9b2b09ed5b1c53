#include "store/workspace.h"

#include <algorithm>
#include <future>
#include <optional>
#include <set>

#include "base/file.h"
#include "base/hash.h"
#include "store/catalog.h"
#include "store/duckdb.h"
#include "store/ingest.h"
#include "store/lease.h"
#include "store/lock_file.h"
#include "store/migrate.h"
#include "store/schema.h"
#include "store/settings.h"
#include "store/temp_folder.h"

namespace coterie::store {

using base::Code;
using base::Result;
using base::Status;
namespace fs = std::filesystem;

namespace {

constexpr std::string_view kSettingsName = "coterie.toml";
constexpr std::string_view kStateName = "state.db";
constexpr std::string_view kTempName = "tmp";
constexpr std::string_view kModelsName = "models";
constexpr std::string_view kLeasesName = "leases";
constexpr std::string_view kSumName = "state.sum";
constexpr std::string_view kCompactName = "compact";  // an unfinished compaction waits there (compact.h)
constexpr size_t kMigrationThreads = 2;

// Everything that create() makes before state.db: a folder with nothing else in it is an interrupted
// create().
bool made_by_create(const std::string& name) {
  if (name == kSettingsName || name == fmt::format("{}.tmp", kSettingsName) || name == kTempName ||
      name == kModelsName || name == kLeasesName || name.starts_with(kSumName) ||
      name.starts_with(kStateName))
    return true;
  return std::any_of(all_kinds().begin(), all_kinds().end(),
                     [&](TableKind kind) { return name == folder_name(kind); });
}

Status make_folder(const fs::path& path) {
  std::error_code code;
  fs::create_directories(path, code);
  if (code) return base::system_error("cannot make folder", path, code.value());
  return {};
}

// Verifies the checksum of a stored file.
Status verify(const fs::path& folder, const StoredFile& file) {
  const fs::path path = folder / file.name;
  auto checksum = base::checksum_file(path);
  if (!checksum && checksum.error().code() == Code::kNotFound)
    return base::failure(Code::kDataLoss, "{} is missing; restore it from a backup", path.string());
  if (!checksum) return checksum.error();
  if (*checksum != file.checksum)
    return base::failure(Code::kDataLoss,
                         "{} is damaged (checksum {} instead of {}); restore it from a backup", path.string(),
                         base::checksum_string(*checksum), base::checksum_string(file.checksum));
  return {};
}

// What a crash left in the log alone goes into the file, and state.sum is renewed; when another process is
// committing, it does that.
Status renew_seal(const fs::path& folder, Catalog& catalog) {
  const fs::path path = folder / kTempName / "commit.lock";
  auto lock = LockFile::try_acquire(path);
  if (!lock && lock.error().code() == Code::kNotFound) {
    COTERIE_RETURN_IF_ERROR(make_folder(folder / kTempName));
    lock = LockFile::acquire(path);
  }
  if (!lock) return lock.error().code() == Code::kUnavailable ? Status() : lock.error();
  return catalog.seal();
}

bool has_user_id(TableKind kind) {
  const auto columns = schema(kind);
  return std::any_of(columns.begin(), columns.end(),
                     [](const auto& column) { return column.name == "user_id"; });
}

// Of events, those that may hold the user's.
void keep_files_of(const std::string& user_id, std::vector<StoredFile>& files) {
  std::erase_if(files, [bucket = bucket(user_id)](const StoredFile& file) {
    return file.span && (bucket < file.span->first_bucket || bucket > file.span->last_bucket);
  });
}

// "SELECT columns FROM read_parquet([...])", or a typed empty table when there are no files.
std::string view_sql(const fs::path& folder, TableKind kind, const std::vector<StoredFile>& files,
                     const Scope& scope) {
  std::string body;
  if (files.empty()) {
    for (const ColumnSchema& column : schema(kind))
      body += fmt::format("{}CAST(NULL AS {}) AS \"{}\"", body.empty() ? "SELECT " : ", ", column.sql_type,
                          column.name);
    body += " WHERE false";
  } else {
    std::string list;
    for (const StoredFile& file : files)
      list += (list.empty() ? "" : ", ") + sql_quoted((folder / file.name).string());
    body =
        fmt::format("SELECT {} FROM read_parquet([{}], hive_partitioning = false)", column_list(kind), list);
    if (scope.user_id && has_user_id(kind)) {
      body += fmt::format(" WHERE user_id = {}", sql_quoted(*scope.user_id));
      if (kind == TableKind::kEvents) body += fmt::format(" AND bucket = {}", bucket(*scope.user_id));
    }
  }
  return fmt::format("CREATE OR REPLACE VIEW {} AS {}", folder_name(kind), body);
}

}  // namespace

struct Workspace::State {
  fs::path folder;
  Settings settings;
  std::optional<base::Calendar> calendar;
  std::unique_ptr<Catalog> catalog;
  std::set<int64_t> verified_file_ids;
  std::future<std::vector<int64_t>> verified_ahead;  // ids of files
  std::unique_ptr<TempFolder> temp_folder;
  std::unique_ptr<StartingEngine> engine;  // for the first connection
};

Workspace::Workspace(std::unique_ptr<State> state) : state_(std::move(state)) {}

Workspace::~Workspace() = default;

bool Workspace::exists(const fs::path& folder) {
  std::error_code code;
  return fs::exists(folder / kStateName, code);
}

Result<std::unique_ptr<Workspace>> Workspace::create(const fs::path& folder, const Settings& settings) {
  COTERIE_CHECK_OK(validate_settings(settings));
  COTERIE_CHECK_OK(make_folder(folder));
  std::error_code code;
  if (exists(folder)) return base::error(Code::kAlreadyExists, "{} is a workspace already", folder.string());
  for (const auto& entry : fs::directory_iterator(folder, code))
    if (!made_by_create(entry.path().filename().string()))
      return base::error(Code::kFailedPrecondition,
                         "{} is no workspace and not empty; name a new folder for the shop", folder.string());
  if (code) return tl::unexpected(base::system_error("cannot read folder", folder, code.value()));
  // The catalog is made under another name and renamed last: it exists only when everything else does.
  const fs::path state = folder / kStateName;
  const fs::path aside = folder / fmt::format("{}.new", kStateName);
  for (const TableKind kind : all_kinds()) COTERIE_CHECK_OK(make_folder(folder / folder_name(kind)));
  COTERIE_CHECK_OK(make_folder(folder / kModelsName));
  COTERIE_CHECK_OK(make_folder(folder / kTempName));
  COTERIE_CHECK_OK(save_settings(settings, folder / kSettingsName));
  COTERIE_CHECK_OK(make_folder(folder / kLeasesName));
  for (const char* suffix : {"", "-wal", "-shm"}) fs::remove(fs::path(aside) += suffix, code);
  if (auto made = Catalog::create(aside); !made) return tl::unexpected(made.error());
  for (const char* suffix : {"-wal", "-shm"}) fs::remove(fs::path(aside) += suffix, code);
  COTERIE_CHECK_OK(base::rename_durably(aside, state));
  return open(folder, Access::kWrite);
}

Result<std::unique_ptr<Workspace>> Workspace::open(const fs::path& folder, Access access) {
  std::error_code code;
  if (!fs::exists(folder, code)) return base::error(Code::kNotFound, "{}: no such folder", folder.string());
  if (!exists(folder))
    return base::error(
        Code::kFailedPrecondition,
        "{} is no workspace (it has no state.db); `coterie import` or `coterie generate` makes one",
        folder.string());
  auto state = std::make_unique<State>();
  if (access == Access::kLookUp) state->engine = std::make_unique<StartingEngine>();
  state->folder = fs::absolute(folder, code).lexically_normal();
  if (state->folder.filename().empty()) state->folder = state->folder.parent_path();
  COTERIE_ASSIGN(state->settings, load_settings(folder / kSettingsName));
  COTERIE_ASSIGN(state->calendar, base::Calendar::create(state->settings.timezone));
  COTERIE_ASSIGN(state->catalog, Catalog::open(folder / kStateName, access != Access::kWrite));
  if (state->catalog->format_version() < kFormatVersion) {
    COTERIE_ASSIGN(state->catalog, Catalog::open(folder / kStateName, false));
    auto workspace = std::unique_ptr<Workspace>(new Workspace(std::move(state)));
    base::OwnedContext context(kMigrationThreads);
    if (Status status = migrate(*workspace, context.get()); !status.ok())
      return tl::unexpected(status.with_context(
          fmt::format("{} was made by an older Coterie and could not be brought up to date; nothing in it "
                      "has changed",
                      folder.string())));
    workspace.reset();
    return open(folder, access);
  }
  if (access == Access::kWrite && !state->catalog->was_sealed())
    COTERIE_CHECK_OK(renew_seal(state->folder, *state->catalog));
  return std::unique_ptr<Workspace>(new Workspace(std::move(state)));
}

const fs::path& Workspace::folder() const { return state_->folder; }
const Settings& Workspace::settings() const { return state_->settings; }
const base::Calendar& Workspace::calendar() const { return *state_->calendar; }
Catalog& Workspace::catalog() { return *state_->catalog; }

Result<fs::path> Workspace::temp_folder() {
  if (state_->temp_folder == nullptr) {
    const fs::path tmp = state_->folder / kTempName;
    COTERIE_CHECK_OK(make_folder(tmp));
    COTERIE_ASSIGN(state_->temp_folder, TempFolder::make(tmp));
  }
  return state_->temp_folder->path();
}

Result<std::unique_ptr<Connection>> Workspace::connect_bare(const base::Context& context) {
  ConnectionOptions options;
  for (const TableKind kind : all_table_kinds())
    options.allowed_folders.push_back(state_->folder / folder_name(kind));
  COTERIE_ASSIGN(options.temp_folder, temp_folder());
  options.allowed_folders.push_back(options.temp_folder);
  options.allowed_folders.push_back(state_->folder / kTempName / kCompactName);
  // Half of the budget: the rest is for what C++ holds at the same time.
  options.memory_bytes = context.budget->limit_bytes() / 2;
  options.threads = context.pool->threads();
  return Connection::open(options, std::move(state_->engine));
}

Result<std::unique_ptr<Connection>> Workspace::connect_pinned(const base::Context& context) {
  COTERIE_ASSIGN(auto lease, Lease::take(state_->folder / kLeasesName));
  COTERIE_ASSIGN(auto connection, connect_bare(context));
  COTERIE_ASSIGN(const int64_t generation, state_->catalog->newest_generation());
  COTERIE_CHECK_OK(lease->pin(generation));
  connection->hold(std::move(lease));
  return connection;
}

Result<std::unique_ptr<Connection>> Workspace::connect(const base::Context& context, const Scope& scope) {
  if (scope.user_id && context.pool->threads() > 1) verify_ahead(*scope.user_id);
  COTERIE_ASSIGN(auto connection, connect_pinned(context));
  COTERIE_CHECK_OK(add_views(*connection, scope, *context.pool));
  return connection;
}

Status Workspace::add_views(Connection& connection, const Scope& scope, base::ThreadPool& pool) {
  return add_views_of(connection, connection.lease()->generation(), scope, pool);
}

namespace {

bool is_in(const Scope& scope, TableKind kind) {
  return scope.tables.empty() ||
         std::find(scope.tables.begin(), scope.tables.end(), kind) != scope.tables.end();
}

}  // namespace

Status Workspace::add_views_of_arrived(Connection& connection, const Scope& scope, int64_t until,
                                       base::ThreadPool& pool) {
  for (const TableKind kind : all_table_kinds()) {
    if (!is_in(scope, kind)) continue;
    COTERIE_ASSIGN_OR_STATUS(const auto files,
                             state_->catalog->arrived_files(kind, connection.lease()->generation(), until));
    COTERIE_RETURN_IF_ERROR(verify_files(files, pool));
    auto done = connection.execute(view_sql(state_->folder, kind, files, scope));
    if (!done) return done.error();
  }
  return {};
}

Status Workspace::add_views_of(Connection& connection, int64_t generation, const Scope& scope,
                               base::ThreadPool& pool) {
  for (const TableKind kind : all_table_kinds()) {
    if (!is_in(scope, kind)) continue;
    COTERIE_ASSIGN_OR_STATUS(auto files, state_->catalog->files(kind, generation));
    if (scope.user_id && kind == TableKind::kEvents) keep_files_of(*scope.user_id, files);
    COTERIE_RETURN_IF_ERROR(verify_files(files, pool));
    auto done = connection.execute(view_sql(state_->folder, kind, files, scope));
    if (!done) return done.error();
  }
  return {};
}

Status Workspace::refresh_views(Connection& connection, const Scope& scope) {
  base::ThreadPool alone(1);
  // What the lease pins until now holds the newest generation, too; it moves on when the views are there.
  COTERIE_ASSIGN_OR_STATUS(const int64_t generation, state_->catalog->newest_generation());
  COTERIE_RETURN_IF_ERROR(add_views_of(connection, generation, scope, alone));
  return connection.lease()->pin(generation);
}

Result<EventTotals> Workspace::event_totals(Connection& connection) {
  COTERIE_ASSIGN(const auto files,
                 state_->catalog->files(TableKind::kEvents, connection.lease()->generation()));
  EventTotals out;
  for (const StoredFile& file : files) {
    if (!file.span)
      return base::error(Code::kDataLoss,
                         "state.db does not say when the events of {} are; restore it from a backup",
                         file.name);
    out.first = out.events == 0 ? file.span->first_ts : std::min(out.first, file.span->first_ts);
    out.last = out.events == 0 ? file.span->last_ts : std::max(out.last, file.span->last_ts);
    out.events += file.rows;
  }
  return out;
}

// What is not found right is left to verify_files(), which says why.
void Workspace::verify_ahead(const std::string& user_id) {
  const auto generation = state_->catalog->newest_generation();
  auto files = generation ? state_->catalog->files(TableKind::kEvents, *generation)
                          : Result<std::vector<StoredFile>>(std::vector<StoredFile>());
  if (!files) return;
  keep_files_of(user_id, *files);
  state_->verified_ahead =
      std::async(std::launch::async, [folder = state_->folder, files = std::move(*files)] {
        std::vector<int64_t> right;
        for (const StoredFile& file : files)
          if (verify(folder, file).ok()) right.push_back(file.file_id);
        return right;
      });
}

Status Workspace::verify_files(const std::vector<StoredFile>& files, base::ThreadPool& pool) {
  if (state_->verified_ahead.valid())
    for (const int64_t file_id : state_->verified_ahead.get()) state_->verified_file_ids.insert(file_id);
  std::vector<const StoredFile*> fresh;
  for (const StoredFile& file : files)
    if (!state_->verified_file_ids.contains(file.file_id)) fresh.push_back(&file);
  std::vector<Status> statuses(fresh.size());
  pool.for_chunks(fresh.size(), 1,
                  [&](size_t i, size_t, size_t) { statuses[i] = verify(state_->folder, *fresh[i]); });
  for (size_t i = 0; i < fresh.size(); ++i) {
    if (!statuses[i].ok()) return statuses[i];
    state_->verified_file_ids.insert(fresh[i]->file_id);
  }
  return {};
}

}  // namespace coterie::store
