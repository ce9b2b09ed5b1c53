// SQL of people: what is refused, that values of every type are read exactly, and what errors say.
#include "store/people_sql.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "base/context.h"
#include "store/schema.h"
#include "store/sql_check.h"
#include "store/typed_rows.h"

namespace coterie::store {
namespace {

namespace fs = std::filesystem;
using base::Code;
using base::Status;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

// A locked-down connection like that of a workspace, with a folder of its own and a small table.
class PeopleSql : public ::testing::Test {
 protected:
  PeopleSql() {
    const auto* info = ::testing::UnitTest::GetInstance()->current_test_info();
    root_ =
        fs::temp_directory_path() / ("coterie_sql_" + std::string(info->name()) + std::to_string(::getpid()));
    fs::remove_all(root_);
    fs::create_directories(root_ / "data");
    std::ofstream(root_ / "secret.csv") << "a,b\n1,2\n";
    ConnectionOptions options;
    options.allowed_folders = {root_ / "data"};
    options.temp_folder = root_ / "data" / "tmp";
    options.memory_bytes = uint64_t{128} << 20;
    options.threads = 2;
    auto opened = Connection::open(options);
    EXPECT_TRUE(opened) << opened.error().message();
    connection_ = std::move(*opened);
    must(
        "CREATE TABLE events AS SELECT 'u' || i AS user_id, i AS n, TIMESTAMP '2020-01-01' + i * INTERVAL 1 "
        "DAY AS "
        "ts FROM range(10) t(i)");
  }
  ~PeopleSql() override {
    connection_.reset();
    fs::remove_all(root_);
  }

  void must(std::string_view sql) {
    auto done = connection_->execute(sql);
    ASSERT_TRUE(done) << done.error().message();
  }

  base::Result<std::unique_ptr<PeopleQuery>> prepare(std::string_view sql,
                                                     std::span<const TextParameter> parameters = {}) {
    COTERIE_ASSIGN(const auto checked, CheckedSql::check(*connection_, sql));
    return PeopleQuery::prepare(*connection_, checked, parameters);
  }

  Status run(std::string_view sql, std::span<const TextParameter> parameters = {}) {
    return read(sql, parameters, [](const TypedRows&, size_t, size_t) {});
  }

  // Calls visit(rows, column, row) for every value, in order.
  Status read(std::string_view sql, std::span<const TextParameter> parameters,
              const std::function<void(const TypedRows&, size_t, size_t)>& visit) {
    COTERIE_ASSIGN_OR_STATUS(auto query, prepare(sql, parameters));
    return query->run(
        [&](const TypedRows& rows) -> Status {
          for (size_t row = 0; row < rows.size(); ++row)
            for (size_t column = 0; column < rows.columns(); ++column) visit(rows, column, row);
          return {};
        },
        cancel_);
  }

  std::vector<std::string> texts(std::string_view sql, std::span<const TextParameter> parameters = {}) {
    std::vector<std::string> out;
    const Status status = read(sql, parameters, [&](const TypedRows& rows, size_t column, size_t row) {
      out.emplace_back();
      if (rows.is_null(column, row)) out.back() = "NULL";
      rows.append_text(column, row, &out.back());
    });
    EXPECT_TRUE(status.ok()) << sql << ": " << status.message();
    return out;
  }

  std::string as_json(std::string_view sql) {
    std::string out;
    const Status status = read(sql, {}, [&](const TypedRows& rows, size_t column, size_t row) {
      if (!out.empty()) out += ' ';
      rows.append_json(column, row, &out);
    });
    EXPECT_TRUE(status.ok()) << sql << ": " << status.message();
    return out;
  }

  std::string refusal(std::string_view sql) {
    const Status status = run(sql);
    EXPECT_EQ(status.code(), Code::kInvalidArgument) << sql << ": " << status.message();
    return status.message();
  }

  size_t files() const {
    return static_cast<size_t>(std::distance(fs::recursive_directory_iterator(root_), {}));
  }

