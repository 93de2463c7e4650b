"""Reads lines "expression|and or or|start as ISO 8601" and prints for each the next runs in UTC by croniter, separated by spaces."""

import sys
from datetime import datetime

from croniter import croniter
from croniter.croniter import CroniterError

RUNS = 3

for line in sys.stdin:
    expression, days, start = line.rstrip("\n").split("|")
    try:
        runs = croniter(expression, datetime.fromisoformat(start), day_or=days == "or")
        print(" ".join(runs.get_next(datetime).isoformat() for _ in range(RUNS)))
    except CroniterError as error:
        print(f"{type(error).__name__}: {error}".replace("\n", " "))
