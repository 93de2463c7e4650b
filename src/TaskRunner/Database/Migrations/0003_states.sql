-- Tasks may end without having run: past their time to live, or cancelled.
ALTER TABLE taskrunner.results DROP CONSTRAINT results_state_check;
ALTER TABLE taskrunner.results ADD CONSTRAINT results_state_check
    CHECK (state IN ('waiting', 'delayed', 'parked', 'running', 'retrying', 'succeeded', 'dead', 'expired', 'cancelled')) NOT VALID;
ALTER TABLE taskrunner.results VALIDATE CONSTRAINT results_state_check;
