#include "store/compact.h"

#include <algorithm>
#include <map>
#include <set>

#include "base/file.h"
#include "store/catalog.h"
#include "store/commit.h"
#include "store/compact_plan.h"
#include "store/duckdb.h"
#include "store/known_ids.h"
#include "store/lock_file.h"
#include "store/schema.h"

namespace coterie::store {

using base::Code;
using base::Result;
using base::Status;
namespace fs = std::filesystem;

namespace {

constexpr std::string_view kWhat = "compact";  // of its generations
constexpr uint64_t kBuckets = 65'536;
constexpr uint64_t kSortedGroupRows = 8'192;
constexpr uint64_t kMaxOverread = 4;  // times its rows that a file may be read, before it is sorted first
constexpr uint64_t kSpareBytes = uint64_t{64} << 20;

constexpr TableKind kMerged[] = {TableKind::kEvents,     TableKind::kItems,   TableKind::kUsers,
                                 TableKind::kTexts,      TableKind::kLinks,   TableKind::kFlags,
                                 TableKind::kQuarantine, TableKind::kEventIds};

std::string_view order_of(TableKind kind) {
  switch (kind) {
    case TableKind::kEvents: return "bucket, coalesce(user_id, anonymous_id), ts, event_id";
    case TableKind::kItems: return "item_id, attribute, valid_from, value, source";
    case TableKind::kUsers: return "user_id, trait, valid_from, value, source";
    case TableKind::kTexts: return "text_id";
    case TableKind::kLinks: return "user_id, other_user_id, relation, ts";
    case TableKind::kFlags: return "import_id, line, rule, event_id";
    default: return "import_id, line, quarantine_id";
  }
}

std::string read_parquet(const std::vector<fs::path>& paths) {
  std::string list;
  for (const fs::path& path : paths) list += (list.empty() ? "" : ", ") + sql_quoted(path.string());
  return fmt::format("read_parquet([{}], hive_partitioning = false)", list);
}

uint64_t total_rows(const std::vector<StoredFile>& files) {
  uint64_t rows = 0;
  for (const StoredFile& file : files) rows += file.rows;
  return rows;
}

// The small files, and the larger ones, set by set as compactions made them, that are worth joining to them.
std::vector<StoredFile> choose_automatically(std::vector<StoredFile> files, const CompactOptions& options) {
  std::vector<StoredFile> chosen;
  std::map<int64_t, std::vector<StoredFile>> sets;
  for (StoredFile& file : files) {
    const bool is_small = file.rows < options.rows_per_file / 2;
    (is_small ? chosen : sets[file.added]).push_back(std::move(file));
  }
  if (chosen.size() <= options.many_files) return {};
  std::vector<std::vector<StoredFile>> by_rows;
  by_rows.reserve(sets.size());
  for (auto& [added, set] : sets) by_rows.push_back(std::move(set));
  std::stable_sort(by_rows.begin(), by_rows.end(),
                   [](const auto& a, const auto& b) { return total_rows(a) < total_rows(b); });
  for (const auto& set : by_rows) {
    if (total_rows(set) >= 2 * total_rows(chosen)) break;
    chosen.insert(chosen.end(), set.begin(), set.end());
  }
  return chosen;
}

bool is_of_facts(TableKind kind) { return kind == TableKind::kItems || kind == TableKind::kUsers; }

// Made by one commit.
bool is_one_set(const std::vector<StoredFile>& files) {
  return std::all_of(files.begin(), files.end(),
                     [&](const StoredFile& file) { return file.added == files.front().added; });
}

// The files of a kind that are to become few; none when there is nothing to do.
Result<std::vector<StoredFile>> choose_inputs(Workspace& workspace, TableKind kind,
                                              const CompactOptions& options) {
  Catalog& catalog = workspace.catalog();
  COTERIE_ASSIGN(const int64_t generation, catalog.newest_generation());
  COTERIE_ASSIGN(auto files, catalog.files(kind, generation));
  if (kind == TableKind::kEvents) {
    if (options.is_automatic) {
      files = choose_automatically(std::move(files), options);
    } else if (files.size() == 1 && files.front().rows <= options.rows_per_file) {
      files.clear();
    } else if (!files.empty()) {
      COTERIE_ASSIGN(const std::string what, catalog.what(files.front().added));
      if (is_one_set(files) && what == kWhat) files.clear();
    }
  } else if (files.size() <=
                 (options.is_automatic || kind == TableKind::kEventIds ? options.many_files : 1) ||
             (is_of_facts(kind) && is_one_set(files))) {
    files.clear();  // the facts of one import are in order over its files
  }
  std::sort(files.begin(), files.end(),
            [](const StoredFile& a, const StoredFile& b) { return a.file_id < b.file_id; });
  return files;
}

// The compaction of one kind.
class Job {
 public:
  Job(Workspace& workspace, TableKind kind, std::vector<StoredFile> inputs, const CompactOptions& options,
      const base::Context& context)
      : workspace_(workspace),
        options_(options),
        context_(context),
        folder_(workspace.folder() / "tmp" / "compact"),
        inputs_(std::move(inputs)) {
    plan_.kind = kind;
    for (const StoredFile& file : inputs_) plan_.inputs.push_back(file.file_id);
  }

