-- trait: one trait of every user.
-- grain    one row per user with a value as of as_of
-- inputs   users
-- outputs  user_id, value (the newest; the last in byte order of equally new ones)
-- nulls    a user of whom it is not known has no row
-- time     valid_from <= $as_of
SELECT user_id, arg_max(value, (valid_from, value)) AS value
FROM users
WHERE trait = $trait AND valid_from <= make_timestamp($as_of)
GROUP BY user_id
ORDER BY user_id
