-- Where an attempt failed: stack traces, cut by the worker to 8,192 characters.
ALTER TABLE taskrunner.results ADD COLUMN stack text;
ALTER TABLE taskrunner.superseded_results ADD COLUMN stack text;
