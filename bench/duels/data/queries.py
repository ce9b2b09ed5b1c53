"""The SQL of the DuckDB peer: the rules and the features of README.md as somebody who knows DuckDB writes them."""

# The columns of the file that hold events; all text, so that a bad number is a bad row and not a bad file.
COLUMNS = ("event_id", "user_id", "item_id", "behavior_type", "timestamp", "value", "quantity", "unit_price",
           "discount", "order_id", "session_id", "channel", "anonymous_id", "item.name", "item.category", "item.brand",
           "item.list_price", "user.gender", "user.city", "user.age", "user.member_level", "user.registered_at")

# A rule a row: the first that fails is its verdict.
RULED = """
CREATE TEMP TABLE ruled AS
SELECT *, CASE
    WHEN user_id IS NULL AND anonymous_id IS NULL THEN 'missing_id'
    WHEN ts IS NULL THEN 'time'
    WHEN ts < TIMESTAMP '1990-01-01' OR ts > TIMESTAMP '2030-01-01' THEN 'time_range'
    WHEN (q IS NOT NULL AND quantity IS NULL) OR (p IS NOT NULL AND unit_price IS NULL)
      OR (d IS NOT NULL AND discount IS NULL) OR (v IS NOT NULL AND value IS NULL) THEN 'number'
    WHEN unit_price < 0 OR discount < 0 THEN 'price'
    WHEN behavior = 'buy' AND quantity <= 0 THEN 'quantity'
  END AS rule
FROM (
  SELECT event_id, user_id, item_id, behavior_type AS behavior,
    CAST(try_strptime("timestamp", '%Y-%m-%dT%H:%M:%S%z') AT TIME ZONE 'UTC' AS TIMESTAMP) AS ts,
    value AS v, quantity AS q, unit_price AS p, discount AS d,
    try_cast(value AS DOUBLE) AS value, try_cast(quantity AS DECIMAL(18, 4)) AS quantity,
    try_cast(unit_price AS DECIMAL(18, 4)) AS unit_price, try_cast(discount AS DECIMAL(18, 4)) AS discount,
    order_id, session_id, channel, anonymous_id,
    "item.name", "item.category", "item.brand", "item.list_price", "user.gender", "user.city", "user.age",
    "user.member_level", "user.registered_at"
  FROM read_csv('{file}', header = true, all_varchar = true, delim = ',', quote = '"', escape = '"',
                auto_detect = false, columns = {columns}, store_rejects = true, rejects_limit = 0)
)"""

EVENTS = """
CREATE TEMP TABLE events AS
SELECT event_id, user_id, item_id, behavior, ts, value,
  CASE WHEN behavior = 'refund' THEN -abs(coalesce(quantity, 1)) WHEN behavior = 'buy' THEN coalesce(quantity, 1)
    ELSE quantity END AS quantity, unit_price, discount,
  CASE WHEN behavior = 'buy' THEN coalesce(quantity, 1) * unit_price - coalesce(discount, 0)
    WHEN behavior = 'refund' THEN -abs(abs(coalesce(quantity, 1)) * unit_price - coalesce(discount, 0))
    END AS line_amount,
  order_id, session_id, channel, anonymous_id
FROM (SELECT DISTINCT ON (event_id) * FROM ruled WHERE rule IS NULL)"""

ITEMS = """
SELECT DISTINCT item_id, "item.name" AS name, "item.category" AS category, "item.brand" AS brand,
  "item.list_price" AS list_price
FROM ruled WHERE rule IS NULL AND "item.name" IS NOT NULL"""
USERS = """
SELECT DISTINCT user_id, "user.gender" AS gender, "user.city" AS city, "user.age" AS age,
  "user.member_level" AS member_level, "user.registered_at" AS registered_at
FROM ruled WHERE rule IS NULL AND "user.member_level" IS NOT NULL"""
QUARANTINE = "SELECT rule, event_id, user_id, behavior, q, p, d, v FROM ruled WHERE rule IS NOT NULL"

# Test users are kept and flagged by Coterie's default rules, and are no members.
TEST_USER = "(test|qa)|test[-_.0-9@ ]*|tester.*|qa[-_.0-9@ ]*|测试.*"

