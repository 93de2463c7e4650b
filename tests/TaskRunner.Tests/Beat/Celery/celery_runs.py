"""Reads lines "minute|hour|day of month|month|day of week|zone|start as ISO 8601, UTC" and prints for each the next runs in UTC by Celery."""

import sys
from datetime import datetime, timezone
from zoneinfo import ZoneInfo

from celery import Celery
from celery.schedules import crontab

RUNS = 20


def next_runs(fields, zone, start):
    app = Celery(set_as_current=False)
    run = start.astimezone(ZoneInfo(zone))

    # Celery asks for the runs after the last one, at the time of that one: no run is late here.
    minute, hour, day, month, weekday = fields
    schedule = crontab(minute=minute, hour=hour, day_of_month=day, month_of_year=month, day_of_week=weekday, app=app, nowfun=lambda: run)
    for _ in range(RUNS):
        last, delta, _ = schedule.remaining_delta(run)
        run = last + delta
        yield run.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S")


for line in sys.stdin:
    *fields, zone, start = line.rstrip("\n").split("|")
    print(" ".join(next_runs(fields, zone, datetime.fromisoformat(start).replace(tzinfo=timezone.utc))))
