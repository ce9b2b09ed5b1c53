-- trait_names: which traits the shop knows of anybody.
-- grain    one row per trait
-- inputs   users
-- outputs  trait
-- nulls    none
-- time     all
SELECT DISTINCT trait
FROM users
ORDER BY trait
