-- To be run on DB after any shard was restored. Every raw history body that is kept (15 days) counts
-- as not stored: the sweep points at each of them again, and a page that is there is left alone.
DELETE FROM history_bodies;
DELETE FROM marks WHERE name = 'sweep.bodies';
