// Progress lines on a clock that the test turns: what is shown, how often, and what is left out.
#include "serve/cli/progress_lines.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace coterie::serve {
namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class HandClock final : public base::Clock {
 public:
  base::Timestamp now() const override { return now_; }
  void turn(double seconds) { now_ += static_cast<int64_t>(seconds * static_cast<double>(base::kSecond)); }

 private:
  base::Timestamp now_ = base::kDay;
};

struct Screen {
  explicit Screen(const ProgressOptions& options)
      : lines(options, clock, [this](std::string_view text) { written.emplace_back(text); }) {}
  HandClock clock;
  std::vector<std::string> written;
  ProgressLines lines;
};

TEST(ProgressLines, SaysHowFarHowFastAndHowLongStill) {
  Screen screen({.is_terminal = true});
  screen.lines.begin("import orders.csv", 100'000'000, "rows");
  screen.clock.turn(35);
  screen.lines.advance(42'000'000);
  EXPECT_EQ(screen.written.back(), "\r\033[K  import orders.csv   42 %  1.2 M rows/s  0:49 left");
  screen.clock.turn(49);
  screen.lines.end("100000000 rows");
  EXPECT_EQ(screen.written.back(), "\r\033[K  import orders.csv  84.00 s  100000000 rows\n");
}

TEST(ProgressLines, CountsTheStepsOfThePlan) {
  Screen screen({.is_terminal = true});
  screen.lines.plan(2);
  screen.lines.begin("overview", 0, "");
  EXPECT_EQ(screen.written.back(), "\r\033[K  [1/2] overview    ");
  screen.lines.end("done");
  screen.lines.begin("segments", 10, "events");
  EXPECT_EQ(screen.written.back(), "\r\033[K  [2/2] segments    ");
}

TEST(ProgressLines, AddsUpWhatIsToldInParts) {
  Screen screen({.is_terminal = true});
  screen.lines.begin("features", 4000, "events");
  screen.clock.turn(1);
  screen.lines.add(1000);
  EXPECT_THAT(screen.written.back(), HasSubstr("25 %  1.0 k events/s  0:03 left"));
  screen.clock.turn(1);
  screen.lines.add(1000);
  EXPECT_THAT(screen.written.back(), HasSubstr("50 %"));
  screen.lines.begin("next", 4000, "events");
  screen.clock.turn(1);
  screen.lines.add(1000);
  EXPECT_THAT(screen.written.back(), HasSubstr("25 %"));
}

TEST(ProgressLines, RewritesAtMostFiveTimesASecond) {
  Screen screen({.is_terminal = true});
  screen.lines.begin("import", 1000, "bytes");
  for (uint64_t done = 1; done <= 1000; ++done) {
    screen.clock.turn(0.001);
    screen.lines.advance(done);
  }
  EXPECT_LE(screen.written.size(), 6u);
  EXPECT_GE(screen.written.size(), 5u);
}

TEST(ProgressLines, WritesPlainLinesHalfAMinuteApartWhereThereIsNoTerminal) {
  Screen screen({.is_terminal = false});
  screen.lines.plan(3);
  screen.lines.begin("import", 4'000'000'000, "bytes");
  for (int second = 1; second <= 65; ++second) {
    screen.clock.turn(1);
    screen.lines.advance(static_cast<uint64_t>(second) * 40'000'000);
  }
  screen.lines.end("done");
  EXPECT_THAT(screen.written, ElementsAre("  [1/3] import         30 %  40.0 MB/s  1:10 left\n",
                                          "  [1/3] import         60 %  40.0 MB/s  0:40 left\n",
                                          "  import        65.00 s  done\n"));
}

TEST(ProgressLines, SaysNothingOfTheTimeLeftWhenTheTotalIsUnknownOrPassed) {
  Screen screen({.is_terminal = true});
  screen.lines.begin("import -", 0, "bytes");
  screen.clock.turn(2);
  screen.lines.advance(500);
  EXPECT_THAT(screen.written.back(), EndsWith("500 B  250 B/s"));
  screen.lines.begin("import a.gz", 100, "bytes");
  screen.clock.turn(2);
  screen.lines.advance(300);
  EXPECT_THAT(screen.written.back(), HasSubstr("100 %"));
  EXPECT_THAT(screen.written.back(), Not(HasSubstr("left")));
}

TEST(ProgressLines, WritesHoursAndCutsLongNames) {
  Screen screen({.is_terminal = true});
  screen.lines.begin("import 一个非常非常非常长的文件名字.csv", 1000, "rows");
  screen.clock.turn(10);
  screen.lines.advance(1);
  EXPECT_THAT(screen.written.back(), HasSubstr("2:46:30 left"));
  EXPECT_THAT(screen.written.back(), HasSubstr("import 一个非常非常非…  "));
}

TEST(ProgressLines, IsSilentWhenQuietAndOutsideSteps) {
  Screen quiet({.is_quiet = true, .is_terminal = true});
  quiet.lines.begin("import", 10, "rows");
  quiet.clock.turn(60);
  quiet.lines.advance(5);
  quiet.lines.end("done");
  EXPECT_THAT(quiet.written, IsEmpty());
  Screen idle({.is_terminal = true});
  idle.clock.turn(60);
  idle.lines.add(5);
  EXPECT_THAT(idle.written, IsEmpty());
}

TEST(ProgressLines, SurvivesAClockThatGoesBack) {
  Screen screen({.is_terminal = true});
  screen.lines.begin("import", 10, "rows");
  screen.clock.turn(-3600);
  screen.lines.advance(5);
  screen.lines.end("done");
  EXPECT_THAT(screen.written.back(), HasSubstr("0.00 s"));
}

}  // namespace
}  // namespace coterie::serve
