// Model files in the safetensors layout: an 8-byte little-endian length, a JSON header of that length, raw
// f64.
//
//   {"__metadata__": {"format": "coterie-model-1", "algorithm": "...", "options": "<JSON>", "names":
//   "<JSON>"},
//    "centers": {"dtype": "F64", "shape": [3, 4], "data_offsets": [0, 96]}, ...}
//
// Offsets count from the end of the header; tensors lie one after another without gaps, as the format
// demands. Everything a file claims is checked against its true size before anything is allocated. Source:
// github.com/huggingface/safetensors, the format section of its README.
#include <algorithm>
#include <bit>
#include <cstring>
#include <optional>

#include "base/file.h"
#include "base/hash.h"
#include "learn/model.h"

namespace coterie::learn {

using base::Code;
using base::error;
using nlohmann::json;

static_assert(std::endian::native == std::endian::little, "tensors are written as they lie in memory");

namespace {

constexpr std::string_view kFormat = "coterie-model-1";
constexpr size_t kLengthBytes = 8;
constexpr uint64_t kMaxHeaderBytes = uint64_t{1} << 30;

// The product of `shape`, or nothing when it exceeds `limit`.
std::optional<size_t> element_count(const std::vector<size_t>& shape, size_t limit) {
  size_t count = 1;
  for (const size_t extent : shape) {
    if (extent != 0 && count > limit / extent) return std::nullopt;
    count *= extent;
  }
  return count;
}

base::Result<json> header_of(const ModelState& state) {
  json header;
  header["__metadata__"] = {{"format", kFormat},
                            {"algorithm", state.algorithm},
                            {"options", state.options.dump()},
                            {"names", json(state.names).dump()}};
  size_t offset = 0;
  for (const Tensor& tensor : state.tensors) {
    const size_t count = tensor.values.size();
    if (tensor.name.empty() || header.contains(tensor.name) || element_count(tensor.shape, count) != count) {
      return error(Code::kInternal, "{}: tensor '{}' has no name of its own or a shape that is not its size",
                   state.algorithm, tensor.name);
    }
    const size_t end = offset + count * sizeof(double);
    header[tensor.name] = {{"dtype", "F64"}, {"shape", tensor.shape}, {"data_offsets", {offset, end}}};
    offset = end;
  }
  return header;
}

base::Result<std::string> header_text(const ModelState& state) {
  try {
    COTERIE_ASSIGN(const json header, header_of(state));
    std::string text = header.dump();
    text.resize((text.size() + 7) / 8 * 8, ' ');  // tensors begin on a multiple of eight
    return text;
  } catch (const json::exception&) {
    return error(Code::kInvalidArgument, "{}: a name or an option is not valid UTF-8 text", state.algorithm);
  }
}

tl::unexpected<base::Status> damaged_file(std::string_view why) {
  return error(Code::kDataLoss,
               "not a model file of this program or damaged_file: {}; train it again or restore it", why);
}

// A tensor as the header describes it.
struct Entry {
  std::string name;
  std::vector<size_t> shape;
  size_t begin;
  size_t end;
};

std::optional<std::vector<size_t>> read_sizes(const json& value) {
  if (!value.is_array()) return std::nullopt;
  std::vector<size_t> sizes;
  for (const json& element : value) {
    if (!element.is_number_unsigned()) return std::nullopt;
    sizes.push_back(element.get<size_t>());
  }
  return sizes;
}

std::optional<Entry> read_entry(const std::string& name, const json& value, size_t data_bytes) {
  if (!value.is_object() || value.value("dtype", json()) != "F64") return std::nullopt;
  auto shape = read_sizes(value.value("shape", json()));
  const auto offsets = read_sizes(value.value("data_offsets", json()));
  if (!shape || !offsets || offsets->size() != 2) return std::nullopt;
  const size_t begin = (*offsets)[0];
  const size_t end = (*offsets)[1];
  if (begin > end || end > data_bytes || (end - begin) % sizeof(double) != 0) return std::nullopt;
  const size_t count = (end - begin) / sizeof(double);
  if (element_count(*shape, count) != count) return std::nullopt;
  return Entry{name, std::move(*shape), begin, end};
}

base::Result<std::vector<Tensor>> read_tensors(const json& header, std::string_view data) {
  std::vector<Entry> entries;
  for (const auto& [name, value] : header.items()) {
    if (name == "__metadata__") continue;
    auto entry = read_entry(name, value, data.size());
    if (!entry) return damaged_file("tensor '" + name + "' has a wrong type, shape or place");
    entries.push_back(std::move(*entry));
  }
  std::stable_sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
    return std::pair(a.begin, a.end) < std::pair(b.begin, b.end);
  });
  std::vector<Tensor> tensors;
  size_t offset = 0;
  for (Entry& entry : entries) {
    if (entry.begin != offset) return damaged_file("tensors overlap or leave a gap");
    offset = entry.end;
    Tensor tensor{std::move(entry.name), std::move(entry.shape), {}};
    tensor.values.resize((entry.end - entry.begin) / sizeof(double));
    if (!tensor.values.empty()) {
      std::memcpy(tensor.values.data(), data.data() + entry.begin, entry.end - entry.begin);
    }
    tensors.push_back(std::move(tensor));
  }
  if (offset != data.size()) return damaged_file("bytes are left over after the last tensor");
  return tensors;
}

