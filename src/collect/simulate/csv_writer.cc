#include "collect/simulate/csv_writer.h"

#include <cstdlib>
#include <utility>

#include "collect/simulate/csv_fields.h"

namespace coterie::collect::simulate {

namespace {

constexpr uint8_t kNothingTold = UINT8_MAX;
constexpr std::string_view kEmptyItem = ",,,,";
constexpr std::string_view kEmptyMember = ",,,,,";
constexpr std::string_view kLevels[] = {"normal", "silver", "gold", "platinum"};
constexpr std::string_view kGenders[] = {"", "F", "M"};

void append_money(uint64_t cents, std::string& out) {
  append_number(cents / 100, out);
  out.push_back('.');
  append_two_digits(static_cast<uint32_t>(cents % 100), out);
}

}  // namespace

CsvWriter::CsvWriter(const ShopTruth& truth, std::string tag)
    : truth_(truth),
      tag_(std::move(tag)),
      told_price_(truth.catalog.items().size(), 0),
      told_level_(truth.members.size(), kNothingTold) {}

void CsvWriter::begin_day(uint32_t day) {
  day_ = day;
  date_ = truth_.rhythm.date(day);
}

void CsvWriter::append(const Row& row, std::string& out) {
  append_event(row, out);
  append_item(row, out);
  append_member(row, out);
  out.push_back('\n');
}

std::string CsvWriter::plain_line(const Row& row) {
  std::string out;
  append_event(row, out);
  out.append(kEmptyItem).append(kEmptyMember).push_back('\n');
  return out;
}

void CsvWriter::append_event(const Row& row, std::string& out) {
  out.push_back('e');
  out.append(tag_).push_back('-');
  append_number(++events_, out);
  out.push_back(',');
  if (row.who != Who::kGuest) append_id('u', row.user, out);
  out.push_back(',');
  if (row.item != kNoItem) append_id('i', row.item, out);
  out.push_back(',');
  out.append(to_string(row.behavior)).push_back(',');
  append_time(date_, row.second, out);
  out.push_back(',');
  if (row.rating != 0) append_number(row.rating, out);
  out.push_back(',');
  if (row.quantity < 0) out.push_back('-');
  if (row.quantity != 0) append_number(static_cast<uint64_t>(std::abs(row.quantity)), out);
  out.push_back(',');
  if (row.unit_price != 0) append_money(row.unit_price, out);
  out.push_back(',');
  if (row.discount != 0) append_money(row.discount, out);
  out.push_back(',');
  append_own_id('o', row.user, row.order, out);
  out.push_back(',');
  append_own_id(row.who == Who::kGuest ? 'g' : 's', row.user, row.session, out);
  out.push_back(',');
  out.append(channel_name(truth_.members[row.user].channel)).push_back(',');
  if (row.who != Who::kMember) append_id('a', row.user, out);
}

void CsvWriter::append_item(const Row& row, std::string& out) {
  const uint32_t price = row.item == kNoItem ? 0 : truth_.catalog.list_price(row.item, day_);
  if (row.item == kNoItem || told_price_[row.item] == price) {
    out.append(kEmptyItem);
    return;
  }
  out.push_back(',');
  if (told_price_[row.item] == 0) {
    const Item& item = truth_.catalog.items()[row.item];
    append_text(item.name, out);
    out.push_back(',');
    append_text(category_words()[item.category].path, out);
    out.push_back(',');
    append_text(truth_.catalog.brand(item), out);
  } else {
    out.append(",,");
  }
  out.push_back(',');
  append_money(price, out);
  told_price_[row.item] = price;
}

void CsvWriter::append_member(const Row& row, std::string& out) {
  uint8_t& told = told_level_[row.user];
  // Levels only rise; a refund or a review carries that of its order.
  if (row.who == Who::kGuest || (told != kNothingTold && row.level <= told)) {
    out.append(kEmptyMember);
    return;
  }
  const Member& member = truth_.members[row.user];
  const bool first = told == kNothingTold;
  out.push_back(',');
  if (first) out.append(kGenders[member.gender]);
  out.push_back(',');
  if (first) out.append(city_words()[member.city]);
  out.push_back(',');
  if (first && member.age != 0) append_number(member.age, out);
  out.push_back(',');
  out.append(kLevels[row.level]).push_back(',');
  if (first) out.append(truth_.rhythm.date(member.join_day));
  told = row.level;
}

}  // namespace coterie::collect::simulate
