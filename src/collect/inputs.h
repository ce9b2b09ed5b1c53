// What a person names as the input of an import: files, folders, patterns, standard input.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "base/status.h"

namespace coterie::collect {

struct Input {
  std::filesystem::path path;  ///< "-" is standard input
  bool is_named = false;       ///< given directly, not found in a folder or by a pattern
};

/// Files in the order given; those of a folder (with all folders in it) or a pattern (* ? [a-c]) by name. Hidden
/// files and folders are passed over; a file that comes twice is read once. A file whose own name holds * is
/// taken for that file. Errors: kNotFound (no such file, a folder or pattern without any), kPermissionDenied.
base::Result<std::vector<Input>> find_inputs(std::span<const std::string> names);

}  // namespace coterie::collect