std::optional<std::map<std::string, std::vector<std::string>>> read_names(const json& value) {
  if (!value.is_object()) return std::nullopt;
  std::map<std::string, std::vector<std::string>> names;
  for (const auto& [kind, list] : value.items()) {
    if (!list.is_array()) return std::nullopt;
    std::vector<std::string>& out = names[kind];
    for (const json& name : list) {
      if (!name.is_string()) return std::nullopt;
      out.push_back(name.get<std::string>());
    }
  }
  return names;
}

base::Result<ModelState> read_metadata(const json& header) {
  const json metadata = header.value("__metadata__", json());
  for (const char* key : {"format", "algorithm", "options", "names"}) {
    if (!metadata.is_object() || !metadata.contains(key) || !metadata[key].is_string()) {
      return damaged_file(std::string("its metadata lacks '") + key + "'");
    }
  }
  if (metadata["format"] != kFormat) return damaged_file("its format is unknown");
  ModelState state;
  state.algorithm = metadata["algorithm"].get<std::string>();
  state.options = json::parse(metadata["options"].get_ref<const std::string&>(), nullptr, false);
  auto names = read_names(json::parse(metadata["names"].get_ref<const std::string&>(), nullptr, false));
  if (state.options.is_discarded() || !names)
    return damaged_file("its options or names are not what they should be");
  state.names = std::move(*names);
  return state;
}

base::Result<ModelState> parse_state(std::string_view bytes) {
  uint64_t length = 0;
  if (bytes.size() < kLengthBytes) return damaged_file("it is too short");
  std::memcpy(&length, bytes.data(), kLengthBytes);
  if (length > kMaxHeaderBytes || length > bytes.size() - kLengthBytes)
    return damaged_file("its header is cut off");
  const std::string_view text = bytes.substr(kLengthBytes, length);
  const json header = json::parse(text, nullptr, false);
  if (!header.is_object()) return damaged_file("its header is not JSON");
  COTERIE_ASSIGN(ModelState state, read_metadata(header));
  COTERIE_ASSIGN(state.tensors, read_tensors(header, bytes.substr(kLengthBytes + length)));
  return state;
}

}  // namespace

base::Result<const Tensor*> ModelState::tensor(std::string_view name) const {
  for (const Tensor& candidate : tensors) {
    if (candidate.name == name) return &candidate;
  }
  return error(Code::kDataLoss, "the {} model has no tensor '{}'; train it again or restore it", algorithm,
               name);
}

tl::unexpected<base::Status> damaged_model(std::string_view algorithm, std::string_view what) {
  return error(Code::kDataLoss, "the {} model is damaged: {}; train it again or restore it", algorithm, what);
}

base::Result<uint64_t> save_state(const ModelState& state, const std::filesystem::path& path) {
  COTERIE_ASSIGN(const std::string header, header_text(state));
  const uint64_t length = header.size();
  std::string bytes(reinterpret_cast<const char*>(&length), kLengthBytes);
  bytes += header;
  for (const Tensor& tensor : state.tensors) {
    bytes.append(reinterpret_cast<const char*>(tensor.values.data()), tensor.values.size() * sizeof(double));
  }
  COTERIE_CHECK_OK(base::write_file_durably(path, bytes));
  return base::hash64(bytes);
}

base::Result<ModelState> load_state(const std::filesystem::path& path, uint64_t checksum) {
  COTERIE_ASSIGN(const std::string bytes, base::read_file(path));
  if (base::hash64(bytes) != checksum) {
    return error(Code::kDataLoss, "{}: the checksum {} is not the recorded {}; train it again or restore it",
                 path.string(), base::checksum_string(base::hash64(bytes)), base::checksum_string(checksum));
  }
  auto state = parse_state(bytes);
  if (!state) return tl::unexpected(state.error().with_context(path.string()));
  return state;
}

}  // namespace coterie::learn
