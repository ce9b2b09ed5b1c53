#include "collect/simulate/other_tables.h"

#include <fmt/format.h>

#include <iterator>

#include "base/file.h"
#include "collect/simulate/csv_fields.h"
#include "collect/simulate/service.h"
#include "collect/simulate/streams.h"

namespace coterie::collect::simulate {

namespace {

using base::AsideFile;
using base::Status;

constexpr double kOwnMotive = 0.6;  // of the reviews; the others have any

TextRequest request_of(const ShopTruth& truth, const Row& row, base::Random& rng) {
  const Voice voice = voice_of(truth.seed, row.user);
  const Item& item = truth.catalog.items()[row.item];
  TextRequest request;
  request.kind = row.behavior == Behavior::kReview ? TextKind::kReview : TextKind::kMessage;
  request.language = voice.language;
  request.style = voice.style;
  request.category = item.category;
  request.product = item.product;
  request.rating = row.rating;
  request.quality = item.quality;
  request.motive = rng.chance(kOwnMotive) ? voice.motive : static_cast<Motive>(rng.below(kMotives));
  request.concern = row.concern;
  request.anger = voice.anger;
  request.carelessness = voice.carelessness;
  request.emoji_love = voice.emoji_love;
  request.mixing = voice.mixing;
  const Noun& noun = category_words()[item.category].nouns[item.product];
  request.noun = voice.language == TextLanguage::kChinese ? noun.zh : noun.en;
  return request;
}

// One line of the truth: opinions as "freshness:1 price:-1".
void append_truth(const TextRequest& request, const TextTruth& truth, std::string_view id, std::string& out) {
  const bool is_review = request.kind == TextKind::kReview;
  std::string opinions;
  for (const Opinion& opinion : truth.said())
    opinions += fmt::format("{}{}:{}", opinions.empty() ? "" : " ", to_string(opinion.aspect),
                            static_cast<int>(opinion.sentiment));
  fmt::format_to(
      std::back_inserter(out), "{},{},{},{},{},{},{},{},{},{},{},{}\n", id, is_review ? "review" : "message",
      request.language == TextLanguage::kChinese ? "zh" : "en", to_string(truth.sentiment), opinions,
      is_review ? to_string(truth.motive) : "", is_review ? std::to_string(truth.says_motive) : "",
      is_review ? "" : to_string(truth.concern),
      truth.has_second_concern ? to_string(truth.second_concern) : "", static_cast<int>(truth.is_contrast),
      static_cast<int>(truth.is_sarcastic), static_cast<int>(truth.is_silent));
}

Status open(const std::filesystem::path& path, AsideFile::Existing existing, std::string_view header,
            std::optional<AsideFile>* file) {
  if (path.empty()) return {};
  COTERIE_ASSIGN_OR_STATUS(AsideFile made, AsideFile::create(path, existing));
  file->emplace(std::move(made));
  return (*file)->write(header);
}

Status flush(std::optional<AsideFile>& file, std::string* lines) {
  Status status = file ? file->write(*lines) : Status();
  lines->clear();
  return status;
}

}  // namespace

base::Result<OtherTables> OtherTables::create(const ShopFiles& files) {
  OtherTables out;
  COTERIE_CHECK_OK(open(files.texts, AsideFile::Existing::kKeep,
                        "text_id,user_id,item_id,kind,body,timestamp,rating\n", &out.texts_));
  COTERIE_CHECK_OK(open(files.links, AsideFile::Existing::kKeep, "user_id,other_user_id,relation,timestamp\n",
                        &out.links_));
  if (!files.text_truth.empty()) {
    std::error_code error;
    std::filesystem::create_directories(files.text_truth.parent_path(), error);
    if (error)
      return tl::unexpected(base::system_error("cannot make", files.text_truth.parent_path(), error.value()));
  }
  COTERIE_CHECK_OK(open(files.text_truth, AsideFile::Existing::kReplace,
                        "text_id,kind,language,sentiment,opinions,motive,says_motive,concern,second_concern,"
                        "is_contrast,is_sarcastic,is_silent\n",
                        &out.text_truth_));
  if (out.texts_ || out.text_truth_) out.writer_ = std::make_unique<TextWriter>();
  return out;
}

void OtherTables::append_text_of(const ShopTruth& truth, std::string_view date, const Row& row) {
  base::Random rng = stream(truth.seed, Purpose::kTexts, (uint64_t{row.user} << 32) | row.text);
  const TextRequest request = request_of(truth, row, rng);
  writer_->write(request, rng, text_);
  ++text_count_;
  std::string id;
  append_own_id('t', row.user, row.text, id);
  append_truth(request, text_.truth, id, truth_lines_);
  text_lines_.append(id).push_back(',');
  append_id('u', row.user, text_lines_);
  text_lines_.push_back(',');
  append_id('i', row.item, text_lines_);
  text_lines_.append(row.behavior == Behavior::kReview ? ",review," : ",message,");
  append_text(text_.body, text_lines_);
  text_lines_.push_back(',');
  append_time(date, row.second, text_lines_);
  text_lines_.push_back(',');
  if (row.rating != 0) append_number(row.rating, text_lines_);
  text_lines_.push_back('\n');
}

Status OtherTables::append_day(const ShopTruth& truth, uint32_t day, std::span<const Row> rows,
                               std::span<const Link> links) {
  const std::string date = truth.rhythm.date(static_cast<int32_t>(day));
  if (writer_)
    for (const Row& row : rows)
      if (row.text != 0) append_text_of(truth, date, row);
  if (links_) {
    for (const Link& link : links) {
      append_id('u', link.user, link_lines_);
      link_lines_.push_back(',');
      append_id('u', link.other_user, link_lines_);
      link_lines_.append(",invited,");
      append_time(date, link.second, link_lines_);
      link_lines_.push_back('\n');
    }
    link_count_ += links.size();
  }
  COTERIE_RETURN_IF_ERROR(flush(texts_, &text_lines_));
  COTERIE_RETURN_IF_ERROR(flush(links_, &link_lines_));
  return flush(text_truth_, &truth_lines_);
}

Status OtherTables::commit() {
  for (auto* file : {&texts_, &links_, &text_truth_}) {
    if (!*file) continue;
    COTERIE_RETURN_IF_ERROR((*file)->commit());
    file->reset();
  }
  return {};
}

}  // namespace coterie::collect::simulate
