"""Celery beside TaskRunner: the same no-op task, and the same ways to enqueue it.

celery_peer.py enqueue N | bulk N | latency N SECONDS      prints the seconds that it took
"""
import os
import sys
import time

import redis
from celery import Celery

app = Celery("bench", broker=os.environ["REDIS_URL"])
app.conf.task_ignore_result = True
app.conf.task_acks_late = True
store = redis.Redis.from_url(os.environ["REDIS_URL"])


@app.task(name="noop")
def noop(number):
    return None


@app.task(name="latency")
def latency(sent):
    store.rpush("bench:latency", time.time_ns() // 1000 - sent)


if __name__ == "__main__":
    count = int(sys.argv[2])
    noop.delay(0) if sys.argv[1] != "latency" else latency.delay(time.time_ns() // 1000)
    began = time.perf_counter()
    for number in range(count - 1):
        if sys.argv[1] == "latency":
            time.sleep(float(sys.argv[3]))
            latency.delay(time.time_ns() // 1000)
        else:
            noop.delay(number)
    print(time.perf_counter() - began)
