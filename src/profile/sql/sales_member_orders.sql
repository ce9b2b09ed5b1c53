-- sales_member_orders: the orders of members, each with the one before it and the first.
-- grain    one row per (user, order)
-- inputs   sales_orders
-- outputs  user_id; day, previous_day, first_day BIGINT (local days since 1970-01-01); number BIGINT from 1 in order of time;
--          month, first_month BIGINT (months since year 0)
-- nulls    previous_day is null for a first order
-- time     that of sales_orders
CREATE OR REPLACE TEMP TABLE sales_member_orders AS
SELECT
  user_id,
  day,
  lag(day) OVER member AS previous_day,
  first_value(day) OVER member AS first_day,
  row_number() OVER member AS number,
  month,
  first_value(month) OVER member AS first_month
FROM (
  SELECT
    user_id,
    order_us,
    day,
    12 * year(DATE '1970-01-01' + CAST(day AS INTEGER)) + month(DATE '1970-01-01' + CAST(day AS INTEGER)) - 1 AS month
  FROM sales_orders
  WHERE user_id IS NOT NULL
)
WINDOW member AS (PARTITION BY user_id ORDER BY order_us)
