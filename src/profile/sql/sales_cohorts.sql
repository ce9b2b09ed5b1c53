-- sales_cohorts: how many of those who first bought in a month bought in a later one.
-- grain    one row per (month of the first order, months since) with an order
-- inputs   sales_member_orders
-- outputs  first_month BIGINT (months since year 0), months BIGINT (0 = that month), members BIGINT
-- nulls    none
-- time     that of sales_member_orders
SELECT first_month, month - first_month AS months, count(DISTINCT user_id) AS members
FROM sales_member_orders
GROUP BY first_month, months
ORDER BY first_month, months
