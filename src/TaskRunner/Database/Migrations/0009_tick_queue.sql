-- The queue into which the task of a tick goes, from before a broker is asked for the first time; null: nobody was asked. Brokers remember ids for each queue, so
-- that the same tick is never asked for in two, whatever becomes of its schedule.
LOCK TABLE taskrunner.ticks, taskrunner.schedules, taskrunner.set_aside IN ACCESS EXCLUSIVE MODE;

ALTER TABLE taskrunner.ticks ADD COLUMN queue text;

-- Whoever looks for what is to be tried again finds it by an index, however many schedules are set aside.
ALTER TABLE taskrunner.set_aside ADD COLUMN namespace text NOT NULL DEFAULT '';
UPDATE taskrunner.set_aside SET namespace = schedule.namespace FROM taskrunner.schedules AS schedule WHERE schedule.id = schedule_id AND schedule.namespace <> '';
CREATE INDEX set_aside_retry ON taskrunner.set_aside (namespace, retry_at);

-- With the id, so that one may go on from any row in this order: schedules that are set aside keep their place in it.
DROP INDEX taskrunner.schedules_due;
CREATE INDEX schedules_due ON taskrunner.schedules (namespace, (coalesce(next_due, '-infinity'::timestamptz)), id) WHERE enabled;
