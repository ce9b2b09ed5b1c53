-- bot_regularity: events of those whose last 100 gaps between acts were nearly equal at some moment.
-- Nearly equal: the 5th and the 95th percentile of the gaps lie within a fifth of their median, so a timer that varies
-- by a tenth either way is found, and five odd gaps at each end hide nothing. People's gaps are heavy-tailed (Barabasi
-- 2005); in the real data sets the narrowest hundred spreads over 103 % of its median. Only gaps of at most six hours
-- are judged (a daily habit is a person's; a hundred even gaps of hours leave no sleep), and only gaps of ten or more
-- units of the person's clock (day, hour, minute or second, the coarsest that all of the times keep to).
-- grain    one row per event of a bot
-- inputs   staged_events: the rows of one part of a file (about a million)
-- outputs  line, known_from TIMESTAMP (just after the act that completed the hundred)
-- nulls    a guest is judged by anonymous_id
-- time     known_from never lies before what it is known from
WITH all_acts AS (
  SELECT coalesce(user_id, anonymous_id) AS person, epoch_us(ts) AS us
  FROM staged_events
  WHERE behavior NOT IN ('impression', 'message') AND NOT starts_with(behavior, 'custom:')
),
busy AS (SELECT person FROM all_acts GROUP BY person HAVING count(*) > 100),
acts AS (SELECT DISTINCT person, us FROM all_acts SEMI JOIN busy USING (person)),
clocks AS (
  SELECT person,
    CASE
      WHEN bool_and(us % 3600000000 = 0) THEN 3600000000
      WHEN bool_and(us % 60000000 = 0) THEN 60000000
      WHEN bool_and(us % 1000000 = 0) THEN 1000000
      ELSE 1000
    END AS unit_us
  FROM acts
  GROUP BY person
  HAVING count(*) > 100
),
gaps AS (
  SELECT person, us, us - lag(us) OVER (PARTITION BY person ORDER BY us) AS gap
  FROM acts
  SEMI JOIN clocks USING (person)
),
spreads AS (
  SELECT person, us,
    count(gap) OVER last_gaps AS gaps,
    quantile_disc(gap, 0.05) OVER last_gaps AS low,
    quantile_disc(gap, 0.5) OVER last_gaps AS middle,
    quantile_disc(gap, 0.95) OVER last_gaps AS high
  FROM gaps
  WHERE gap IS NOT NULL
  WINDOW last_gaps AS (PARTITION BY person ORDER BY us ROWS 99 PRECEDING)
),
bots AS (
  SELECT person, min(us) AS since
  FROM spreads
  JOIN clocks USING (person)
  WHERE gaps = 100 AND (high - low) * 5 <= middle AND middle <= 21600000000 AND middle >= 10 * unit_us
  GROUP BY person
)
SELECT staged_events.line, make_timestamp(bots.since + 1) AS known_from
FROM staged_events
JOIN bots ON coalesce(staged_events.user_id, staged_events.anonymous_id) = bots.person
