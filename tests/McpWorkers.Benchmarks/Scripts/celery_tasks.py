"""A task that does nothing, for Celery; run as a program it sends so many and waits for their results."""
import os
import sys
import time

from celery import Celery

app = Celery("celery_tasks", broker=os.environ["BENCH_REDIS"], backend=os.environ["BENCH_REDIS"])


@app.task
def nothing(text):
    return None


if __name__ == "__main__":
    text = "A prompt of the usual length, which is a sentence or two."
    begun = time.monotonic()
    results = [nothing.delay(text) for _ in range(int(sys.argv[1]))]
    for result in results:
        result.get(timeout=100)
    print(time.monotonic() - begun)
