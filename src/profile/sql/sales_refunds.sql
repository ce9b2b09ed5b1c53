-- sales_refunds: what was given back on each day, guests included, in a range of buckets.
-- grain    one row per local day with a refund
-- inputs   events, no_customers; macro local_us
-- outputs  day BIGINT (since 1970-01-01); amount DECIMAL(18,4), negative; refunds BIGINT: one person's refund lines of one
--          order_id and day are one
-- nulls    amount is null where no line has one in the shop's currency
-- time     ts < $as_of: a refund is of its own day, not of the order's
-- buckets  $first_bucket to $last_bucket: sums over ranges are exact
SELECT day, CAST(sum(amount) AS DECIMAL(18, 4)) AS amount, count(*) AS refunds
FROM (
  SELECT
    local_us(epoch_us(ts)) // 86400000000 AS day,
    user_id,
    CASE WHEN user_id IS NULL THEN anonymous_id END AS guest_id,
    order_id,
    sum(line_amount) FILTER (coalesce(upper(currency), $currency) = $currency) AS amount
  FROM events
  ANTI JOIN no_customers USING (user_id)
  WHERE bucket BETWEEN $first_bucket AND $last_bucket AND behavior = 'refund' AND ts < make_timestamp($as_of)
  GROUP BY day, user_id, guest_id, order_id
)
GROUP BY day
ORDER BY day
