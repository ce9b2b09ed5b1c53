#include "store/inspect.h"

#include <algorithm>
#include <set>

#include "base/file.h"
#include "base/hash.h"
#include "store/catalog.h"
#include "store/inspect_rows.h"
#include "store/known_ids.h"
#include "store/lease.h"
#include "store/lock_file.h"
#include "store/schema.h"
#include "store/settings.h"
#include "store/state_sum.h"
#include "store/temp_folder.h"

namespace coterie::store {

using base::Code;
using base::Result;
using base::Status;
namespace fs = std::filesystem;

namespace {

constexpr std::string_view kRestore = "restore it from a backup";
constexpr std::string_view kNextCommit = "nothing: the next import or run removes it";

void inspect_settings(const fs::path& folder, Catalog* catalog, Inspection* out) {
  const auto settings = load_settings(folder / "coterie.toml");
  if (!settings) {
    out->error("settings", "coterie.toml", settings.error().message(), "mend coterie.toml");
    return;
  }
  if (catalog == nullptr) return;
  for (const auto& [key, now] :
       {std::pair("timezone", settings->timezone), std::pair("currency", settings->currency)}) {
    const auto before = catalog->meta(key);
    if (before && *before && **before != now)
      out->warning("settings", "coterie.toml",
                   fmt::format("{} is {} and was {} at the last commit", key, now, **before),
                   "change it back, or import everything again into a new shop");
  }
}

// state.db and state.sum; the catalog, when it can be read at all.
std::unique_ptr<Catalog> inspect_state(const fs::path& folder, Inspection* out) {
  const fs::path path = folder / "state.db";
  const auto sum = read_state_sum(path);
  if (!sum) out->error("state", "state.sum", "it is damaged", "when state.db is sound, delete state.sum");
  const auto sealed = verify_state_file(path, sum ? *sum : std::nullopt);
  if (!sealed)
    out->error("state", "state.db", "its bytes are not those that state.sum is of", std::string(kRestore));
  auto catalog = Catalog::open_to_inspect(path);
  if (!catalog) {
    out->error("state", "state.db", catalog.error().message(), std::string(kRestore));
    return nullptr;
  }
  if ((*catalog)->format_version() < kFormatVersion)
    out->warning("state", "state.db", "it is of an older format", "any other command brings it up to date");
  if ((*catalog)->format_version() < kFirstFormatWithDigests) return std::move(*catalog);
  const auto errors = (*catalog)->integrity_errors();
  if (!errors) out->error("state", "state.db", errors.error().message(), std::string(kRestore));
  if (errors && !errors->empty())
    out->error("state", "state.db", fmt::format("SQLite says: {}", errors->front()), std::string(kRestore));
  if (const Status digests = (*catalog)->verify(); !digests.ok())
    out->error("state", "state.db", digests.message(), std::string(kRestore));
  if (sum && !*sum) {
    out->error("state", "state.sum", "it is missing; damage in unused bytes of state.db cannot be found",
               "the next import or run writes it anew");
  } else if (sum && (*catalog)->revision().value_or(0) < (*sum)->acknowledged) {
    out->error("state", "state.db", "it has lost its last changes", std::string(kRestore));
  } else if (sealed && *sealed == SealState::kUnsealed) {
    out->warning("state", "state.sum", "a process ended before it could renew it, or commits just now",
                 "nothing: the next import or run renews it");
  }
  return std::move(*catalog);
}

// Existence, size and checksum; true when the file may be read.
bool inspect_file(const fs::path& folder, const StoredFile& file, Inspection* out) {
  std::error_code code;
  const fs::path path = folder / file.name;
  ++out->files;
  if (!fs::exists(path, code)) {
    out->error("files", file.name, "it is missing", std::string(kRestore));
    return false;
  }
  const uint64_t bytes = fs::file_size(path, code);
  out->bytes += bytes;
  if (bytes != file.bytes) {
    out->error("files", file.name, fmt::format("it has {} bytes instead of {}", bytes, file.bytes),
               std::string(kRestore));
    return false;
  }
  const auto checksum = base::checksum_file(path);
  if (checksum && *checksum == file.checksum) return true;
  out->error("files", file.name,
             checksum ? fmt::format("its checksum is {} instead of {}", base::checksum_string(*checksum),
                                    base::checksum_string(file.checksum))
                      : checksum.error().message(),
             std::string(kRestore));
  return false;
}

// What lies in the folder without being listed or in use. `listed` is of all generations.
void inspect_orphans(const fs::path& folder, const std::set<std::string>& listed, Inspection* out) {
  std::error_code code;
  for (const TableKind kind : all_kinds())
    for (const auto& entry : fs::directory_iterator(folder / folder_name(kind), code)) {
      const std::string name = fmt::format("{}/{}", folder_name(kind), entry.path().filename().string());
      if (!listed.contains(name))
        out->warning("orphans", name,
                     "no generation lists it: a process ended before its commit, or commits "
                     "just now",
                     std::string(kNextCommit));
    }
  if (fs::exists(folder / "tmp" / "compact", code) && LockFile::try_acquire(folder / "tmp" / "compact.lock"))
    out->warning("orphans", "tmp/compact", "a compaction was interrupted", "`coterie compact` finishes it");
  for (const fs::path& dead : dead_temp_folders(folder / "tmp"))
    out->warning("orphans", fmt::format("tmp/{}", dead.filename().string()), "left by a process that ended",
                 std::string(kNextCommit));
  for (const fs::path& dead : take_census(folder / "leases", false).dead)
    out->warning("orphans", fmt::format("leases/{}", dead.filename().string()), "left by a reader that ended",
                 std::string(kNextCommit));
}

Status inspect_tables(const fs::path& folder, Catalog& catalog, Inspection* out,
                      const base::Context& context) {
  // Pins what is listed below. Without it, in a folder where nothing may be written, nobody commits either.
  const auto lease = Lease::take(folder / "leases");
  const auto generation = catalog.newest_generation();
  const auto listed = catalog.listed_names();
  if (!generation || !listed) {
    out->error("state", "state.db", (generation ? listed.error() : generation.error()).message(),
               std::string(kRestore));
    return {};
  }
  SoundFiles sound;
  for (const TableKind kind : all_kinds()) {
    const auto files = catalog.files(kind, *generation);
    if (!files) {
      out->error("state", "state.db", files.error().message(), std::string(kRestore));
      continue;
    }
    sound.complete[kind] = true;
    for (const StoredFile& file : *files) {
      COTERIE_RETURN_IF_ERROR(context.check_cancelled());
      if (inspect_file(folder, file, out))
        sound.files[kind].push_back(file);
      else
        sound.complete[kind] = false;
      context.progress->advance(out->bytes);
    }
  }
  inspect_orphans(folder, *listed, out);
  return inspect_rows(folder, catalog, sound, out, context);
}

}  // namespace

bool Inspection::is_sound() const {
  return std::none_of(findings.begin(), findings.end(),
                      [](const Finding& finding) { return finding.severity == Finding::Severity::kError; });
}

void Inspection::error(std::string check, std::string where, std::string what, std::string advice) {
  findings.push_back(
      {Finding::Severity::kError, std::move(check), std::move(where), std::move(what), std::move(advice)});
}

void Inspection::warning(std::string check, std::string where, std::string what, std::string advice) {
  findings.push_back(
      {Finding::Severity::kWarning, std::move(check), std::move(where), std::move(what), std::move(advice)});
}

Result<Inspection> inspect(const fs::path& folder, const base::Context& context) {
  std::error_code code;
  if (!fs::exists(folder, code)) return base::error(Code::kNotFound, "{}: no such folder", folder.string());
  if (!Workspace::exists(folder) && !fs::exists(folder / "coterie.toml", code))
    return base::error(Code::kFailedPrecondition, "{} is no workspace (it has no state.db)", folder.string());
  Inspection out;
  const fs::path absolute = fs::absolute(folder, code).lexically_normal();
  context.progress->begin("inspect", 0, "bytes");
  std::unique_ptr<Catalog> catalog;
  if (Workspace::exists(folder))
    catalog = inspect_state(absolute, &out);
  else
    out.error("state", "state.db", "it is missing", std::string(kRestore));
  inspect_settings(absolute, catalog.get(), &out);
  if (catalog != nullptr) COTERIE_CHECK_OK(inspect_tables(absolute, *catalog, &out, context));
  context.progress->end(fmt::format("{} files, {} findings", out.files, out.findings.size()));
  return out;
}

}  // namespace coterie::store
