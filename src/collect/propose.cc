#include "collect/propose.h"

#include <algorithm>
#include <charconv>

#include "base/hash.h"
#include "base/time.h"
#include "collect/encoding.h"

namespace coterie::collect {

namespace {

constexpr size_t kMostDistinct = 1000;
constexpr size_t kLongText = 40;

// Names as shops write them, without case, spaces and signs; the most usual first.
struct KnownNames {
  Column column;
  std::initializer_list<std::string_view> names;
};

const KnownNames kNames[] = {
    {Column::kUserId,
     {"userid",     "customerid", "memberid", "buyerid",  "visitorid", "accountid", "householdid", "clientid",
      "reviewerid", "uid",        "customer", "member",   "id",        "user",      "用户id",      "会员id",
      "会员号",     "客户号",     "客户id",   "用户编号", "会员编号",  "买家id"}},
    {Column::kAnonymousId, {"anonymousid", "deviceid", "cookieid", "openid", "设备id"}},
    {Column::kItemId,
     {"itemid", "productid", "sku", "skuid", "stockcode", "articleid", "goodsid", "asin", "spuid", "movieid",
      "upc", "item", "product", "商品id", "商品编号", "商品编码", "货号"}},
    {Column::kBehavior,
     {"behaviortype", "behavior", "eventtype", "eventname", "event", "action", "actiontype", "type", "行为",
      "行为类型", "事件"}},
    {Column::kTs,
     {"timestamp", "eventtime", "datetime", "createdat", "orderdate", "invoicedate", "purchasedate",
      "orderts", "ordertime", "eventdate", "unixreviewtime", "time", "date", "ts", "时间", "下单时间",
      "支付时间", "日期", "创建时间"}},
    {Column::kOrderId,
     {"orderid", "orderno", "ordernumber", "invoiceno", "invoice", "transactionid", "basketid", "receiptno",
      "订单号", "订单id", "订单编号"}},
    {Column::kSessionId, {"sessionid", "session", "visitid", "会话id"}},
    {Column::kQuantity, {"quantity", "qty", "units", "pieces", "count", "数量", "件数"}},
    {Column::kUnitPrice, {"unitprice", "price", "单价", "价格"}},
    {Column::kLineAmount,
     {"lineamount", "amount", "total", "totalprice", "salesvalue", "sales", "revenue", "spend", "金额",
      "实付金额", "总价"}},
    {Column::kDiscount, {"discount", "discountamount", "优惠", "折扣", "优惠金额"}},
    {Column::kValue, {"rating", "score", "stars", "overall", "value", "评分"}},
    {Column::kCurrency, {"currency", "币种"}},
    {Column::kChannel, {"channel", "source", "store", "storeid", "渠道", "门店"}},
    {Column::kCampaignId, {"campaignid", "campaign", "活动id"}},
    {Column::kBody,
     {"body", "reviewtext", "review", "comment", "text", "content", "message", "评论", "内容", "评价"}},
    {Column::kOtherUserId, {"otheruserid", "inviteeid", "friendid", "refereeid", "被邀请人", "好友id"}},
};

// ASCII letters in lower case and digits; other letters stay, signs and spaces go.
std::string plain(std::string_view name) {
  std::string out;
  for (const char c : name) {
    if (c >= 'A' && c <= 'Z') {
      out.push_back(static_cast<char>(c + 32));
    } else if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || static_cast<unsigned char>(c) >= 0x80) {
      out.push_back(c);
    }
  }
  return out;
}

// 0: unlike. The whole name counts more than a part, an early name more than a late one.
int likeness(std::string_view name, const KnownNames& known) {
  int best = 0;
  int place = 0;
  for (const std::string_view one : known.names) {
    const int early = 40 - std::min(place++, 39);
    if (name == one) best = std::max(best, 200 + early);
    if (one.size() >= 4 && name.size() > one.size() && (name.ends_with(one) || name.starts_with(one)))
      best = std::max(best, 100 + early);
  }
  return best;
}

bool allows(Column column, Shape shape) {
  const bool number = shape == Shape::kNumber || shape == Shape::kWholeNumber || shape == Shape::kFewValues;
  switch (column) {
    case Column::kTs: return shape == Shape::kTime || shape == Shape::kOtherTime;
    case Column::kQuantity:
    case Column::kUnitPrice:
    case Column::kLineAmount:
    case Column::kDiscount:
    case Column::kValue: return number;
    case Column::kBehavior: return shape == Shape::kFewValues || shape == Shape::kId;
    case Column::kBody: return shape == Shape::kText || shape == Shape::kId;
    default:
      return shape != Shape::kEmpty && shape != Shape::kText && shape != Shape::kTime &&
             shape != Shape::kOtherTime && shape != Shape::kNumber;
  }
}

bool has(const Proposal& proposal, std::string_view design) {
  return std::any_of(proposal.columns.begin(), proposal.columns.end(),
                     [&](const ColumnChoice& choice) { return choice.design == design; });
}

// What the rows are, from what was found in them.
Kind guess_kind(const Proposal& found) {
  if (has(found, "other_user_id")) return Kind::kLinks;
  if (has(found, "body") && !has(found, "behavior")) return Kind::kTexts;
  const bool someone = has(found, "user_id") || has(found, "anonymous_id");
  const bool happens =
      has(found, "ts") || has(found, "item_id") || has(found, "behavior") || has(found, "order_id");
  if (someone && !happens) return Kind::kUsers;
  if (!someone && has(found, "item_id") && !has(found, "ts")) return Kind::kItems;
  return Kind::kEvents;
}

}  // namespace