# as_of and the windows are microseconds UTC; the shop's clock is eight hours ahead all year.
FEATURES = """
WITH past AS (
  SELECT *, coalesce(order_id, 'day ' || ((epoch_us(ts) + 28800000000) // 86400000000)) AS order_key,
    epoch_us(ts) AS us, (epoch_us(ts) + 28800000000) // 86400000000 AS day,
    behavior NOT IN ('refund', 'impression', 'message') AND NOT starts_with(behavior, 'custom:') AS is_act
  FROM {events} WHERE user_id IS NOT NULL AND epoch_us(ts) < {as_of} AND NOT regexp_full_match(user_id, '{test_user}', 'i')
), orders AS (
  SELECT user_id, order_key, min(us) AS us, count(DISTINCT item_id) AS items
  FROM past WHERE behavior = 'buy' GROUP BY user_id, order_key
), by_order AS (
  SELECT user_id, count(*) AS frequency, min(us) AS first_us, max(us) AS last_us, sum(items) AS items,
    count(*) FILTER (us >= {d30}) AS f30, count(*) FILTER (us >= {d90}) AS f90,
    count(*) FILTER (us >= {d180}) AS f180,
    avg((((us + 28800000000) // 86400000000 + 3) % 7 >= 5)::INT) AS weekend_share,
    avg(((us + 28800000000) % 86400000000 // 3600000000 >= 18)::INT) AS evening_share
  FROM orders GROUP BY user_id
), by_line AS (
  SELECT user_id,
    sum(line_amount) FILTER (behavior = 'buy') AS bought, sum(line_amount) FILTER (behavior = 'refund') AS refunded,
    sum(quantity) FILTER (behavior = 'buy') AS quantity, count(line_amount) AS priced,
    sum(line_amount) FILTER (us >= {d30}) AS m30, sum(line_amount) FILTER (us >= {d90}) AS m90,
    sum(line_amount) FILTER (us >= {d180}) AS m180,
    count(DISTINCT order_key) FILTER (behavior = 'refund') AS refund_orders,
    count(*) FILTER (behavior = 'view') AS count_view, count(*) FILTER (behavior = 'favorite') AS count_favorite,
    count(*) FILTER (behavior = 'cart') AS count_cart, count(*) FILTER (behavior = 'buy') AS count_buy,
    min(us) FILTER (is_act) AS first_act, max(us) FILTER (is_act) AS last_act,
    count(DISTINCT day) FILTER (is_act) AS active_days,
    count(DISTINCT day) FILTER (is_act AND us >= {d30}) AS active_days_30d,
    count(DISTINCT day) FILTER (is_act AND us >= {d90}) AS active_days_90d
  FROM (SELECT * REPLACE (CASE WHEN behavior IN ('buy', 'refund') THEN line_amount END AS line_amount) FROM past)
  GROUP BY user_id
), by_item AS (
  SELECT user_id, count(*) AS distinct_items, sum(orders) AS order_items, sum(lines) AS lines,
    sum(lines * ln(lines)) AS n_log_n
  FROM (SELECT user_id, item_id, count(*) AS lines, count(DISTINCT order_key) AS orders
        FROM past WHERE behavior = 'buy' AND item_id IS NOT NULL GROUP BY user_id, item_id)
  GROUP BY user_id
)
SELECT user_id,
  ({as_of} - last_us) / 86400e6 AS recency_days, ({as_of} - first_us) / 86400e6 AS tenure_days,
  coalesce(frequency, 0)::DOUBLE AS frequency,
  CASE WHEN priced > 0 THEN coalesce(bought, 0) + coalesce(refunded, 0) END::DOUBLE AS monetary,
  coalesce(f30, 0)::DOUBLE AS frequency_30d, coalesce(f90, 0)::DOUBLE AS frequency_90d,
  coalesce(f180, 0)::DOUBLE AS frequency_180d,
  CASE WHEN priced > 0 THEN coalesce(m30, 0) END::DOUBLE AS monetary_30d,
  CASE WHEN priced > 0 THEN coalesce(m90, 0) END::DOUBLE AS monetary_90d,
  CASE WHEN priced > 0 THEN coalesce(m180, 0) END::DOUBLE AS monetary_180d,
  CASE WHEN frequency > 1 THEN (last_us - first_us) / 86400e6 / (frequency - 1) END AS gap_mean_days,
  CASE WHEN frequency > 1 AND last_us > first_us
    THEN ({as_of} - last_us) / 86400e6 / ((last_us - first_us) / 86400e6 / (frequency - 1)) END AS recency_over_gap,
  items / frequency AS basket_items,
  CASE WHEN priced > 0 AND frequency > 0 THEN coalesce(bought, 0)::DOUBLE / frequency END AS order_value,
  CASE WHEN priced > 0 AND quantity > 0 THEN bought::DOUBLE / quantity::DOUBLE END AS unit_price_mean,
  coalesce(distinct_items, 0)::DOUBLE AS distinct_items, ln(lines) - n_log_n / lines AS item_entropy,
  1 - distinct_items / order_items AS repeat_item_share, weekend_share, evening_share,
  ln(1 + coalesce(f90, 0)) - ln(1 + coalesce(f180, 0) - coalesce(f90, 0)) AS trend_90d,
  refund_orders::DOUBLE AS refund_orders,
  CASE WHEN bought > 0 THEN -coalesce(refunded, 0)::DOUBLE / bought::DOUBLE END AS refund_share,
  count_view::DOUBLE AS count_view, count_favorite::DOUBLE AS count_favorite, count_cart::DOUBLE AS count_cart,
  count_buy::DOUBLE AS count_buy,
  ({as_of} - last_act) / 86400e6 AS active_recency_days, ({as_of} - first_act) / 86400e6 AS active_tenure_days,
  active_days::DOUBLE AS active_days, active_days_30d::DOUBLE AS active_days_30d,
  active_days_90d::DOUBLE AS active_days_90d,
  CASE WHEN active_days > 0 THEN ({as_of} - last_act) / 86400e6 * active_days / (({as_of} - first_act) / 86400e6 + 1)
    END AS missed_active_days,
  CASE WHEN active_days > 0 THEN coalesce(frequency, 0) / active_days END AS orders_per_active_day
FROM by_line LEFT JOIN by_order USING (user_id) LEFT JOIN by_item USING (user_id)
ORDER BY user_id"""
