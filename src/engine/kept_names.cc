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

// The number after those of names PREFIX_N.
int64_t number_after(std::span<const std::string> names, std::string_view prefix) {
  int64_t out = 1;
  for (const std::string& name : names) {
    int64_t number = 0;
    const std::string_view digits = std::string_view(name).substr(std::min(name.size(), prefix.size() + 1));
    std::from_chars(digits.data(), digits.data() + digits.size(), number);
    out = std::max(out, number + 1);
  }
  return out;
}

// Those segments alone for which `is_open`; the others have no members.
SegmentsAt open_segments(const SegmentMembership& all, const data::FeatureTable& features, auto is_open) {
  SegmentsAt out{&features, all.segments, {}, {}};
  for (size_t i = 0; i < all.rows.size(); ++i) {
    if (!is_open(all.segment_of[i])) continue;
    out.rows.push_back(all.rows[i]);
    out.segment_of.push_back(all.segment_of[i]);
  }
  return out;
}

}  // namespace

// Rows of the table lie in the members' order.
Result<SegmentMembership> stored_membership(store::Connection& connection, std::string_view method,
                                            const data::FeatureTable& features) {
  SegmentMembership out{std::string(method), {}, {}, {}};
  std::map<std::string, uint32_t, std::less<>> place;
  const Parameter parameters[] = {{"method", method}};
  size_t row = 0;
  COTERIE_CHECK_OK(
      connection.query("SELECT user_id, segment FROM segments WHERE method = $method ORDER BY user_id",
                       parameters, [&](const Rows& rows) -> Status {
                         for (size_t i = 0; i < rows.size(); ++i) {
                           const auto [at, is_new] =
                               place.emplace(rows.text(1, i), static_cast<uint32_t>(out.segments.size()));
                           if (is_new) out.segments.push_back(at->first);
                           while (row < features.rows() && features.users[row] < rows.text(0, i)) ++row;
                           if (row == features.rows() || features.users[row] != rows.text(0, i))
                             continue;  // a member no more
                           out.rows.push_back(static_cast<uint32_t>(row));
                           out.segment_of.push_back(at->second);
                         }
                         return {};
                       }));
  return out;
}

void keep_names(const SegmentMembership& before, const data::FeatureTable& features,
                std::span<const std::string> known, std::string_view prefix, SegmentMembership* now,
                int64_t* next) {
  const auto name_of = [&](size_t s) { return known.empty() ? std::string() : known[s]; };
  const auto is_taken = [&](const std::string& name) {
    return std::find(known.begin(), known.end(), name) != known.end();
  };
  const auto from =
      open_segments(before, features, [&](uint32_t s) { return !is_taken(before.segments[s]); });
  const auto to = open_segments(*now, features, [&](uint32_t s) { return name_of(s).empty(); });
  const auto same_as = from.rows.empty() ? std::vector<uint32_t>(now->segments.size(), kNoSegment)
                                         : understand::match_by_members(from, to);
  *next = std::max({*next, number_after(before.segments, prefix), number_after(known, prefix)});
  for (size_t s = 0; s < now->segments.size(); ++s) {
    std::string name = name_of(s);
    if (name.empty() && same_as[s] != kNoSegment) name = before.segments[same_as[s]];
    if (name.empty()) name = fmt::format("{}_{}", prefix, (*next)++);
    now->segments[s] = std::move(name);
  }
}

}  // namespace coterie::engine
