-- buyers_between: who bought in a window; the labels of purchase and churn.
-- grain    one row per member with a buy in the window
-- inputs   events
-- outputs  user_id
-- nulls    none
-- time     $from <= ts < $to
SELECT DISTINCT user_id
FROM events
WHERE behavior = 'buy' AND user_id IS NOT NULL AND ts >= make_timestamp($from) AND ts < make_timestamp($to)
ORDER BY user_id
