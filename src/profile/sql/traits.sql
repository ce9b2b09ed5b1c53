-- traits: what is known about every user.
-- grain    one row per (user, trait) with a value as of as_of
-- inputs   users
-- outputs  user_id, trait, value (the newest; the last in byte order of equally new ones)
-- nulls    a trait that is not known has no row; the marks of bots, test users and the shop's own people are no traits
-- time     valid_from <= $as_of
SELECT user_id, trait, arg_max(value, (valid_from, value)) AS value
FROM users
WHERE valid_from <= make_timestamp($as_of) AND trait NOT IN ('is_bot', 'is_test', 'is_internal')
GROUP BY user_id, trait
ORDER BY user_id, trait
