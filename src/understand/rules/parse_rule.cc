#include "understand/rules/parse_rule.h"

#include <algorithm>

#include "understand/rules/rule_lexer.h"
#include "understand/rules/rule_names.h"

namespace coterie::understand {

using base::Code;
using base::Result;
using base::Status;
using Kind = RuleToken::Kind;

namespace {

constexpr std::string_view kConditionHint =
    "a condition begins with feature., trait., rfm., score., rank., segment., count(, sum(, avg(, min(, "
    "max(, "
    "days_since(, "
    "performed(, in_segment( or everyone";

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

class Parser {
 public:
  Parser(std::string_view text, std::vector<RuleToken> tokens) : text_(text), tokens_(std::move(tokens)) {}

  Result<Rule> run() {
    COTERIE_ASSIGN(Rule rule, group(Rule::Kind::kOr));
    if (now().kind != Kind::kEnd) return wrong("expected 'and', 'or' or the end, not {}", shown(now()));
    if (const Status status = check_rule_limits(rule); !status.ok()) return tl::unexpected(status);
    return rule;
  }

  Result<std::vector<Quantity>> run_list() {
    std::vector<Quantity> out;
    do {
      if (now().kind != Kind::kName)
        return wrong("expected a quantity such as feature.recency_days, trait.age or count(buy, 90d), not {}",
                     shown(now()));
      const RuleToken& token = take();
      COTERIE_ASSIGN(Quantity one, quantity(token));
      if (std::find(out.begin(), out.end(), one) != out.end())
        return wrong_at(token, to_text(one) + " stands there twice");
      out.push_back(std::move(one));
    } while (accept_sign(","));
    if (now().kind != Kind::kEnd) return wrong("expected ',' or the end, not {}", shown(now()));
    if (out.size() > kMaxRuleQuantities)
      return base::error(Code::kInvalidArgument, "{} quantities; {} are the most", out.size(),
                         kMaxRuleQuantities);
    return out;
  }

 private:
  const RuleToken& now() const { return tokens_[next_]; }
  const RuleToken& take() { return tokens_[now().kind == Kind::kEnd ? next_ : next_++]; }

  template <class... Args>
  tl::unexpected<Status> wrong(fmt::format_string<Args...> format, Args&&... args) const {
    return wrong_at(now(), fmt::format(format, std::forward<Args>(args)...));
  }
  tl::unexpected<Status> wrong_at(const RuleToken& token, std::string_view what) const {
    return base::error(Code::kInvalidArgument, "{}: {}", place_in_rule(text_, token.at), what);
  }
  // An error of rule_names.h, with the place of the token that it is about.
  tl::unexpected<Status> placed(const RuleToken& token, const Status& status) const {
    return wrong_at(token, status.message());
  }

  static std::string shown(const RuleToken& token) {
    switch (token.kind) {
      case Kind::kEnd: return "the end";
      case Kind::kText: return quoted_text(token.text);
      case Kind::kNumber: return fmt::format("{}", token.number);
      case Kind::kWindow: return fmt::format("{}{}", token.number, token.text);
      default: return fmt::format("'{}'", token.text);
    }
  }

  bool is_word(std::string_view word) const { return now().kind == Kind::kName && lower(now().text) == word; }
  bool is_sign(std::string_view sign) const { return now().kind == Kind::kSign && now().text == sign; }
  bool accept_word(std::string_view word) {
    const bool is = is_word(word);
    next_ += is ? 1 : 0;
    return is;
  }
  bool accept_sign(std::string_view sign) {
    const bool is = is_sign(sign);
    next_ += is ? 1 : 0;
    return is;
  }
  Status expect_sign(std::string_view sign, std::string_view where) {
    if (accept_sign(sign)) return {};
    return wrong("expected '{}' {}, not {}", sign, where, shown(now())).value();
  }

  // "or" of "and"s, or "and" of parts. One alone is itself.
  Result<Rule> group(Rule::Kind kind) {
    const bool is_or = kind == Rule::Kind::kOr;
    const auto child = [&] { return is_or ? group(Rule::Kind::kAnd) : part(); };
    COTERIE_ASSIGN(Rule first, child());
    if (!is_word(is_or ? "or" : "and")) return first;
    Rule out{kind};
    out.children.push_back(std::move(first));
    while (accept_word(is_or ? "or" : "and")) {
      COTERIE_ASSIGN(Rule more, child());
      out.children.push_back(std::move(more));
    }
    return out;
  }

