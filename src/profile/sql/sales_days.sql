-- sales_days: what was ordered on each day.
-- grain    one row per local day with an order
-- inputs   sales_orders
-- outputs  day BIGINT; amount DECIMAL(18,4); orders, priced_orders (with an amount), guest_orders BIGINT;
--          squares_high, squares_low BIGINT: the sum over orders of the squared amount in hundredths, over and modulo 10^18
-- nulls    amount and squares are null where no order has an amount
-- time     that of sales_orders: an order is of the day of its first line
SELECT
  day,
  CAST(sum(amount) AS DECIMAL(18, 4)) AS amount,
  count(*) AS orders,
  count(amount) AS priced_orders,
  count(*) FILTER (user_id IS NULL) AS guest_orders,
  CAST(sum(hundredths * hundredths) // 1000000000000000000 AS BIGINT) AS squares_high,
  CAST(sum(hundredths * hundredths) % 1000000000000000000 AS BIGINT) AS squares_low
FROM (SELECT day, amount, user_id, CAST(CAST(round(amount * 100) AS BIGINT) AS HUGEINT) AS hundredths FROM sales_orders)
GROUP BY day
ORDER BY day
