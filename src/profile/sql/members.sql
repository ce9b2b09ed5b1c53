-- members: customers who existed before as_of, in a range of buckets, and what each did how often; bots, test users
-- and the shop's own people are none.
-- grain    one row per user with at least one event before as_of and without is_bot, is_test, is_internal
-- inputs   events, users
-- outputs  user_id, user_index BIGINT from 0 in ascending byte order of user_id;
--          views, favorites, carts, buys BIGINT (events, not orders)
-- nulls    none: a member without such events has 0
-- time     ts < $as_of, valid_from <= $as_of
-- buckets  $first_bucket to $last_bucket
CREATE TEMP TABLE members AS
SELECT user_id, row_number() OVER (ORDER BY user_id) - 1 AS user_index, views, favorites, carts, buys
FROM (
  SELECT
    user_id,
    count(*) FILTER (behavior = 'view') AS views,
    count(*) FILTER (behavior = 'favorite') AS favorites,
    count(*) FILTER (behavior = 'cart') AS carts,
    count(*) FILTER (behavior = 'buy') AS buys
  FROM events
  WHERE bucket BETWEEN $first_bucket AND $last_bucket AND ts < make_timestamp($as_of) AND user_id IS NOT NULL
  GROUP BY user_id
)
ANTI JOIN (
  SELECT user_id
  FROM users
  WHERE trait IN ('is_bot', 'is_test', 'is_internal') AND value = 'true' AND valid_from <= make_timestamp($as_of)
) AS no_customers USING (user_id)
