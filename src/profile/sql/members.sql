-- members: customers who existed before as_of, in a range of buckets, and what each did how often and when; bots, test
-- users and the shop's own people are none.
-- grain    one row per user with at least one event before as_of and without is_bot, is_test, is_internal
-- inputs   events, users; macro local_us
-- outputs  user_id, user_index BIGINT from 0 in ascending byte order of user_id;
--          views, favorites, carts, buys BIGINT (events, not orders);
--          first_us, last_us BIGINT (UTC) of the first and the last act, active_days, active_days_30d, active_days_90d
--          BIGINT: local days with an act. An act is any event but a refund and what clients send by themselves
-- nulls    none: a member without such events has 0; first_us and last_us are null without an act
-- time     ts < $as_of, valid_from <= $as_of; the windows begin at $from_30d and $from_90d (microseconds UTC)
-- buckets  $first_bucket to $last_bucket
CREATE TEMP TABLE members AS
SELECT
  user_id,
  row_number() OVER (ORDER BY user_id) - 1 AS user_index,
  views,
  favorites,
  carts,
  buys,
  epoch_us(first_act) AS first_us,
  epoch_us(last_act) AS last_us,
  active_days,
  active_days_30d,
  active_days_90d
FROM (
  SELECT
    user_id,
    CAST(sum(day_views) AS BIGINT) AS views,
    CAST(sum(day_favorites) AS BIGINT) AS favorites,
    CAST(sum(day_carts) AS BIGINT) AS carts,
    CAST(sum(day_buys) AS BIGINT) AS buys,
    min(first_act) AS first_act,
    max(last_act) AS last_act,
    count(last_act) AS active_days,
    count(*) FILTER (last_act >= make_timestamp($from_30d)) AS active_days_30d,
    count(*) FILTER (last_act >= make_timestamp($from_90d)) AS active_days_90d
  FROM (
    SELECT
      user_id,
      local_us(epoch_us(ts)) // 86400000000 AS day,
      count(*) FILTER (behavior = 'view') AS day_views,
      count(*) FILTER (behavior = 'favorite') AS day_favorites,
      count(*) FILTER (behavior = 'cart') AS day_carts,
      count(*) FILTER (behavior = 'buy') AS day_buys,
      min(ts) FILTER (is_act) AS first_act,
      max(ts) FILTER (is_act) AS last_act
    FROM (
      SELECT
        user_id,
        ts,
        behavior,
        behavior NOT IN ('refund', 'impression', 'message') AND NOT starts_with(behavior, 'custom:') AS is_act
      FROM events
      WHERE bucket BETWEEN $first_bucket AND $last_bucket AND ts < make_timestamp($as_of) AND user_id IS NOT NULL
    )
    GROUP BY user_id, day
  )
  GROUP BY user_id
)
ANTI JOIN (
  SELECT user_id
  FROM users
  WHERE trait IN ('is_bot', 'is_test', 'is_internal') AND value = 'true' AND valid_from <= make_timestamp($as_of)
) AS no_customers USING (user_id)
