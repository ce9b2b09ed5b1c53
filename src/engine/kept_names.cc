#include "engine/kept_names.h"

#include <algorithm>
#include <charconv>
#include <map>

#include "understand/changes/flow.h"

namespace coterie::engine {

using base::Result;
using base::Status;
using store::Parameter;
using store::Rows;
using understand::kNoSegment;
using understand::SegmentsAt;

namespace {

// Who of the members of `features` was in which segment. Rows of the table lie in the members' order.
Result<SegmentsAt> stored_segments(store::Connection& connection, std::string_view method,
                                   const data::FeatureTable& features) {
  SegmentsAt out{&features, {}, {}, {}};
  std::map<std::string, uint32_t, std::less<>> place;
  const Parameter parameters[] = {{"method", method}};
  size_t row = 0;
  COTERIE_CHECK_OK(connection.query(
      "SELECT user_id, segment FROM segments WHERE method = $method ORDER BY user_id", parameters,
      [&](const Rows& rows) -> Status {
        for (size_t i = 0; i < rows.size(); ++i) {
          const auto [at, is_new] = place.emplace(rows.text(1, i), static_cast<uint32_t>(out.names.size()));
          if (is_new) out.names.push_back(at->first);
          while (row < features.rows() && features.users[row] < rows.text(0, i)) ++row;
          if (row == features.rows() || features.users[row] != rows.text(0, i)) continue;  // a member no more
          out.rows.push_back(static_cast<uint32_t>(row));
          out.segment_of.push_back(at->second);
        }
        return {};
      }));
  return out;
}

// The number after those of names PREFIX_N.
int64_t number_after(const std::vector<std::string>& names, std::string_view prefix) {
  int64_t out = 1;
  for (const std::string& name : names) {
    int64_t number = 0;
    const std::string_view digits = std::string_view(name).substr(std::min(name.size(), prefix.size() + 1));
    std::from_chars(digits.data(), digits.data() + digits.size(), number);
    out = std::max(out, number + 1);
  }
  return out;
}

}  // namespace

Status keep_stored_names(store::Connection& connection, const data::FeatureTable& features,
                         std::string_view prefix, SegmentMembership* now, int64_t* next) {
  COTERIE_ASSIGN_OR_STATUS(const SegmentsAt before, stored_segments(connection, now->method, features));
  const SegmentsAt after{&features, now->segments, now->rows, now->segment_of};
  const auto same_as = before.names.empty() ? std::vector<uint32_t>(now->segments.size(), kNoSegment)
                                            : understand::match_by_members(before, after);
  *next = std::max(*next, number_after(before.names, prefix));
  for (size_t s = 0; s < now->segments.size(); ++s)
    now->segments[s] =
        same_as[s] != kNoSegment ? before.names[same_as[s]] : fmt::format("{}_{}", prefix, (*next)++);
  return {};
}

}  // namespace coterie::engine
