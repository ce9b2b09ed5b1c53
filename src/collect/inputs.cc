#include "collect/inputs.h"

#include <glob.h>

#include <algorithm>
#include <memory>
#include <set>

namespace coterie::collect {

namespace {

using base::Code;
using base::Status;
namespace fs = std::filesystem;

bool is_hidden(const fs::path& path) { return path.filename().string().starts_with('.'); }

Status add_folder(const fs::path& folder, std::vector<fs::path>* out) {
  std::error_code error;
  fs::recursive_directory_iterator it(folder, error);
  for (; !error && it != fs::recursive_directory_iterator(); it.increment(error)) {
    if (is_hidden(it->path())) {
      it.disable_recursion_pending();
    } else if (it->is_regular_file(error)) {
      out->push_back(it->path());
    }
  }
  if (!error) return {};
  return base::failure(error == std::errc::permission_denied ? Code::kPermissionDenied : Code::kUnavailable,
                       "{}: {}", folder.string(), error.message());
}

std::vector<fs::path> glob_paths(const std::string& pattern) {
  glob_t found{};
  const std::unique_ptr<glob_t, void (*)(glob_t*)> guard(&found, globfree);
  std::vector<fs::path> out;
  if (glob(pattern.c_str(), 0, nullptr, &found) != 0) return out;
  for (size_t i = 0; i < found.gl_pathc; ++i) out.emplace_back(found.gl_pathv[i]);
  return out;
}

Status add_name(const std::string& name, std::vector<Input>* out) {
  std::error_code error;
  const fs::path path(name);
  if (name == "-" || (fs::exists(path, error) && !fs::is_directory(path, error))) {
    out->push_back({path, true});
    return {};
  }
  std::vector<fs::path> found;
  if (fs::is_directory(path, error)) {
    COTERIE_RETURN_IF_ERROR(add_folder(path, &found));
    if (found.empty()) return base::failure(Code::kNotFound, "{}: the folder holds no files", name);
  } else if (name.find_first_of("*?[") != std::string::npos) {
    for (const fs::path& one : glob_paths(name)) {
      if (fs::is_directory(one, error)) {
        COTERIE_RETURN_IF_ERROR(add_folder(one, &found));
      } else {
        found.push_back(one);
      }
    }
    if (found.empty()) return base::failure(Code::kNotFound, "{}: no file has such a name", name);
  } else {
    return base::failure(Code::kNotFound, "{}: no such file", name);
  }
  std::sort(found.begin(), found.end());
  for (fs::path& one : found) out->push_back({std::move(one), false});
  return {};
}

}  // namespace

base::Result<std::vector<Input>> find_inputs(std::span<const std::string> names) {
  std::vector<Input> all;
  for (const std::string& name : names) COTERIE_CHECK_OK(add_name(name, &all));
  std::vector<Input> out;
  std::set<fs::path> seen;
  for (Input& input : all) {
    std::error_code error;
    const fs::path whole = input.path == "-" ? input.path : fs::weakly_canonical(input.path, error);
    if (seen.insert(whole).second) out.push_back(std::move(input));
  }
  return out;
}

}  // namespace coterie::collect
