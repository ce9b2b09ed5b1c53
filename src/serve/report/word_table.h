// Tables that the command line shares (changes_words.h, sales_words.h), as tables of the page.
#pragma once

#include <string_view>

#include "serve/report/changes_words.h"
#include "serve/report/page.h"

namespace coterie::serve {

enum class LastRow { kLikeTheOthers, kTotal };

void write_table(const Page& page, std::string_view caption, const WordTable& words,
                 LastRow last_row = LastRow::kLikeTheOthers);

/// The same with a bar behind the numbers of one column, the longest for the largest of them.
void write_bar_table(const Page& page, std::string_view caption, const WordTable& words, size_t bar_column);

}  // namespace coterie::serve
