-- sales_member_amounts: what each member brought, refunds taken off, in a range of buckets.
-- grain    one row per member with a buy
-- inputs   events, no_customers
-- outputs  amount DECIMAL(18,4), in ascending order
-- nulls    a member without amounts in the shop's currency has 0
-- time     ts < $as_of
-- buckets  $first_bucket to $last_bucket
SELECT CAST(coalesce(sum(line_amount) FILTER (coalesce(upper(currency), $currency) = $currency), 0) AS DECIMAL(18, 4)) AS amount
FROM events
ANTI JOIN no_customers USING (user_id)
WHERE bucket BETWEEN $first_bucket AND $last_bucket AND behavior IN ('buy', 'refund') AND user_id IS NOT NULL
  AND ts < make_timestamp($as_of)
GROUP BY user_id
HAVING count(*) FILTER (behavior = 'buy') > 0
ORDER BY amount
