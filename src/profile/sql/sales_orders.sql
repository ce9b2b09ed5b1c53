-- sales_orders: every order, of members and guests, in a range of buckets.
-- grain    one row per (person, order); an order is one person's buys of one order_id, or of one local day without one
-- inputs   events, no_customers; macro local_us
-- outputs  user_id; order_us BIGINT (the first line, UTC), day BIGINT (its local day since 1970-01-01), amount
--          DECIMAL(18,4) in the shop's currency
-- nulls    user_id is null for a guest; amount is null where no line has one
-- time     ts < $as_of
-- buckets  $first_bucket to $last_bucket
CREATE OR REPLACE TEMP TABLE sales_orders AS
SELECT user_id, order_us, local_us(order_us) // 86400000000 AS day, amount
FROM (
  SELECT
    user_id,
    CASE WHEN user_id IS NULL THEN anonymous_id END AS guest_id,
    order_id,
    CASE WHEN order_id IS NULL THEN local_us(epoch_us(ts)) // 86400000000 END AS order_day,
    min(epoch_us(ts)) AS order_us,
    CAST(sum(line_amount) FILTER (coalesce(upper(currency), $currency) = $currency) AS DECIMAL(18, 4)) AS amount
  FROM events
  ANTI JOIN no_customers USING (user_id)
  WHERE bucket BETWEEN $first_bucket AND $last_bucket AND behavior = 'buy' AND ts < make_timestamp($as_of)
  GROUP BY user_id, guest_id, order_id, order_day
)
