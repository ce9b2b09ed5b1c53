// Pull of XML out of a zip entry: elements by their local names, through expat.
//
// A DOCTYPE is refused (spreadsheets have none; entities could unfold without end), and so are a tag or
// attribute of more than 1 MiB and more than 256 elements within each other: memory stays flat whatever the entry
// unfolds to.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/status.h"
#include "collect/zip_archive.h"

namespace coterie::collect {

/// What the elements say. Names come without their namespace's prefix.
class XmlHandler {
 public:
  virtual ~XmlHandler() = default;
  /// `attributes`: names and values in turn, nullptr at the end.
  virtual void start(std::string_view element, const char** attributes) = 0;
  virtual void end(std::string_view element) = 0;
  virtual void text(std::string_view /*piece*/) {}
};

/// The value of an attribute (with or without a namespace's prefix), or "".
std::string_view attribute(const char** attributes, std::string_view name);

/// Not thread safe.
class XmlStream {
 public:
  /// `entry` and `handler` must outlive it; `what` is for messages: "FILE, xl/workbook.xml".
  XmlStream(std::unique_ptr<ZipEntry> entry, XmlHandler& handler, std::string what);
  ~XmlStream();
  XmlStream(const XmlStream&) = delete;
  XmlStream& operator=(const XmlStream&) = delete;

  /// Reads and handles the next 64 KiB; false when all is handled. Errors: kDataLoss.
  base::Result<bool> feed();

  uint64_t total_bytes() const { return entry_->total_bytes(); }
  uint64_t consumed_bytes() const { return fed_; }

 private:
  struct Parser;

  std::unique_ptr<ZipEntry> entry_;
  std::string what_;
  std::unique_ptr<Parser> parser_;
  uint64_t fed_ = 0;
};

/// All of an entry at once. Errors: kDataLoss, kResourceExhausted (more than 64 MiB).
base::Status read_xml(const ZipArchive& archive, const std::string& entry, XmlHandler& handler);

}  // namespace coterie::collect
