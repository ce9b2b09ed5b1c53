// Status and Result<T>: how every fallible call of Coterie answers.
//
// The code tells the caller what to do; one table (status.cc) maps it to an exit code, an HTTP status and a
// Python exception. A message says what was wrong, where (file, line, column, field) and what to do; it never
// holds a person's data. Exceptions of libraries become a Status in the file that wraps the library.
#pragma once

#include <fmt/core.h>

#include <span>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>

namespace coterie::base {

enum class Code {
  kOk,
  kInvalidArgument,     ///< the request is wrong: mend it and try again
  kNotFound,            ///< the named thing does not exist
  kAlreadyExists,       ///< the named thing exists already
  kFailedPrecondition,  ///< right request, wrong moment: something must be done first
  kPermissionDenied,    ///< the operating system or a key says no
  kResourceExhausted,   ///< memory budget, disk or a stated limit is used up
  kDataLoss,            ///< a stored file is damaged
  kCancelled,           ///< the person or the process stopped it; the state before is kept
  kUnavailable,         ///< busy or unreachable: trying again may help
  kInternal,            ///< a defect of Coterie: report it
};

/// One row of the error table.
struct CodeInfo {
  Code code;
  std::string_view name;              ///< the name in JSON: "invalid_argument"
  int exit_code;                      ///< of the command line
  int http_status;                    ///< of the API
  std::string_view python_exception;  ///< of the Python package
};

/// The whole table, in the order of Code.
std::span<const CodeInfo> code_table();

/// The row of `code`.
const CodeInfo& info(Code code);

/// A code and a message. Cheap to move; value semantics.
class [[nodiscard]] Status {
 public:
  Status() = default;
  Status(Code code, std::string message) : code_(code), message_(std::move(message)) {}

  bool ok() const { return code_ == Code::kOk; }
  Code code() const { return code_; }
  const std::string& message() const { return message_; }

  /// The same status with "prefix: " before its message, to add where it happened.
  Status with_context(std::string_view prefix) const;

 private:
  Code code_ = Code::kOk;
  std::string message_;
};

template <class T>
using Result = tl::expected<T, Status>;

/// A failed Result's payload: `return error(Code::kNotFound, "no user named in {}", table);`
template <class... Args>
tl::unexpected<Status> error(Code code, fmt::format_string<Args...> format, Args&&... args) {
  return tl::unexpected<Status>(Status(code, fmt::format(format, std::forward<Args>(args)...)));
}

/// The same as a Status, for functions that return no value.
template <class... Args>
Status failure(Code code, fmt::format_string<Args...> format, Args&&... args) {
  return Status(code, fmt::format(format, std::forward<Args>(args)...));
}

}  // namespace coterie::base

#define COTERIE_CONCAT_INNER(a, b) a##b
#define COTERIE_CONCAT(a, b) COTERIE_CONCAT_INNER(a, b)

/// Returns from the calling function when `expr`, a Status, is not ok. Works in functions that return Status.
#define COTERIE_RETURN_IF_ERROR(expr)                                            \
  do {                                                                           \
    if (::coterie::base::Status status_ = (expr); !status_.ok()) return status_; \
  } while (false)

/// The same in functions that return Result<T>.
#define COTERIE_CHECK_OK(expr)                                              \
  do {                                                                      \
    if (::coterie::base::Status status_ = (expr); !status_.ok())            \
      return ::tl::unexpected<::coterie::base::Status>(std::move(status_)); \
  } while (false)

/// `COTERIE_ASSIGN(auto x, f());` in functions that return Result<T>: x = the value, or return the error.
#define COTERIE_ASSIGN(lhs, expr) COTERIE_ASSIGN_INNER(COTERIE_CONCAT(result_, __LINE__), lhs, expr)
#define COTERIE_ASSIGN_INNER(result, lhs, expr)                                             \
  auto result = (expr);                                                                     \
  if (!result) return ::tl::unexpected<::coterie::base::Status>(std::move(result).error()); \
  lhs = std::move(*result)

/// The same in functions that return Status.
#define COTERIE_ASSIGN_OR_STATUS(lhs, expr) \
  COTERIE_ASSIGN_OR_STATUS_INNER(COTERIE_CONCAT(result_, __LINE__), lhs, expr)
#define COTERIE_ASSIGN_OR_STATUS_INNER(result, lhs, expr) \
  auto result = (expr);                                   \
  if (!result) return std::move(result).error();          \
  lhs = std::move(*result)
