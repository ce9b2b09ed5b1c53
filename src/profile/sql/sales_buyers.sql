-- sales_buyers: how many members bought in each period, and how many of them for the first time.
-- grain    one row per period with an order of a member
-- inputs   sales_member_orders
-- outputs  day BIGINT: the first day of the period (day, week from Monday, month), since 1970-01-01; members,
--          new_members BIGINT
-- nulls    none
-- time     that of sales_member_orders
SELECT
  CASE $by
    WHEN 'week' THEN day - (day + 3) % 7
    WHEN 'month' THEN date_diff('day', DATE '1970-01-01', make_date(month // 12, month % 12 + 1, 1))
    ELSE day
  END AS period,
  count(DISTINCT user_id) AS members,
  count(*) FILTER (number = 1) AS new_members
FROM sales_member_orders
GROUP BY period
ORDER BY period
