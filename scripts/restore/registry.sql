-- To be run on DB (registry and first shard) after shard.sql, when it was restored. The objects of
-- numbers that were connected since write under their keys still: no other number may get them.
UPDATE sqlite_sequence SET seq = seq + 1000000 WHERE name = 'senders';
-- Objects know what became of their numbers since: the hourly look at each begins anew, at once.
DELETE FROM marks WHERE name = 'sweep.senders';
