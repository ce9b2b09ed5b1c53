// Clauses put together as somebody types them: separators, capitals, ends of sentences, slips, emojis.
#pragma once

#include <string>
#include <string_view>

#include "collect/simulate/texts/pattern.h"
#include "collect/simulate/texts/texts.h"

namespace coterie::collect::simulate {

/// Writes into one body; short-lived. Not thread safe.
class Composer {
 public:
  Composer(const TextRequest& request, const Fillers& fillers, base::Random& rng, std::string& body);

  // Between clauses; nothing happens where there is no clause before.
  void join();                      ///< "and", a comma, a new sentence
  void join_against(bool to_good);  ///< "but", "but at least"
  void pause();                     ///< a comma and nothing more
  void end_sentence();

  /// Appends a sentence of the pattern, without its end; a capital where a sentence begins.
  void say(const Pattern& pattern);
  /// Appends as it is: emojis.
  void append(const Pattern& pattern) { pattern.expand(fillers_, rng_, body_); }

  /// The slips of a careless hand. Called once, at the end.
  void misspell();

  base::Random& rng() { return rng_; }

 private:
  void space_before_latin(size_t at);

  bool chinese_;
  bool loose_;  // spaces for commas, no capitals
  double carelessness_;
  std::string_view end_;
  const Fillers& fillers_;
  base::Random& rng_;
  std::string& body_;
  bool starts_sentence_ = true;
  bool is_open_ = false;  // a clause was said that is not yet followed by a separator
};

/// An emoji or some words of the other language, as the request likes them.
void decorate(Composer& composer, const TextRequest& request, Sentiment sentiment, const Pattern& happy_mixed,
              const Pattern& angry_mixed, const Pattern& emoji);

}  // namespace coterie::collect::simulate
