-- sales_funnel_sessions: how many sessions held which of the steps to a purchase; who logs in on the way has one session.
-- grain    one row per set of steps
-- inputs   events, no_customers
-- outputs  steps BIGINT: 1 view + 2 cart + 4 checkout + 8 buy; n BIGINT (sessions)
-- nulls    events without a session are left out; guests count
-- time     ts < $as_of
SELECT steps, count(*) AS n
FROM (
  SELECT CAST(bit_or(CASE behavior WHEN 'view' THEN 1 WHEN 'cart' THEN 2 WHEN 'checkout' THEN 4 ELSE 8 END) AS BIGINT) AS steps
  FROM events
  ANTI JOIN no_customers USING (user_id)
  WHERE behavior IN ('view', 'cart', 'checkout', 'buy') AND session_id IS NOT NULL AND ts < make_timestamp($as_of)
  GROUP BY session_id
)
GROUP BY steps
ORDER BY steps