  Result<Rule> part() {
    if (++depth_ > kMaxRuleDepth)
      return wrong("more than {} levels of parentheses and 'not'; split the rule into segments",
                   kMaxRuleDepth);
    auto out = part_inside();
    --depth_;
    return out;
  }

  Result<Rule> part_inside() {
    if (accept_word("not")) {
      Rule out{Rule::Kind::kNot};
      COTERIE_ASSIGN(Rule child, part());
      out.children.push_back(std::move(child));
      return out;
    }
    if (accept_sign("(")) {
      COTERIE_ASSIGN(Rule inside, group(Rule::Kind::kOr));
      COTERIE_CHECK_OK(expect_sign(")", "to close the parenthesis"));
      return inside;
    }
    if (accept_word("everyone")) return Rule{Rule::Kind::kEveryone};
    if (now().kind != Kind::kName) return wrong("{}; not with {}", kConditionHint, shown(now()));
    return named_part();
  }

  Result<Rule> named_part() {
    const RuleToken& token = take();
    const std::string word = lower(token.text);
    if (word == "in_segment") return includes();
    if (word == "performed") return performed();
    Rule out{Rule::Kind::kCondition};
    COTERIE_ASSIGN(Quantity asked, quantity(token));
    COTERIE_ASSIGN(out.condition, comparison(token, std::move(asked)));
    return out;
  }

  // Its first token has been taken.
  Result<Quantity> quantity(const RuleToken& token) {
    const std::string word = lower(token.text);
    if (is_sign("(")) return aggregate(token, word);
    if (!accept_sign("."))
      return wrong_at(token, fmt::format("'{}' begins no condition; {}", token.text, kConditionHint));
    const auto source = quantity_source(word);
    if (!source) return placed(token, source.error());
    COTERIE_ASSIGN(const RuleToken* name, name_token("behind the point"));
    auto found = named_quantity(*source, name->text);
    if (!found) return placed(*name, found.error());
    return std::move(*found);
  }

  Result<Rule> includes() {
    COTERIE_CHECK_OK(expect_sign("(", "behind in_segment"));
    if (now().kind != Kind::kText)
      return wrong("in_segment(\"NAME\") takes the name in quotes, not {}", shown(now()));
    Rule out{Rule::Kind::kIncludes};
    out.segment = take().text;
    COTERIE_CHECK_OK(expect_sign(")", "behind the segment's name"));
    return out;
  }

  Result<Rule> performed() {
    COTERIE_CHECK_OK(expect_sign("(", "behind performed"));
    Quantity quantity{QuantitySource::kEvents};
    COTERIE_CHECK_OK(behavior(&quantity));
    COTERIE_CHECK_OK(scopes(&quantity));
    Rule out{Rule::Kind::kCondition};
    out.condition = {std::move(quantity), CompareOp::kGreaterEqual, {1.0}};
    return out;
  }

  Result<const RuleToken*> name_token(std::string_view where) {
    if (now().kind == Kind::kName || now().kind == Kind::kText) return &take();
    return wrong("expected a name {}, not {}", where, shown(now()));
  }

  Status behavior(Quantity* quantity) {
    COTERIE_ASSIGN_OR_STATUS(const RuleToken* name, name_token("of a behavior, as in count(buy)"));
    auto found = rule_behavior(name->text);
    if (!found) return placed(*name, found.error()).value();
    quantity->behavior = std::move(*found);
    return {};
  }

  Result<Quantity> aggregate(const RuleToken& token, std::string_view word) {
    const auto function = rule_aggregate(word);
    if (!function) return placed(token, function.error());
    COTERIE_CHECK_OK(expect_sign("(", "behind the function"));
    Quantity out{QuantitySource::kEvents};
    out.function = *function;
    COTERIE_CHECK_OK(behavior(&out));
    const bool has_field =
        *function != profile::Aggregate::kCount && *function != profile::Aggregate::kDaysSince;
    if (has_field != is_sign("."))
      return wrong(has_field ? fmt::runtime("{}(...) is of an amount, as in {}(buy.line_amount)")
                             : fmt::runtime("{}(...) is of a behavior alone, as in {}(buy)"),
                   word, word);
    if (accept_sign(".")) {
      COTERIE_ASSIGN(const RuleToken* name, name_token("of an amount behind the point"));
      const auto field = rule_amount_field(name->text);
      if (!field) return placed(*name, field.error());
      out.field = *field;
    }
    COTERIE_CHECK_OK(scopes(&out));
    return out;
  }

