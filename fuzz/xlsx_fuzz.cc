// Spreadsheets. An input is a zip archive, or the text of its entries, each after a line "== NAME", which this
// target packs: so what changes is the XML and not a checksum. Promises: an answer or a clear error; rows in
// their order; raw text that is JSON; limits only make records bad.
#include <zip.h>

#include <nlohmann/json.hpp>

#include "collect/xlsx_reader.h"
#include "fuzzing.h"

namespace coterie::fuzzing {
namespace {

// The bytes that libzip wrote to `source`: none for an archive without entries.
std::string bytes_of(zip_source_t* source) {
  zip_stat_t about;
  ::zip_stat_init(&about);
  if (::zip_source_stat(source, &about) != 0 || ::zip_source_open(source) != 0) return {};
  std::string out(about.size, '\0');
  require(::zip_source_read(source, out.data(), out.size()) == static_cast<zip_int64_t>(out.size()),
          "the packed archive is read");
  ::zip_source_close(source);
  return out;
}

// A zip archive of the entries that the text holds; of two with one name the first.
std::string packed(std::string_view text) {
  zip_error_t error;
  ::zip_error_init(&error);
  zip_source_t* target = ::zip_source_buffer_create(nullptr, 0, 0, &error);
  zip_t* zip = ::zip_open_from_source(target, ZIP_TRUNCATE, &error);
  require(zip != nullptr, "an archive in memory");
  ::zip_source_keep(target);
  take_until(text, "== ");
  for (size_t entries = 0; !text.empty() && entries < 16; ++entries) {
    const std::string name(take_until(text, "\n"));
    const std::string_view content = take_until(text, "\n== ");
    zip_source_t* source = ::zip_source_buffer(zip, content.data(), content.size(), 0);
    const zip_int64_t index = ::zip_file_add(zip, name.c_str(), source, 0);
    if (index < 0) ::zip_source_free(source);
    if (index >= 0) ::zip_set_file_compression(zip, static_cast<zip_uint64_t>(index), ZIP_CM_STORE, 0);
  }
  std::string out;
  if (::zip_close(zip) == 0)
    out = bytes_of(target);
  else
    ::zip_discard(zip);
  ::zip_source_free(target);
  ::zip_error_fini(&error);
  return out;
}

void check(const Reading& reading) {
  uint64_t row = 0;
  for (const SeenRecord& record : reading.records) {
    require(record.line > row, "rows come in their order");
    row = record.line;
    require(record.cut != base::Hash128() || nlohmann::json::accept(record.raw), "raw text is JSON");
  }
}

}  // namespace
}  // namespace coterie::fuzzing

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace coterie::fuzzing;
  using coterie::collect::XlsxReader;
  const std::string_view input = text_of(data, size);
  const std::string bytes = input.starts_with("== ") ? packed(input) : std::string(input);
  coterie::collect::ReaderOptions options;
  const Reading all = read_all(XlsxReader::from_bytes(bytes, "fuzz.xlsx", options));
  check(all);
  options.max_record_bytes = 64;
  const Reading short_rows = read_all(XlsxReader::from_bytes(bytes, "fuzz.xlsx", options));
  check(short_rows);
  if (short_rows.failed.ok())
    require(all.failed.ok() && short_rows.records.size() >= all.records.size(), "a limit loses no row");
  options.sheet = "Orders";
  options.header = {"a", "b"};
  check(read_all(XlsxReader::from_bytes(bytes, "fuzz.xlsx", options)));
  return 0;
}