  Result<CompactedKind> run();

 private:
  Status begin();
  Status check_space();
  Status sort_batches();
  Status write_ranges();
  Status merge_ids();
  Result<CompactPlan::File> write(std::string_view select, const std::string& name, uint64_t group_rows);
  Result<RowSum> sum(const std::vector<fs::path>& paths);
  Result<std::vector<std::vector<fs::path>>> batches(std::vector<fs::path>* narrow);
  Status finish(CompactedKind* report);
  void advance(uint64_t rows) { context_.progress->advance(done_ += rows); }

  Workspace& workspace_;
  const CompactOptions& options_;
  base::Context context_;
  fs::path folder_;
  std::vector<StoredFile> inputs_;
  CompactPlan plan_;
  std::unique_ptr<Connection> connection_;
  std::vector<fs::path> sources_;  // what the ranges are read from
  uint64_t done_ = 0;
};

Result<RowSum> Job::sum(const std::vector<fs::path>& paths) {
  RowSum out;
  COTERIE_CHECK_OK(connection_->query(
      fmt::format("SELECT count(*), CAST(coalesce(sum(hash({})), 0) % 18446744073709551616::HUGEINT AS "
                  "UBIGINT) FROM {}",
                  column_list(plan_.kind), read_parquet(paths)),
      {},
      [&](const Rows& rows) -> Status {
        out = {static_cast<uint64_t>(rows.int64(0, 0)), static_cast<uint64_t>(rows.int64(1, 0))};
        return {};
      },
      context_.cancel));
  return out;
}

Result<CompactPlan::File> Job::write(std::string_view select, const std::string& name, uint64_t group_rows) {
  CompactPlan::File file;
  file.name = name;
  const fs::path path = folder_ / name;
  COTERIE_ASSIGN(const uint64_t rows,
                 connection_->execute(fmt::format("COPY ({}) TO {} {}", select, sql_quoted(path.string()),
                                                  parquet_options(group_rows)),
                                      {}, context_.cancel));
  if (rows == 0) return file;
  COTERIE_ASSIGN(const StagedFile staged, stage_table(*connection_, path, plan_.kind, rows));
  COTERIE_ASSIGN(file.content, sum({path}));
  file.span = staged.span;
  file.bytes = staged.bytes;
  file.checksum = staged.checksum;
  return file;
}

Status Job::check_space() {
  uint64_t bytes = kSpareBytes;
  for (const StoredFile& file : inputs_) bytes += file.bytes;
  std::error_code code;
  const auto space = fs::space(workspace_.folder(), code);
  if (!code && space.available < bytes)
    return base::failure(Code::kResourceExhausted,
                         "compaction needs about {} MB on the disk of {}, and {} MB are free; nothing was "
                         "changed",
                         bytes >> 20, workspace_.folder().string(), space.available >> 20);
  return {};
}

Status Job::begin() {
  if (plan_.kind == TableKind::kEvents)
    while (plan_.ranges < kBuckets && total_rows(inputs_) * 2 > plan_.ranges * 3 * options_.rows_per_file)
      plan_.ranges *= 2;
  COTERIE_ASSIGN_OR_STATUS(connection_, workspace_.connect(context_, {{plan_.kind}, {}}));
  std::error_code code;
  if (auto known = load_plan(folder_, plan_)) {
    plan_ = std::move(*known);
    context_.log->write(base::LogLevel::kInfo, "compact.continued",
                        {{"files", static_cast<int64_t>(plan_.outputs.size())}});
    return {};
  }
  fs::remove_all(folder_, code);
  COTERIE_RETURN_IF_ERROR(check_space());
  fs::create_directories(folder_, code);
  if (code) return base::system_error("cannot make folder", folder_, code.value());
  std::vector<fs::path> paths;
  for (const StoredFile& file : inputs_) paths.push_back(workspace_.folder() / file.name);
  if (plan_.kind == TableKind::kEventIds) return {};
  COTERIE_ASSIGN_OR_STATUS(plan_.input, sum(paths));
  if (plan_.input.rows != total_rows(inputs_))
    return base::failure(Code::kDataLoss, "{}: {} rows instead of {}; `coterie doctor` names the file",
                         folder_name(plan_.kind), plan_.input.rows, total_rows(inputs_));
  return save_plan(folder_, plan_);
}

// Inputs whose row groups reach over so many ranges that reading them range by range would cost too much, in
// batches to be sorted; `narrow` gets the others.
Result<std::vector<std::vector<fs::path>>> Job::batches(std::vector<fs::path>* narrow) {
  std::map<std::string, uint64_t> read_rows;
  std::vector<fs::path> paths;
  for (const StoredFile& file : inputs_) paths.push_back(workspace_.folder() / file.name);
  const auto width = static_cast<int64_t>(kBuckets / plan_.ranges);
  std::string list;
  for (const fs::path& path : paths) list += (list.empty() ? "" : ", ") + sql_quoted(path.string());
  COTERIE_CHECK_OK(connection_->query(
      fmt::format("SELECT file_name, row_group_num_rows, CAST(coalesce(stats_min_value, '0') AS BIGINT),"
                  " CAST(coalesce(stats_max_value, '65535') AS BIGINT) FROM parquet_metadata([{}])"
                  " WHERE path_in_schema = 'bucket'",
                  list),
      {}, [&](const Rows& rows) -> Status {
        for (size_t i = 0; i < rows.size(); ++i)
          read_rows[std::string(rows.text(0, i))] += static_cast<uint64_t>(
              rows.int64(1, i) * (rows.int64(3, i) / width - rows.int64(2, i) / width + 1));
        return {};
      }));
  std::vector<std::vector<fs::path>> out;
  uint64_t rows_in_batch = options_.rows_per_batch;
  for (size_t i = 0; i < inputs_.size(); ++i) {
    if (plan_.ranges == 1 || read_rows[paths[i].string()] <= kMaxOverread * inputs_[i].rows) {
      narrow->push_back(paths[i]);
      continue;
    }
    if (rows_in_batch + inputs_[i].rows > options_.rows_per_batch) {
      out.emplace_back();
      rows_in_batch = 0;
    }
    out.back().push_back(paths[i]);
    rows_in_batch += inputs_[i].rows;
  }
  return out;
}

Status Job::sort_batches() {
  COTERIE_ASSIGN_OR_STATUS(const auto to_sort, batches(&sources_));
  for (size_t i = 0; i < to_sort.size(); ++i) {
    if (i == plan_.sorted.size()) {
      COTERIE_ASSIGN_OR_STATUS(auto file,
                               write(fmt::format("SELECT {} FROM {} ORDER BY bucket", column_list(plan_.kind),
                                                 read_parquet(to_sort[i])),
                                     fmt::format("sorted-{}.parquet", i), kSortedGroupRows));
      plan_.sorted.push_back(std::move(file));
      COTERIE_RETURN_IF_ERROR(save_plan(folder_, plan_));
    }
    sources_.push_back(folder_ / plan_.sorted[i].name);
    advance(plan_.sorted[i].content.rows);
  }
  return {};
}

Status Job::write_ranges() {
  const uint64_t width = kBuckets / plan_.ranges;
  for (uint64_t range = 0; range < plan_.ranges; ++range) {
    if (range == plan_.outputs.size()) {
      COTERIE_RETURN_IF_ERROR(context_.check_cancelled());
      const std::string where = plan_.ranges == 1 ? ""
                                                  : fmt::format("WHERE bucket BETWEEN {} AND {}",
                                                                range * width, (range + 1) * width - 1);
      const bool is_events = plan_.kind == TableKind::kEvents;
      COTERIE_ASSIGN_OR_STATUS(
          auto file, write(fmt::format("SELECT {} FROM {} {} ORDER BY {}", column_list(plan_.kind),
                                       read_parquet(sources_), where, order_of(plan_.kind)),
                           fmt::format("range-{}.parquet", range), is_events ? kEventGroupRows : 122'880));
      plan_.outputs.push_back(std::move(file));
      COTERIE_RETURN_IF_ERROR(save_plan(folder_, plan_));
    }
    advance(plan_.outputs[range].content.rows);
  }
  return {};
}

// Files of id hashes are in no order: one after the other is one.
Status Job::merge_ids() {
  if (!plan_.outputs.empty()) return {};
  COTERIE_RETURN_IF_ERROR(workspace_.verify_files(inputs_, *context_.pool));
  COTERIE_ASSIGN_OR_STATUS(auto writer, IdFileWriter::create(folder_ / "merged.ids"));
  for (const StoredFile& file : inputs_) {
    COTERIE_RETURN_IF_ERROR(context_.check_cancelled());
    COTERIE_RETURN_IF_ERROR(for_each_id_hash(workspace_.folder() / file.name, [&](auto block) -> Status {
      plan_.input.rows += block.size();
      for (const uint64_t hash : block) plan_.input.sum += hash;
      return writer->append(block);
    }));
    advance(file.rows);
  }
  COTERIE_RETURN_IF_ERROR(writer->flush());
  CompactPlan::File merged;
  merged.name = "merged.ids";
  COTERIE_ASSIGN_OR_STATUS(const StagedFile staged, stage_file(writer->path(), plan_.kind, plan_.input.rows));
  merged.bytes = staged.bytes;
  merged.checksum = staged.checksum;
  COTERIE_RETURN_IF_ERROR(for_each_id_hash(staged.path, [&](auto block) -> Status {
    merged.content.rows += block.size();
    for (const uint64_t hash : block) merged.content.sum += hash;
    return {};
  }));
  plan_.outputs.push_back(std::move(merged));
  return {};
}

Status Job::finish(CompactedKind* report) {
  RowSum output;
  for (const auto& file : plan_.outputs) output += file.content;
  std::error_code code;
  if (output != plan_.input) {
    fs::remove_all(folder_, code);
    return base::failure(Code::kInternal,
                         "compaction of {} gave {} rows for {}, or other rows; nothing was changed; please "
                         "report it",
                         folder_name(plan_.kind), output.rows, plan_.input.rows);
  }
  // Its lease would keep the inputs on the disk.
  connection_.reset();
  COTERIE_ASSIGN_OR_STATUS(auto commit, Commit::begin(workspace_, std::string(kWhat)));
  for (const auto& file : plan_.outputs) {
    if (file.content.rows == 0) continue;
    COTERIE_RETURN_IF_ERROR(commit->add_file(StagedFile{folder_ / file.name, plan_.kind, file.content.rows,
                                                        file.bytes, file.checksum, file.span}));
    ++report->files_after;
    report->bytes_after += file.bytes;
  }
  for (const StoredFile& file : inputs_) commit->remove_file(file.file_id);
  auto generation = commit->finish(context_.clock->now());
  fs::remove_all(folder_, code);
  return generation ? Status() : generation.error();
}

Result<CompactedKind> Job::run() {
  CompactedKind report{plan_.kind, inputs_.size(), 0, total_rows(inputs_), 0, 0};
  for (const StoredFile& file : inputs_) report.bytes_before += file.bytes;
  context_.progress->begin(fmt::format("compact {}", folder_name(plan_.kind)), 0, "rows");
  Status status = begin();
  if (status.ok() && plan_.kind == TableKind::kEventIds) {
    status = merge_ids();
  } else if (status.ok()) {
    if (status = sort_batches(); status.ok()) status = write_ranges();
  }
  if (status.ok()) status = finish(&report);
  if (!status.ok()) {
    // What waits in tmp/compact must not keep a full disk full.
    std::error_code code;
    if (status.code() == Code::kResourceExhausted) fs::remove_all(folder_, code);
    return tl::unexpected(status);
  }
  context_.progress->end(
      fmt::format("{} rows, {} files to {}", report.rows, report.files_before, report.files_after));
  return report;
}

// Removes work that no compaction can go on with: it was committed, or its inputs are no more.
Status remove_stale_work(Workspace& workspace) {
  const fs::path tmp = workspace.folder() / "tmp";
  std::error_code code;
  if (!fs::exists(tmp / "compact", code)) return {};
  const auto lock = LockFile::acquire_at_once(tmp / "compact.lock");
  if (!lock) return lock.error().code() == Code::kUnavailable ? Status() : lock.error();
  if (const auto inputs = planned_inputs(tmp / "compact")) {
    std::set<int64_t> current;
    COTERIE_ASSIGN_OR_STATUS(const int64_t generation, workspace.catalog().newest_generation());
    for (const TableKind kind : kMerged) {
      COTERIE_ASSIGN_OR_STATUS(const auto files, workspace.catalog().files(kind, generation));
      for (const StoredFile& file : files) current.insert(file.file_id);
    }
    if (std::includes(current.begin(), current.end(), inputs->begin(), inputs->end())) return {};
  }
  fs::remove_all(tmp / "compact", code);
  return {};
}

}  // namespace

Result<bool> needs_compaction(Workspace& workspace, const CompactOptions& options) {
  for (const TableKind kind : kMerged) {
    COTERIE_ASSIGN(const auto inputs, choose_inputs(workspace, kind, options));
    if (!inputs.empty()) return true;
  }
  return false;
}

Result<std::vector<CompactedKind>> compact(Workspace& workspace, const CompactOptions& options,
                                           const base::Context& context) {
  if (options.is_automatic) {
    COTERIE_ASSIGN(const bool is_due, needs_compaction(workspace, options));
    if (!is_due) {
      COTERIE_CHECK_OK(remove_stale_work(workspace));
      return std::vector<CompactedKind>();
    }
  }
  COTERIE_ASSIGN([[maybe_unused]] const fs::path temp_folder, workspace.temp_folder());
  const fs::path lock_path = workspace.folder() / "tmp" / "compact.lock";
  COTERIE_ASSIGN(const LockFile lock, LockFile::acquire_at_once(lock_path));
  std::vector<CompactedKind> out;
  for (const TableKind kind : kMerged) {
    COTERIE_ASSIGN(auto inputs, choose_inputs(workspace, kind, options));
    if (inputs.empty()) continue;
    COTERIE_CHECK_OK(context.check_cancelled());
    COTERIE_ASSIGN(const CompactedKind report,
                   Job(workspace, kind, std::move(inputs), options, context).run());
    out.push_back(report);
  }
  // A compaction that was killed after its commit left its inputs; the beginning of a commit removes them.
  if (out.empty() && !options.is_automatic)
    if (const auto sweep = Commit::begin(workspace, std::string(kWhat)); !sweep)
      return tl::unexpected(sweep.error());
  // What lies there now belongs to a compaction that was committed, or whose inputs are no more.
  std::error_code code;
  fs::remove_all(workspace.folder() / "tmp" / "compact", code);
  return out;
}

}  // namespace coterie::store