  fs::path root_;
  std::unique_ptr<Connection> connection_;
  base::CancelToken cancel_;
};

TEST_F(PeopleSql, RunsEveryStatementThatReads) {
  for (const char* sql :
       {"SELECT 1", "WITH a AS (SELECT 1) SELECT * FROM a", "FROM events", "TABLE events", "VALUES (1), (2)",
        "DESCRIBE events", "SUMMARIZE events", "SHOW TABLES", "EXPLAIN SELECT 1",
        "EXPLAIN ANALYZE FROM events", "explain (format json) select 1",
        "-- what\n/* and */ SELECT 1 ; -- end", "SELECT 1;;", "PIVOT events ON n IN (1, 2) USING count(*)",
        "SELECT * FROM range(3), unnest([1, 2])",
        "WITH RECURSIVE a(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM a WHERE i < 5) SELECT * FROM a",
        "SELECT list_transform([1, 2], lambda x: x + 1)", "(SELECT 1) UNION ALL (SELECT 2)"})
    EXPECT_TRUE(run(sql).ok()) << sql << ": " << run(sql).message();
}

TEST_F(PeopleSql, KnowsWhichTablesAStatementReads) {
  using enum TableKind;
  const auto all = all_table_kinds();
  const std::vector<TableKind> every(all.begin(), all.end());
  const std::pair<const char*, std::vector<TableKind>> cases[] = {
      {"SELECT count(*) FROM Events", {kEvents}},
      {"FROM main.users AS events", {kUsers}},
      {"SELECT (SELECT max(ts) FROM events), * FROM items WHERE EXISTS (FROM texts)",
       {kEvents, kItems, kTexts}},
      {"WITH a AS (FROM links), b AS (FROM a) SELECT * FROM b JOIN flags ON true", {kLinks, kFlags}},
      {"WITH events AS (FROM scores) FROM events", {kEvents, kScores}},
      {"(FROM users) UNION ALL (FROM users)", {kUsers}},
      {"EXPLAIN SELECT * FROM segments", {kSegments}},
      {"PIVOT events ON behavior IN ('buy') USING count(*)", {kEvents}},
      {"SELECT 1", every},
      {"SHOW TABLES", every},
      {"DESCRIBE events", every},
      {"SUMMARIZE events", every},
      {"SELECT * FROM nosuch", every},
      {"SELECT * FROM information_schema.tables", every}};
  for (const auto& [sql, tables] : cases)
    EXPECT_EQ(CheckedSql::check(*connection_, sql)->tables(), tables) << sql;
  EXPECT_FALSE(CheckedSql::check(*connection_, "DELETE FROM events"));
}

TEST_F(PeopleSql, RefusesWhatIsNoRead) {
  const size_t before = files();
  const std::string target = (root_ / "data" / "x").string();
  for (const std::string& sql :
       std::vector<std::string>{"CREATE TABLE t (a INT)",
                                "CREATE VIEW v AS SELECT 1",
                                "INSERT INTO events VALUES ('a', 1, now())",
                                "DELETE FROM events",
                                "UPDATE events SET n = 1",
                                "DROP TABLE events",
                                "ALTER TABLE events ADD COLUMN z INT",
                                "COPY events TO '" + target + "'",
                                "COPY (SELECT 1) TO '" + target + "' (FORMAT parquet)",
                                "ATTACH '" + target + "'",
                                "DETACH memory",
                                "USE memory",
                                "SET threads = 1",
                                "RESET threads",
                                "PRAGMA database_list",
                                "PRAGMA enable_profiling",
                                "INSTALL httpfs",
                                "LOAD parquet",
                                "CALL enable_logging()",
                                "EXPORT DATABASE '" + target + "'",
                                "IMPORT DATABASE '" + target + "'",
                                "CHECKPOINT",
                                "VACUUM",
                                "ANALYZE",
                                "BEGIN",
                                "PREPARE p AS SELECT 1",
                                "EXECUTE p",
                                "SET VARIABLE a = 1",
                                "CREATE SECRET s (TYPE s3)",
                                "EXPLAIN COPY events TO '" + target + "'",
                                "EXPLAIN ANALYZE COPY events TO '" + target + "'",
                                "EXPLAIN ANALYZE CREATE TABLE t AS SELECT 1",
                                "EXPLAIN (ANALYZE) COPY events TO '" + target + "'",
                                "EXPLAIN (ANALYZE, FORMAT json) COPY events TO '" + target + "'",
                                "EXPLAIN /* ( */ ANALYZE -- )\n COPY events TO '" + target + "'",
                                "EXPLAIN EXPLAIN ANALYZE DROP TABLE events",
                                "SELECT 1; DROP TABLE events",
                                "SELECT 1; SELECT 2",
                                "",
                                " -- nothing",
                                ";",
                                "PIVOT events ON n USING count(*)"}) {
    const std::string message = refusal(sql);
    EXPECT_THAT(message, HasSubstr("SQL")) << sql;
    EXPECT_TRUE(message.find("allowed is one statement") != std::string::npos ||
                message.find("syntax error") != std::string::npos)
        << sql << ": " << message;
  }
  EXPECT_EQ(files(), before) << "a refused statement wrote a file";
  EXPECT_THAT(texts("SELECT count(*) FROM events"), ElementsAre("10"));
}

TEST_F(PeopleSql, RefusesFilesAndFunctionsWithEffects) {
  const size_t before = files();
  const std::string secret = (root_ / "secret.csv").string(), log = (root_ / "data" / "log").string();
  for (const std::string& sql : std::vector<std::string>{
           "SELECT * FROM read_csv('/etc/passwd')",
           "FROM read_csv('" + secret + "')",
           "FROM read_text('" + secret + "')",
           "FROM read_blob('" + secret + "')",
           "FROM read_parquet('../state.db')",
           "FROM read_json('" + secret + "')",
           "FROM parquet_scan('x')",
           "FROM parquet_metadata('x')",
           "FROM sniff_csv('" + secret + "')",
           "FROM glob('/etc/*')",
           "FROM glob('" + root_.string() + "/*')",
           "SELECT * FROM '" + secret + "'",
           "SELECT * FROM \"" + secret + "\"",
           "SELECT getenv('HOME')",
           "SELECT GetEnv('HOME')",
           "SELECT write_log('x')",
           "SELECT \"write_log\"('x')",
           "SELECT current_setting('temp_directory')",
           "FROM duckdb_settings()",
           "FROM duckdb_settings",
           "FROM duckdb_views()",
           "FROM duckdb_logs",
           "FROM query('SELECT 1')",
           "FROM query_table('events')",
           "FROM json_execute_serialized_sql('{}')",
           "FROM enable_logging('QueryLog', storage = 'file', storage_path = '" + log + "')",
           "SELECT (SELECT count(*) FROM enable_logging())",
           "SUMMARIZE SELECT 1 FROM enable_logging()",
           "WITH a AS (FROM \"ENABLE_LOGGING\"()) FROM a",
           "EXPLAIN ANALYZE FROM enable_logging()",
           "SELECT 1 WHERE EXISTS (FROM enable_profiling())",
           "FROM checkpoint()",
           "FROM force_checkpoint()",
           "SELECT 1 ORDER BY (SELECT 1 FROM truncate_duckdb_logs())",
           "FROM pragma_database_size()"})
    EXPECT_THAT(refusal(sql), HasSubstr("SQL")) << sql;
  EXPECT_EQ(files(), before) << "a refused statement wrote a file";
  EXPECT_THAT(refusal("SELECT 1,\n  2 FROM glob('*')"),
              HasSubstr("line 2, column 10: glob() is not available"));
}

// Every type that the engine has, nested ones too: our text is the engine's.
TEST_F(PeopleSql, ReadsEveryTypeAsTheEngineWritesIt) {
  auto query = prepare("FROM test_all_types()");
  ASSERT_TRUE(query) << query.error().message();
  for (const ResultColumn& column : (*query)->columns()) {
    // At the end of its range the engine's cast of this type is a millisecond off; its other values are below.
    if (column.name == "timestamp_tz") continue;
    const std::string name = "\"" + column.name + "\"";
    EXPECT_EQ(texts("SELECT " + name + " FROM test_all_types()"),
              texts("SELECT CAST(" + name + " AS VARCHAR) FROM test_all_types()"))
        << column.name << " " << column.type;
  }
  EXPECT_GT((*query)->columns().size(), 50u);
  EXPECT_THAT(
      texts("SELECT TIMESTAMPTZ '2020-02-29 23:59:59.000001+08', TIMESTAMPTZ '0044-03-15 (BC) 00:00:00+00', "
            "TIMESTAMPTZ '-infinity'"),
      ElementsAre("2020-02-29 15:59:59.000001+00", "0044-03-15 (BC) 00:00:00+00", "-infinity"));
}

TEST_F(PeopleSql, ReadsNumbersExactly) {
  const char* sql =
      "SELECT (i * 0.7 - 3)::DOUBLE * pow(10, i % 40 - 20), (i * 0.7)::FLOAT, (i - 500)::DECIMAL(38, 7) / 3, "
      "(i - 500)::HUGEINT * 170141183460469231731687303715884105, (i - 500)::DECIMAL(4, 3) / 100, "
      "(i::DECIMAL(9, 9) / "
      "10000) FROM range(1000) t(i)";
  const char* as_text =
      "SELECT ((i * 0.7 - 3)::DOUBLE * pow(10, i % 40 - 20))::VARCHAR, ((i * 0.7)::FLOAT)::VARCHAR, ((i - "
      "500)::DECIMAL(38, 7) / 3)::VARCHAR, ((i - 500)::HUGEINT * "
      "170141183460469231731687303715884105)::VARCHAR, ((i - "
      "500)::DECIMAL(4, 3) / 100)::VARCHAR, (i::DECIMAL(9, 9) / 10000)::VARCHAR FROM range(1000) t(i)";
  EXPECT_NE(run(sql).code(), Code::kOk) << "the DECIMAL(4,3) does not hold 500";
  const auto mended = [](std::string text) {
    for (size_t at = 0; (at = text.find("DECIMAL(4, 3)", at)) != std::string::npos;)
      text.replace(at, 13, "DECIMAL(7, 3)");
    for (size_t at = 0; (at = text.find("DECIMAL(9, 9)", at)) != std::string::npos;)
      text.replace(at, 13, "DECIMAL(12, 9)");
    return text;
  };
  EXPECT_EQ(texts(mended(sql)), texts(mended(as_text)));
}

TEST_F(PeopleSql, WritesJsonWithNumbersAsNumbers) {
  EXPECT_EQ(
      as_json(
          "SELECT 9007199254740993, 170141183460469231731687303715884105727::HUGEINT, 1.50::DECIMAL(38,2), "
          "true, NULL, 0.1::DOUBLE"),
      "9007199254740993 170141183460469231731687303715884105727 1.50 true null 0.1");
  EXPECT_EQ(as_json("SELECT 'nan'::DOUBLE, 'inf'::DOUBLE, '-inf'::FLOAT"),
            "\"NaN\" \"Infinity\" \"-Infinity\"");
  EXPECT_EQ(as_json("SELECT [1, NULL], {'a': 1, 'b': ['x']}, MAP {'k': 1.5}, row(1, 'z')"),
            "[1, null] {\"a\": 1, \"b\": [\"x\"]} {\"k\": 1.5} [1, \"z\"]");
  EXPECT_EQ(
      as_json(
          "SELECT DATE '2020-02-29', TIMESTAMPTZ '2020-01-01 00:00:00+00', INTERVAL 90 MINUTE, 'é\n\"\\'"),
      "\"2020-02-29\" \"2020-01-01 00:00:00+00\" \"01:30:00\" \"é\\n\\\"\\\\\"");
  EXPECT_EQ(as_json("SELECT '{\"a\": [1]}'::JSON, '{\"a\": [1]}'"), "{\"a\": [1]} \"{\\\"a\\\": [1]}\"");
}

TEST_F(PeopleSql, NamesTypesAsSqlWritesThem) {
  auto query = prepare(
      "SELECT 1::HUGEINT a, [1.5::DECIMAL(10,2)] b, {'x': 1, 'y': 'z'} c, MAP {1: 'a'} d, 'x' AS \"e f\"");
  ASSERT_TRUE(query);
  std::vector<std::string> types;
  for (const auto& column : (*query)->columns()) types.push_back(column.name + " " + column.type);
  EXPECT_THAT(types, ElementsAre("a HUGEINT", "b DECIMAL(10,2)[]", "c STRUCT(x INTEGER, y VARCHAR)",
                                 "d MAP(INTEGER, VARCHAR)", "e f VARCHAR"));
}

TEST_F(PeopleSql, KeepsTheOrderOfTheStatement) {
  const auto rows = texts("SELECT i FROM range(100000) t(i) ORDER BY (i * 7919) % 100003 DESC");
  ASSERT_EQ(rows.size(), 100'000u);
  for (size_t i = 1; i < rows.size(); ++i)
    ASSERT_GT((std::stoll(rows[i - 1]) * 7919) % 100003, (std::stoll(rows[i]) * 7919) % 100003);
}

TEST_F(PeopleSql, BindsParametersByName) {
  const TextParameter parameters[] = {{"user", "u3"}, {"from", "2020-01-02"}};
  EXPECT_THAT(texts("SELECT n FROM events WHERE user_id = $user AND ts >= $from::TIMESTAMP", parameters),
              ElementsAre("3"));
  EXPECT_THAT(texts("SELECT count(*) FROM events WHERE ts >= $from AND $user <> ''", parameters),
              ElementsAre("9"));
  EXPECT_THAT(run("SELECT $user", parameters).message(), HasSubstr("no $from"));
  EXPECT_THAT(run("SELECT $who").message(), HasSubstr("no value for $who; give --param who=VALUE"));
  const TextParameter injected[] = {{"user", "x' OR 'a' = 'a"}};
  EXPECT_THAT(texts("SELECT count(*) FROM events WHERE user_id = $user", injected), ElementsAre("0"));
}

TEST_F(PeopleSql, SaysWhereAStatementIsWrong) {
  EXPECT_EQ(refusal("SELECT\n  user_id,\n  nope\nFROM events").substr(0, 71),
            "SQL, line 3, column 3: Referenced column \"nope\" not found in FROM claus");
  EXPECT_THAT(refusal("SELECT x FROM events"), HasSubstr("\n  SELECT x FROM events\n         ^"));
  EXPECT_THAT(refusal("SELECT * FROM nosuch"),
              HasSubstr("there is no table 'nosuch'; there are: events, items"));
  EXPECT_THAT(refusal("SELEC 1"), HasSubstr("SQL, line 1, column 1: "));
  EXPECT_THAT(refusal("SELECT 1 +"), HasSubstr("syntax error at end of input"));
  const std::string wide = "SELECT '" + std::string(300, 'a') + "', nope FROM events";
  EXPECT_THAT(refusal(wide), HasSubstr("SQL, line 1, column 312: "));
  for (const char* sql : {"SELECT x FROM events", "SELECT * FROM nosuch", "SELECT sum(user_id) FROM events",
                          "SELECT st_area(1)", "SELECT nope(1)"})
    EXPECT_THAT(refusal(sql), Not(::testing::AnyOf(HasSubstr("Binder"), HasSubstr("Catalog Error"),
                                                   HasSubstr("INSTALL"), HasSubstr("duckdb"))));
}

TEST_F(PeopleSql, LeavesValuesOfTheDataOutOfErrors) {
  must("CREATE TABLE people AS SELECT 'wang@example.com' AS mail, 8613812345678 AS phone");
  EXPECT_THAT(refusal("SELECT mail::INT FROM people"), Not(HasSubstr("wang")));
  EXPECT_THAT(refusal("SELECT phone::INT FROM people"), Not(HasSubstr("86138")));
  EXPECT_THAT(refusal("SELECT phone * 9223372036854775807 FROM people"), Not(HasSubstr("86138")));
  EXPECT_THAT(refusal("SELECT 'abc'::INT FROM people"), HasSubstr("'abc'"));
}

TEST_F(PeopleSql, StopsWhenAsked) {
  std::thread stopper([&] { cancel_.cancel(); });
  const Status status =
      run("SELECT count(*) FROM range(10000000000) a(i), range(1000) b(j) WHERE i * j % 7 = 3");
  stopper.join();
  EXPECT_EQ(status.code(), Code::kCancelled) << status.message();
}

TEST_F(PeopleSql, StopsAtItsMemory) {
  const Status status = run("SELECT list(i) FROM range(200000000) t(i)");
  EXPECT_EQ(status.code(), Code::kResourceExhausted) << status.message();
  EXPECT_THAT(status.message(), HasSubstr("--memory"));
}

TEST_F(PeopleSql, WritesParquetWithoutLoss) {
  const fs::path file = root_ / "data" / "out.parquet";
  auto query = prepare(
      "SELECT 170141183460469231731687303715::HUGEINT AS h, INTERVAL '1 month 3 microseconds' AS i, "
      "ts AS \"a \"\"b\", [1::HUGEINT] AS l FROM events ORDER BY n LIMIT 2;");
  ASSERT_TRUE(query) << query.error().message();
  const auto rows = (*query)->write_parquet(file, cancel_);
  ASSERT_TRUE(rows) << rows.error().message();
  EXPECT_EQ(*rows, 2u);
  must("CREATE VIEW stored AS FROM read_parquet('" + file.string() + "')");
  EXPECT_THAT(
      texts("SELECT * FROM stored LIMIT 1"),
      ElementsAre("170141183460469231731687303715", "1 month 00:00:00.000003", "2020-01-01 00:00:00", "[1]"));
  auto twice = prepare("SELECT 1 AS a, 2 AS A");
  ASSERT_TRUE(twice);
  EXPECT_THAT((*twice)->write_parquet(file, cancel_).error().message(),
              HasSubstr("two columns are called 'A'"));
}

}  // namespace
}  // namespace coterie::store
