#include "base/status.h"

namespace coterie::base {

namespace {

constexpr CodeInfo kCodes[] = {
    {Code::kOk, "ok", 0, 200, ""},
    {Code::kInvalidArgument, "invalid_argument", 2, 400, "ValueError"},
    {Code::kNotFound, "not_found", 3, 404, "KeyError"},
    {Code::kAlreadyExists, "already_exists", 4, 409, "FileExistsError"},
    {Code::kFailedPrecondition, "failed_precondition", 5, 409, "RuntimeError"},
    {Code::kPermissionDenied, "permission_denied", 6, 403, "PermissionError"},
    {Code::kResourceExhausted, "resource_exhausted", 7, 429, "MemoryError"},
    {Code::kDataLoss, "data_loss", 8, 500, "OSError"},
    {Code::kCancelled, "cancelled", 130, 499, "KeyboardInterrupt"},
    {Code::kUnavailable, "unavailable", 9, 503, "ConnectionError"},
    {Code::kInternal, "internal", 70, 500, "RuntimeError"},
};

}  // namespace

std::span<const CodeInfo> code_table() { return kCodes; }

const CodeInfo& info(Code code) { return kCodes[static_cast<int>(code)]; }

Status Status::with_context(std::string_view prefix) const {
  if (ok()) return *this;
  return Status(code_, fmt::format("{}: {}", prefix, message_));
}

}  // namespace coterie::base