std::string_view to_string(Shape shape) {
  switch (shape) {
    case Shape::kEmpty: return "empty";
    case Shape::kTime: return "time";
    case Shape::kOtherTime: return "time in another notation";
    case Shape::kWholeNumber: return "whole number";
    case Shape::kNumber: return "number";
    case Shape::kFewValues: return "few values";
    case Shape::kId: return "id";
    case Shape::kText: return "text";
  }
  return "";
}

void ShapeOfColumn::add(std::string_view value) {
  value = trimmed(value);
  if (value.empty()) return;
  ++values_;
  if (value.size() > kLongText) ++long_;
  if (distinct_.size() < kMostDistinct) {
    const uint64_t hash = base::hash64(value);
    const auto at = std::lower_bound(distinct_.begin(), distinct_.end(), hash);
    if (at == distinct_.end() || *at != hash) distinct_.insert(at, hash);
  }
  const bool digits = std::all_of(value.begin(), value.end(), [](char c) { return c >= '0' && c <= '9'; });
  const auto time = base::parse_civil_time(value);
  // Eight digits are a number as well as a day: a day only within a person's memory.
  const bool plausible = time && time->local_us > 7305 * base::kDay && time->local_us < 40'000 * base::kDay;
  if (plausible) {
    ++times_;
  } else if (!digits && value.size() >= 8 && value.size() <= 32 && value[0] >= '0' && value[0] <= '9' &&
             std::count_if(value.begin(), value.end(),
                           [](char c) { return c == '/' || c == '-' || c == '.'; }) >= 2) {
    ++other_times_;
  }
  double number = 0;
  const auto [end, code] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (code == std::errc() && end == value.data() + value.size()) {
    ++numbers_;
    if (value.find_first_of(".eE") == std::string_view::npos) ++whole_;
  }
}

Shape ShapeOfColumn::shape() const {
  if (values_ == 0) return Shape::kEmpty;
  const auto most = [&](size_t count) { return count * 10 >= values_ * 9; };
  if (most(times_)) return Shape::kTime;
  if (most(other_times_)) return Shape::kOtherTime;
  if (most(whole_)) return Shape::kWholeNumber;
  if (most(numbers_)) return Shape::kNumber;
  if (long_ * 5 > values_) return Shape::kText;
  if (distinct() <= 30 && distinct() * 3 <= values_) return Shape::kFewValues;
  return Shape::kId;
}

Proposal propose(std::span<const std::string> header, std::span<const Shape> shapes,
                 std::optional<Kind> kind) {
  struct Match {
    int likeness;
    size_t column;
    const KnownNames* known;
  };
  std::vector<Match> matches;
  for (size_t i = 0; i < header.size(); ++i) {
    const std::string name = plain(header[i]);
    for (const KnownNames& known : kNames) {
      const int like = likeness(name, known);
      if (like > 0 && allows(known.column, shapes[i])) matches.push_back({like, i, &known});
    }
  }
  std::stable_sort(matches.begin(), matches.end(),
                   [](const Match& a, const Match& b) { return a.likeness > b.likeness; });
  Proposal all;
  std::vector<bool> taken(header.size(), false);
  for (const Match& match : matches) {
    const std::string design(to_string(match.known->column));
    if (taken[match.column] || has(all, design)) continue;
    taken[match.column] = true;
    all.columns.push_back({design, header[match.column]});
  }
  Proposal out;
  out.kind = kind.value_or(guess_kind(all));
  for (const ColumnChoice& choice : all.columns) {
    std::string design = choice.design;
    if (out.kind == Kind::kTexts && design == "value") design = "rating";
    if (design == "ts") design = to_string(time_column(out.kind));
    if (belongs(*parse_column(design), out.kind)) out.columns.push_back({design, choice.file_column});
  }
  out.needs_ts = !has(out, to_string(time_column(out.kind)));
  if (out.kind == Kind::kEvents && !has(out, "behavior")) {
    const bool money =
        has(out, "line_amount") || has(out, "unit_price") || has(out, "quantity") || has(out, "order_id");
    out.behavior = has(out, "value") ? "rate" : money ? "buy" : "view";
  }
  return out;
}

}  // namespace coterie::collect