  Status scopes(Quantity* quantity) {
    while (accept_sign(",")) {
      const RuleToken& token = now();
      if (token.kind == Kind::kWindow) {
        COTERIE_RETURN_IF_ERROR(window(quantity));
      } else {
        COTERIE_RETURN_IF_ERROR(filter(quantity));
      }
    }
    return expect_sign(")", "to close it");
  }

  Status window(Quantity* quantity) {
    const RuleToken& token = take();
    if (!quantity->window.is_all()) return wrong_at(token, "a second window; one is enough").value();
    const std::string_view unit = token.text;
    const auto read = unit == "d"   ? window_of_days(token.number)
                      : unit == "w" ? window_of_days(token.number * 7)
                                    : window_of_seconds(token.number * (unit == "h" ? 3600 : 1));
    if (!read) return placed(token, read.error()).value();
    quantity->window = *read;
    return {};
  }

  Status filter(Quantity* quantity) {
    if (now().kind != Kind::kName)
      return wrong("expected a window such as 90d, or a column of events as in channel = \"app\", not {}",
                   shown(now()))
          .value();
    const RuleToken& name = take();
    const auto field = rule_text_field(lower(name.text));
    if (!field) return placed(name, field.error()).value();
    COTERIE_RETURN_IF_ERROR(expect_sign("=", "behind the column"));
    if (now().kind != Kind::kText) return wrong("expected a text in quotes, not {}", shown(now())).value();
    quantity->filters.push_back({*field, take().text});
    return {};
  }

  Result<RuleValue> value() {
    if (now().kind == Kind::kNumber) return RuleValue(take().number);
    if (now().kind == Kind::kText) return RuleValue(take().text);
    return wrong("expected a number or a text in quotes, not {}", shown(now()));
  }

  Result<Condition> comparison(const RuleToken& token, Quantity quantity) {
    std::vector<RuleValue> values;
    COTERIE_ASSIGN(const CompareOp op, compare_op());
    if (op == CompareOp::kIn || op == CompareOp::kNotIn) {
      COTERIE_CHECK_OK(expect_sign("(", "behind in"));
      do {
        COTERIE_ASSIGN(auto one, value());
        values.push_back(std::move(one));
      } while (accept_sign(","));
      COTERIE_CHECK_OK(expect_sign(")", "to close the list"));
    } else if (op != CompareOp::kExists && op != CompareOp::kMissing) {
      COTERIE_ASSIGN(auto one, value());
      values.push_back(std::move(one));
    }
    auto out = make_condition(std::move(quantity), op, std::move(values));
    if (!out) return placed(token, out.error());
    return std::move(*out);
  }

  Result<CompareOp> compare_op() {
    constexpr CompareOp kSignOps[] = {CompareOp::kEqual,     CompareOp::kNotEqual, CompareOp::kLess,
                                      CompareOp::kLessEqual, CompareOp::kGreater,  CompareOp::kGreaterEqual};
    for (const CompareOp op : kSignOps)
      if (accept_sign(to_text(op))) return op;
    if (accept_word("in")) return CompareOp::kIn;
    const bool is_not_in = is_word("not");
    if (is_not_in && (++next_, accept_word("in"))) return CompareOp::kNotIn;
    if (!is_not_in && accept_word("is")) {
      const bool exists = accept_word("not");
      if (accept_word("missing")) return exists ? CompareOp::kExists : CompareOp::kMissing;
      return wrong("expected 'missing' behind 'is', not {}", shown(now()));
    }
    return wrong("expected =, !=, <, <=, >, >=, in (...), not in (...) or is missing, not {}", shown(now()));
  }

  std::string_view text_;
  std::vector<RuleToken> tokens_;
  size_t next_ = 0;
  size_t depth_ = 0;
};

Status check_length(std::string_view text) {
  if (text.size() <= kMaxRuleBytes) return {};
  return base::failure(Code::kInvalidArgument, "the rule is {} bytes long; {} are the most", text.size(),
                       kMaxRuleBytes);
}

}  // namespace

Result<Rule> parse_rule(std::string_view text) {
  COTERIE_CHECK_OK(check_length(text));
  COTERIE_ASSIGN(auto tokens, lex_rule(text));
  if (tokens.size() == 1)
    return base::error(Code::kInvalidArgument,
                       "the rule is empty; write `everyone` or a condition such as "
                       "rfm.r >= 4");
  return Parser(text, std::move(tokens)).run();
}

Result<std::vector<Quantity>> parse_quantities(std::string_view text) {
  COTERIE_CHECK_OK(check_length(text));
  COTERIE_ASSIGN(auto tokens, lex_rule(text));
  return Parser(text, std::move(tokens)).run_list();
}

}  // namespace coterie::understand
