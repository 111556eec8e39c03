"""A task that does nothing, for Celery. Run as a program it sends COUNT of them from SENDERS threads and prints the seconds until all are done."""
import os
import sys
import threading
import time

import celery._state
from celery import Celery

app = Celery("celery_tasks", broker=os.environ["BENCH_REDIS"], backend=os.environ["BENCH_REDIS"])
app.conf.update(
    # A task whose worker dies is given to another one, as ours is.
    task_acks_late=True,
    # Celery's guide for many short tasks: much more than the usual 4.
    worker_prefetch_multiplier=int(os.environ.get("BENCH_PREFETCH", "128")),
    # As many connections as senders: none waits for another's.
    broker_pool_limit=None,
    redis_max_connections=200,
)

TEXT = "A prompt of the usual length, which is a sentence or two."
POLL_SECONDS = 0.01


@app.task
def nothing(text):
    return None


def send(count, ids):
    with app.connection_for_write() as connection, app.amqp.Producer(connection) as producer:
        for _ in range(count):
            ids.append(nothing.apply_async((TEXT,), producer=producer).id)


def wait(ids, limit):
    """Looks for the results themselves: cheaper for all than a subscription for each task, which is how AsyncResult.get waits."""
    waiting = [app.backend.get_key_for_task(each) for each in ids]
    until = time.monotonic() + limit
    while waiting:
        found = app.backend.mget(waiting[:50])
        waiting = [key for key, value in zip(waiting, found) if value is None] + waiting[50:]
        if time.monotonic() > until:
            sys.exit(f"{len(waiting)} tasks of {len(ids)} have no result after {limit} s")
        if found and found[0] is None:
            time.sleep(POLL_SECONDS)


def main(count, senders):
    # No subscription to each result at the moment of sending.
    celery._state._set_task_join_will_block(True)
    lists = [[] for _ in range(senders)]
    threads = [threading.Thread(target=send, args=(count // senders, ids)) for ids in lists]
    begun = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    wait([each for ids in lists for each in ids], 100)
    print(time.monotonic() - begun)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
