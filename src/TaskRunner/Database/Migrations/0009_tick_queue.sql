-- The queue into which the task of a tick goes, from before a broker is asked for the first time; null: nobody was asked. Brokers remember ids for each queue, so
-- that the same tick is never asked for in two, whatever becomes of its schedule.
ALTER TABLE taskrunner.ticks ADD COLUMN queue text;
