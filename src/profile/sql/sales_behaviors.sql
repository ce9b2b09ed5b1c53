-- sales_behaviors: which behaviors a shop records and what their events hold, in a range of buckets.
-- grain    one row per behavior
-- inputs   events, no_customers
-- outputs  behavior; events, of_members, with_session BIGINT; with_amount BIGINT (an amount in the shop's currency), other_currency
--          BIGINT (an amount in another one); last_us BIGINT (UTC)
-- nulls    guests count
-- time     ts < $as_of
-- buckets  $first_bucket to $last_bucket: sums over ranges are exact
SELECT
  behavior,
  count(*) AS events,
  count(user_id) AS of_members,
  count(session_id) AS with_session,
  count(line_amount) FILTER (coalesce(upper(currency), $currency) = $currency) AS with_amount,
  count(line_amount) FILTER (upper(currency) <> $currency) AS other_currency,
  max(epoch_us(ts)) AS last_us
FROM events
ANTI JOIN no_customers USING (user_id)
WHERE bucket BETWEEN $first_bucket AND $last_bucket AND ts < make_timestamp($as_of)
GROUP BY behavior
ORDER BY behavior
