-- sales_second_orders: how long after the first order the second came, or for how long it has not come.
-- grain    one row per (days, whether it came)
-- inputs   sales_member_orders
-- outputs  days BIGINT: local days from the first order to the second, or to the last whole day that is known;
--          has_second BOOLEAN; members BIGINT
-- nulls    members whose first order is on or after $end_day are left out
-- time     days before $end_day, the first local day that is not known whole
SELECT coalesce(second_day, $end_day - 1) - first_day AS days, second_day IS NOT NULL AS has_second, count(*) AS members
FROM (
  SELECT first_day, min(day) FILTER (number = 2 AND day < $end_day) AS second_day
  FROM sales_member_orders
  WHERE number <= 2
  GROUP BY user_id, first_day
)
WHERE first_day < $end_day
GROUP BY days, has_second
ORDER BY days, has_second
