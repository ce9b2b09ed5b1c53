-- sales_gaps: how many days lie between a member's successive orders.
-- grain    one row per number of days
-- inputs   sales_member_orders
-- outputs  days BIGINT (local days; 0 = on the same day), gaps BIGINT
-- nulls    a member's first order has no gap before it
-- time     that of sales_member_orders
SELECT day - previous_day AS days, count(*) AS gaps
FROM sales_member_orders
WHERE previous_day IS NOT NULL
GROUP BY days
ORDER BY days
