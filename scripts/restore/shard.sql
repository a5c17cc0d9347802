-- To be run on a database that was restored by Time Travel, at once: docs/operating.md, "Backup and
-- restore". Endpoints and partners' cursors stand where the log was before. So what is appended from
-- now on gets places behind theirs, or nobody would be told of it. A million is more than a partner
-- has in most restored times; take more where one may have had more events since.
UPDATE positions SET pos = pos + 1000000;
-- Numbers of events that were given already are not given again: a receiver would take the new
-- event for a repeat. It sees a leap instead, which says that there was more.
UPDATE heads SET seq = seq + 1000000;
