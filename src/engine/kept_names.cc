#include "engine/kept_names.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>

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

// Takes the members of one method in ascending order of their ids.
class MembershipReader {
 public:
  MembershipReader(std::string method, const data::FeatureTable& features)
      : features_(features), out_{std::move(method), {}, {}, {}} {}

  void add(std::string_view user, std::string_view segment) {
    auto known = place_.find(segment);
    if (known == place_.end()) {
      known = place_.emplace(segment, static_cast<uint32_t>(out_.segments.size())).first;
      out_.segments.push_back(known->first);
    }
    while (row_ < features_.rows() && features_.users[row_] < user) ++row_;
    if (row_ == features_.rows() || features_.users[row_] != user) return;  // a member no more
    out_.rows.push_back(static_cast<uint32_t>(row_));
    out_.segment_of.push_back(known->second);
  }

  SegmentMembership take() && { return std::move(out_); }

 private:
  const data::FeatureTable& features_;
  size_t row_ = 0;
  std::map<std::string, uint32_t, std::less<>> place_;
  SegmentMembership out_;
};

}  // namespace

Result<SegmentMembership> stored_membership(store::Connection& connection, std::string_view method,
                                            const data::FeatureTable& features) {
  MembershipReader reader(std::string(method), features);
  const Parameter parameters[] = {{"method", method}};
  COTERIE_CHECK_OK(
      connection.query("SELECT user_id, segment FROM segments WHERE method = $method ORDER BY user_id",
                       parameters, [&](const Rows& rows) -> Status {
                         for (size_t i = 0; i < rows.size(); ++i)
                           reader.add(rows.text(0, i), rows.text(1, i));
                         return {};
                       }));
  return std::move(reader).take();
}

Result<std::vector<SegmentMembership>> stored_memberships(
    store::Connection& connection, const data::FeatureTable& features,
    const std::function<bool(std::string_view method)>& is_wanted) {
  std::map<std::string, std::optional<MembershipReader>, std::less<>> readers;  // nothing: not wanted
  COTERIE_CHECK_OK(connection.query("SELECT user_id, method, segment FROM segments ORDER BY user_id", {},
                                    [&](const Rows& rows) -> Status {
                                      for (size_t i = 0; i < rows.size(); ++i) {
                                        auto reader = readers.find(rows.text(1, i));
                                        if (reader == readers.end()) {
                                          reader = readers.emplace(rows.text(1, i), std::nullopt).first;
                                          if (is_wanted(reader->first))
                                            reader->second.emplace(reader->first, features);
                                        }
                                        if (reader->second)
                                          reader->second->add(rows.text(0, i), rows.text(2, i));
                                      }
                                      return {};
                                    }));
  std::vector<SegmentMembership> out;
  for (auto& [method, reader] : readers)
    if (reader) out.push_back(std::move(*reader).take());
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
