#include "collect/batches.h"

#include "collect/encoding.h"

namespace coterie::collect {

namespace {

// Of the raw record, whole even where only its start was kept.
base::Hash128 raw_hash(const Record& record) {
  if (record.cut == base::Hash128{}) return base::hash128(record.raw);
  return base::hash128(base::to_string(base::hash128(record.raw)) + base::to_string(record.cut));
}

}  // namespace

void Batches::add_texts(const CleanRow& row) {
  const auto text = [&](data::TextColumn& column, Column from) { column.append_or_null(at(row.text, from)); };
  text(events_.user_id, Column::kUserId);
  text(events_.anonymous_id, Column::kAnonymousId);
  text(events_.item_id, Column::kItemId);
  text(events_.behavior, Column::kBehavior);
  text(events_.currency, Column::kCurrency);
  text(events_.order_id, Column::kOrderId);
  text(events_.session_id, Column::kSessionId);
  text(events_.channel, Column::kChannel);
  text(events_.campaign_id, Column::kCampaignId);
  text(events_.decision_id, Column::kDecisionId);
  text(events_.properties, Column::kProperties);
}

void Batches::add_event(const CleanRow& row, Cleaner& cleaner, ChangePoints& changes, uint64_t line) {
  const std::string_view id = at(row.text, Column::kEventId);
  events_.is_content_id.push_back(id.empty() ? 1 : 0);
  id.empty() ? events_.event_id.append(base::to_string(cleaner.content_hash(row)))
             : events_.event_id.append(id);
  add_texts(row);
  events_.ts.push_back(row.ts);
  events_.value.append_or_null(row.value);
  events_.quantity.append_or_null(row.quantity);
  events_.unit_price.append_or_null(row.unit_price);
  events_.line_amount.append_or_null(row.line_amount);
  events_.discount.append_or_null(row.discount);
  events_.line.push_back(line);
  changes.add(row, items_, users_);
  if (!row.flags.empty()) add_flags(row, line);
  ++rows_;
  for (const std::string_view text : row.text) bytes_ += text.size();
  for (const std::string_view text : row.attributes) bytes_ += text.size();
}

void Batches::add_flags(const CleanRow& row, uint64_t line) {
  for (const Fault& flag : row.flags) {
    flags_.line.push_back(line);
    flags_.rule.append(key(flag.rule));
    flag.column ? flags_.column.append(to_string(*flag.column)) : flags_.column.append_null();
    flags_.reason.append(flag.reason);
    bytes_ += flag.reason.size();
  }
}

void Batches::add_bad(const Record& record, std::span<const Fault> faults) {
  const Fault& verdict = faults.front();
  std::string reasons;
  for (const Fault& fault : faults) reasons.append(reasons.empty() ? "" : "; ").append(fault.reason);
  bad_.content_id.append(base::to_string(raw_hash(record)));
  bad_.line.push_back(record.line);
  bad_.byte_offset.push_back(record.byte_offset);
  bad_.rule.append(key(verdict.rule));
  verdict.column ? bad_.column.append(to_string(*verdict.column)) : bad_.column.append_null();
  bad_.reason.append(reasons);
  bad_.raw.append(readable(record.raw, kKeptRawBytes));
  ++rows_;
  bytes_ += reasons.size() + std::min(record.raw.size(), kKeptRawBytes);
}

base::Status Batches::flush() {
  if (events_.rows() > 0) COTERIE_RETURN_IF_ERROR(sink_.append(events_));
  if (items_.rows() > 0) COTERIE_RETURN_IF_ERROR(sink_.append(items_, AttributeOwner::kItems));
  if (users_.rows() > 0) COTERIE_RETURN_IF_ERROR(sink_.append(users_, AttributeOwner::kUsers));
  if (texts_.rows() > 0) COTERIE_RETURN_IF_ERROR(sink_.append(texts_));
  if (links_.rows() > 0) COTERIE_RETURN_IF_ERROR(sink_.append(links_));
  if (bad_.rows() > 0) COTERIE_RETURN_IF_ERROR(sink_.append(bad_));
  if (flags_.rows() > 0) COTERIE_RETURN_IF_ERROR(sink_.append(flags_));
  events_.clear();
  items_.clear();
  users_.clear();
  texts_.clear();
  links_.clear();
  bad_.clear();
  flags_.clear();
  rows_ = 0;
  bytes_ = 0;
  return {};
}

}  // namespace coterie::collect
