-- as_of_lines: what members bought and gave back, with all that features ask of it; the one read of such events.
-- grain    one row per buy or refund of a member (user_id present) before as_of
-- inputs   events, members; macro local_us(microseconds UTC) -> microseconds on the shop's wall clock
-- outputs  user_index BIGINT (place of user_id in ascending byte order), ts_us BIGINT (UTC), behavior, item_id,
--          order_key (order_id, or the local day where the file has no orders), quantity, line_amount, discount
--          DECIMAL(18,4)
-- nulls    item_id, quantity, line_amount and discount as stored
-- time     ts < $as_of
-- buckets  $first_bucket to $last_bucket, those of members
CREATE TEMP TABLE as_of_lines AS
SELECT
  members.user_index,
  epoch_us(events.ts) AS ts_us,
  events.behavior,
  events.item_id,
  coalesce(events.order_id, 'day ' || (local_us(epoch_us(events.ts)) // 86400000000)) AS order_key,
  events.quantity,
  events.line_amount,
  events.discount
FROM events
JOIN members USING (user_id)
WHERE events.bucket BETWEEN $first_bucket AND $last_bucket AND events.ts < make_timestamp($as_of)
  AND events.behavior IN ('buy', 'refund')
