-- amounts: money and quantities of every member, whole and by window.
-- grain    one row per user who bought or got a refund
-- inputs   as_of_lines
-- outputs  user_index; buy_amount, refund_amount, net_30d, net_90d, net_180d, quantity DECIMAL(18,4);
--          priced_lines, refund_orders BIGINT; discount DECIMAL(18,4), taken off what was bought at an amount
-- nulls    amounts are null where no line has an amount, the discount where none is known
-- time     that of as_of_lines; windows begin at $from_30d, $from_90d, $from_180d (UTC)
SELECT
  user_index,
  CAST(sum(line_amount) FILTER (behavior = 'buy') AS DECIMAL(18, 4)) AS buy_amount,
  CAST(sum(line_amount) FILTER (behavior = 'refund') AS DECIMAL(18, 4)) AS refund_amount,
  CAST(sum(line_amount) FILTER (ts_us >= $from_30d) AS DECIMAL(18, 4)) AS net_30d,
  CAST(sum(line_amount) FILTER (ts_us >= $from_90d) AS DECIMAL(18, 4)) AS net_90d,
  CAST(sum(line_amount) FILTER (ts_us >= $from_180d) AS DECIMAL(18, 4)) AS net_180d,
  CAST(sum(quantity) FILTER (behavior = 'buy') AS DECIMAL(18, 4)) AS quantity,
  count(line_amount) AS priced_lines,
  count(DISTINCT order_key) FILTER (behavior = 'refund') AS refund_orders,
  CAST(sum(discount) FILTER (behavior = 'buy' AND line_amount IS NOT NULL) AS DECIMAL(18, 4)) AS discount
FROM as_of_lines
GROUP BY user_index
ORDER BY user_index
