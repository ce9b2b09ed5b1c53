// coterie generate SHOP
#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <vector>

#include "base/file.h"
#include "collect/file_source.h"
#include "collect/import.h"
#include "collect/simulate/shop_generator.h"
#include "serve/cli/session.h"
#include "serve/cli/table.h"

namespace coterie::serve {

using base::Message;
using base::Status;

namespace {

struct GenerateArguments {
  std::string shop;
  bool is_csv = false;
  std::string profile = "retail", family = "gamma", drift;
  collect::simulate::GenerateOptions options;
};

// The generated rows end at a fixed date; a machine whose clock is before it must not call them future.
class ClockNotBefore final : public base::Clock {
 public:
  ClockNotBefore(const base::Clock& clock, base::Timestamp earliest) : clock_(clock), earliest_(earliest) {}
  base::Timestamp now() const override { return std::max(clock_.now(), earliest_); }

 private:
  const base::Clock& clock_;
  base::Timestamp earliest_;
};

// The position of `name` among the words of an enum, as CLI11 has checked it.
template <class Enum>
Enum named(std::string_view name, std::initializer_list<Enum> all) {
  for (const Enum value : all)
    if (to_string(value) == name) return value;
  return *all.begin();
}

base::Result<collect::simulate::GenerateOptions> options_of(const GenerateArguments& arguments) {
  using collect::simulate::Family, collect::simulate::Profile;
  auto options = arguments.options;
  options.profile = named(arguments.profile,
                          {Profile::kRetail, Profile::kGrocery, Profile::kSubscription, Profile::kContent});
  options.family = named(arguments.family, {Family::kGamma, Family::kLognormal});
  if (!arguments.drift.empty()) {
    COTERIE_ASSIGN(options.drift_day, collect::simulate::period_day(arguments.drift, options.days));
  }
  return options;
}

// "demo.shop.truth" for "demo.shop/": what no stage reads lies beside what it may read.
std::filesystem::path truth_folder(const std::string& shop) {
  std::filesystem::path path(shop);
  if (!path.has_filename()) path = path.parent_path();
  return path += ".truth";
}

// "demo.texts.csv" for "demo.csv".
std::filesystem::path beside(const std::filesystem::path& csv, std::string_view table) {
  std::filesystem::path path = csv;
  return path.replace_extension(fmt::format(".{}{}", table, csv.extension().string()));
}

Status import_file(store::Workspace& workspace, const std::filesystem::path& path, collect::Kind kind,
                   const base::Context& context) {
  COTERIE_ASSIGN_OR_STATUS(const auto source, collect::open_file(path));
  collect::ImportOptions options;
  options.preset = "coterie";
  options.kind = kind;
  const auto report = collect::import_source(workspace, *source, options, context);
  return report ? Status() : report.error();
}

// The rows as a file, to be imported or read by others.
Status write_csv(Session& session, const GenerateArguments& arguments, collect::simulate::ShopText* source) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(arguments.shop.c_str(), "wbx"),
                                                             &std::fclose);
  if (!file) return base::system_error("cannot make", arguments.shop, errno);
  const base::Context context = session.context();
  context.progress->begin(fmt::format("generate {}", arguments.shop), 0, "bytes");
  std::vector<char> buffer(size_t{1} << 20);
  uint64_t bytes = 0, lines = 0;
  for (;;) {
    COTERIE_RETURN_IF_ERROR(context.check_cancelled());
    COTERIE_ASSIGN_OR_STATUS(const size_t size, source->read(buffer));
    if (size == 0) break;
    if (std::fwrite(buffer.data(), 1, size, file.get()) != size)
      return base::system_error("cannot write", arguments.shop, errno);
    bytes += size;
    lines += static_cast<uint64_t>(
        std::count(buffer.begin(), buffer.begin() + static_cast<ptrdiff_t>(size), '\n'));
    context.progress->advance(bytes);
  }
  if (std::fflush(file.get()) != 0) return base::system_error("cannot write", arguments.shop, errno);
  const uint64_t rows = lines == 0 ? 0 : lines - 1;
  context.progress->end(fmt::format("{} rows", rows));
  if (session.is_json())
    session.print_json({{"file", arguments.shop}, {"rows", rows}, {"bytes", bytes}});
  else
    std::printf("%s\n", base::format_text(Message::cli_generated_file, session.language(), arguments.shop,
                                          grouped(static_cast<int64_t>(rows)))
                            .c_str());
  return {};
}

