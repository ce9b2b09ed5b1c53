// Writes texts and their truth as tab separated lines: what bench/studies/texts.py measures.
//
//   text_samples review|message zh|en COUNT SEED
#include <cstdlib>
#include <iostream>
#include <string>

#include "collect/simulate/texts/text_samples.h"

using namespace coterie::collect::simulate;

int main(int argc, char** argv) {
  if (argc != 5) {
    std::cerr << "text_samples review|message zh|en COUNT SEED\n";
    return 2;
  }
  const TextKind kind = std::string(argv[1]) == "review" ? TextKind::kReview : TextKind::kMessage;
  const TextLanguage language =
      std::string(argv[2]) == "zh" ? TextLanguage::kChinese : TextLanguage::kEnglish;
  const uint64_t count = std::strtoull(argv[3], nullptr, 10);
  const uint64_t seed = std::strtoull(argv[4], nullptr, 10);
  std::ios::sync_with_stdio(false);
  std::cout
      << "rating\tsentiment\tmotive\tsays_motive\tconcern\tsecond_concern\taspects\tis_denied\tis_contrast"
         "\tis_sarcastic\tis_silent\tbody\n";
  const TextWriter writer;
  WrittenText text;
  for (uint64_t i = 0; i < count; ++i) {
    coterie::base::Random rng(seed, i);
    const TextRequest request = draw_request(kind, language, rng);
    writer.write(request, rng, text);
    const TextTruth& truth = text.truth;
    std::string aspects;
    bool denied = false;
    for (const Opinion& opinion : truth.said()) {
      if (!aspects.empty()) aspects += ' ';
      aspects += to_string(opinion.aspect);
      aspects += opinion.sentiment == Sentiment::kPositive ? '+' : '-';
      denied |= opinion.is_denied;
    }
    std::cout << int{request.rating} << '\t' << to_string(truth.sentiment) << '\t' << to_string(truth.motive)
              << '\t' << truth.says_motive << '\t' << to_string(truth.concern) << '\t'
              << (truth.has_second_concern ? to_string(truth.second_concern) : "") << '\t' << aspects << '\t'
              << denied << '\t' << truth.is_contrast << '\t' << truth.is_sarcastic << '\t' << truth.is_silent
              << '\t' << text.body << '\n';
  }
  return 0;
}
