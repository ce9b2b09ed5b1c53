#include "collect/text_rows.h"

#include <bit>

#include "collect/content_bytes.h"

namespace coterie::collect {

namespace {

std::string_view or_else(std::string_view text, std::string_view other) {
  return text.empty() ? other : text;
}

}  // namespace

bool TextRows::take(const Record& record, const RecordReader& reader, data::TextBatch& out,
                    std::vector<Fault>& faults) {
  if (!checks_.start(record, reader, faults)) return false;
  const std::string_view id = checks_.short_text(Column::kTextId);
  const std::string_view user = checks_.short_text(Column::kUserId);
  const std::string_view item = checks_.short_text(Column::kItemId);
  const std::string_view kind = or_else(checks_.short_text(Column::kKind), "review");
  const std::string_view body = checks_.text(Column::kBody);
  const base::Timestamp ts = checks_.time(Column::kTs);
  const std::optional<double> rating = checks_.number(Column::kRating);
  const std::string_view campaign = checks_.short_text(Column::kCampaignId);
  if (body.empty()) checks_.fault(Rule::kMissingValue, Column::kBody, "missing");
  if (!checks_.clean()) return false;
  out.is_content_id.push_back(id.empty() ? 1 : 0);
  if (id.empty()) {
    content_.clear();
    for (const std::string_view text : {user, item, kind, body, campaign}) append_text(content_, text);
    append_number(content_, static_cast<uint64_t>(ts));
    if (rating) append_number(content_, std::bit_cast<uint64_t>(*rating + 0.0));  // -0 is 0
    out.text_id.append(base::to_string(base::hash128(content_)));
  } else {
    out.text_id.append(id);
  }
  out.user_id.append_or_null(user);
  out.item_id.append_or_null(item);
  out.kind.append(kind);
  out.body.append(body);
  out.ts.push_back(ts);
  out.rating.append_or_null(rating);
  out.campaign_id.append_or_null(campaign);
  out.line.push_back(record.line);
  return true;
}

bool LinkRows::take(const Record& record, const RecordReader& reader, data::LinkBatch& out,
                    std::vector<Fault>& faults) {
  if (!checks_.start(record, reader, faults)) return false;
  const std::string_view user = checks_.needed(Column::kUserId, Rule::kMissingId);
  const std::string_view other = checks_.needed(Column::kOtherUserId, Rule::kMissingId);
  const std::string_view relation = or_else(checks_.short_text(Column::kRelation), "invited");
  const base::Timestamp ts = checks_.time(Column::kTs);
  if (!user.empty() && user == other)
    checks_.fault(Rule::kMissingId, Column::kOtherUserId, "the user's own id");
  if (!checks_.clean()) return false;
  out.user_id.append(user);
  out.other_user_id.append(other);
  out.relation.append(relation);
  out.ts.push_back(ts);
  out.line.push_back(record.line);
  return true;
}

}  // namespace coterie::collect