Status run_generate(Session& session, const GenerateArguments& arguments) {
  namespace simulate = collect::simulate;
  COTERIE_ASSIGN_OR_STATUS(const auto generate, options_of(arguments));
  COTERIE_RETURN_IF_ERROR(simulate::validate(generate));
  const std::filesystem::path truth = truth_folder(arguments.shop);
  if (arguments.is_csv) {
    const std::filesystem::path path(arguments.shop);
    const simulate::ShopFiles files{beside(path, "texts"), beside(path, "links"), truth / "texts.csv"};
    COTERIE_ASSIGN_OR_STATUS(const auto source, simulate::make_shop_source(generate, files));
    COTERIE_RETURN_IF_ERROR(write_csv(session, arguments, source.get()));
    return source->write_truth(truth);
  }
  if (store::Workspace::exists(arguments.shop))
    return base::failure(base::Code::kAlreadyExists,
                         "{} is a workspace already; name a new folder for the shop", arguments.shop);
  COTERIE_ASSIGN_OR_STATUS(
      auto workspace,
      store::Workspace::create(arguments.shop, {std::string(simulate::kShopTimezone),
                                                std::string(simulate::kShopCurrency), session.language()}));
  base::Context context = session.context();
  const ClockNotBefore clock(*context.clock, simulate::kShopEnd);
  context.clock = &clock;
  COTERIE_ASSIGN_OR_STATUS(const std::filesystem::path aside, workspace->temp_folder());
  const simulate::ShopFiles files{aside / "texts.csv", aside / "links.csv", truth / "texts.csv"};
  COTERIE_ASSIGN_OR_STATUS(const auto source, simulate::make_shop_source(generate, files));
  collect::ImportOptions options;
  options.preset = "coterie";
  COTERIE_ASSIGN_OR_STATUS(const auto report, collect::import_source(*workspace, *source, options, context));
  if (source->texts() > 0)
    COTERIE_RETURN_IF_ERROR(import_file(*workspace, files.texts, collect::Kind::kTexts, context));
  if (source->links() > 0)
    COTERIE_RETURN_IF_ERROR(import_file(*workspace, files.links, collect::Kind::kLinks, context));
  COTERIE_RETURN_IF_ERROR(source->write_truth(truth));
  const auto& counts = report.counts;
  if (session.is_json()) {
    session.print_json({{"shop", arguments.shop},
                        {"users", arguments.options.users},
                        {"days", arguments.options.days},
                        {"seed", arguments.options.seed},
                        {"texts", source->texts()},
                        {"links", source->links()},
                        {"received", counts.received},
                        {"accepted", counts.accepted},
                        {"duplicate", counts.duplicate},
                        {"quarantined", counts.quarantined},
                        {"quarantined_by_rule", counts.quarantined_by_rule},
                        {"seconds", report.seconds}});
    return {};
  }
  std::printf("%s\n", base::format_text(Message::cli_generated, session.language(), arguments.shop,
                                        grouped(static_cast<int64_t>(counts.received)),
                                        grouped(static_cast<int64_t>(counts.accepted)),
                                        grouped(static_cast<int64_t>(counts.duplicate)),
                                        grouped(static_cast<int64_t>(counts.quarantined)))
                          .c_str());
  return {};
}

}  // namespace

void add_generate_command(CLI::App& app, Action* action) {
  auto arguments = std::make_shared<GenerateArguments>();
  auto* command = app.add_subcommand("generate", "Make a synthetic shop: the same seed gives the same bytes");
  command->add_option("SHOP", arguments->shop, "the workspace folder to make")->required();
  command->add_option("--users", arguments->options.users, "members")
      ->check(CLI::Range(1, 10'000'000))
      ->capture_default_str();
  command->add_option("--days", arguments->options.days, "days of history, up to 2026-01-01")
      ->check(CLI::Range(1, 3650))
      ->capture_default_str();
  command->add_option("--seed", arguments->options.seed, "of all random numbers")->capture_default_str();
  command->add_flag("--csv", arguments->is_csv, "write the rows to SHOP as a CSV file instead");
  command->add_option("--dirty", arguments->options.dirty, "share of rows with a fault")
      ->capture_default_str();
  command->add_option("--profile", arguments->profile, "kind of shop")
      ->check(CLI::IsMember(std::vector<std::string>{"retail", "grocery", "subscription", "content"}))
      ->capture_default_str();
  command->add_option("--family", arguments->family, "how members differ in visits, orders and leaving")
      ->check(CLI::IsMember({"gamma", "lognormal"}))
      ->capture_default_str();
  command->add_option("--drift", arguments->drift,
                      "date from which visits end with an order 40 % less often and prices are 25 % higher");
  command->footer("Example:\n  coterie generate demo.shop --users 20000 --days 365 --seed 1");
  command->callback([=] { *action = [=](Session& session) { return run_generate(session, *arguments); }; });
}

}  // namespace coterie::serve
