-- trait_members: who is known of in a shop that has no events.
-- grain    one row per user with a trait as of as_of and without is_bot, is_test, is_internal
-- inputs   users, no_customers
-- outputs  user_id, ascending
-- nulls    none
-- time     valid_from <= $as_of
SELECT DISTINCT user_id
FROM users
WHERE valid_from <= make_timestamp($as_of) AND user_id NOT IN (SELECT user_id FROM no_customers)
ORDER BY user_id
