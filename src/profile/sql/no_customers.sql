-- no_customers: whose events are no sales: bots, test users and the shop's own people.
-- grain    one row per user with is_bot, is_test or is_internal
-- inputs   users
-- outputs  user_id
-- nulls    none
-- time     valid_from <= $as_of
CREATE OR REPLACE TEMP TABLE no_customers AS
SELECT DISTINCT user_id
FROM users
WHERE trait IN ('is_bot', 'is_test', 'is_internal') AND value = 'true' AND valid_from <= make_timestamp($as_of)
