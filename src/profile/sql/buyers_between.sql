-- buyers_between: who bought in a window; the labels of purchase and churn.
-- grain    one row per member with a buy in the window
-- inputs   events
-- outputs  user_id
-- nulls    none
-- time     $from <= ts < $to
-- buckets  $first_bucket to $last_bucket
SELECT DISTINCT user_id
FROM events
WHERE bucket BETWEEN $first_bucket AND $last_bucket AND behavior = 'buy' AND user_id IS NOT NULL
  AND ts >= make_timestamp($from) AND ts < make_timestamp($to)
ORDER BY user_id
