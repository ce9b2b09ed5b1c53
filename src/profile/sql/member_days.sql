-- member_days: what every member did on every day, in a range of buckets; bots, test users and the shop's own people
-- are none.
-- grain    one row per (user, local day, category) with an event
-- inputs   events, users, item_category_codes; macro local_us
-- outputs  user_id, day BIGINT (since 1970-01-01 on the wall clock), category BIGINT (code; -1 = none), views,
--          favorites, carts, buys BIGINT (events), log_price BIGINT (sum over buys of ln(unit_price) in thousandths),
--          priced BIGINT (buys with a price above 0)
-- nulls    log_price is 0 where nothing is priced
-- time     ts < $as_of
-- buckets  $first_bucket to $last_bucket
SELECT
  user_id,
  local_us(epoch_us(ts)) // 86400000000 AS day,
  coalesce(code, -1) AS category,
  count(*) FILTER (behavior = 'view') AS views,
  count(*) FILTER (behavior = 'favorite') AS favorites,
  count(*) FILTER (behavior = 'cart') AS carts,
  count(*) FILTER (behavior = 'buy') AS buys,
  CAST(coalesce(sum(CASE
    WHEN behavior = 'buy' AND unit_price > 0 THEN CAST(round(1000 * ln(CAST(unit_price AS DOUBLE))) AS BIGINT)
  END), 0) AS BIGINT) AS log_price,
  count(*) FILTER (behavior = 'buy' AND unit_price > 0) AS priced
FROM events
LEFT JOIN item_category_codes USING (item_id)
ANTI JOIN (
  SELECT user_id
  FROM users
  WHERE trait IN ('is_bot', 'is_test', 'is_internal') AND value = 'true' AND valid_from <= make_timestamp($as_of)
) AS no_customers USING (user_id)
WHERE bucket BETWEEN $first_bucket AND $last_bucket AND ts < make_timestamp($as_of) AND user_id IS NOT NULL
GROUP BY user_id, day, code
ORDER BY user_id, day, category
