import os
import sys

from redis import Redis
from rq import Queue

from jobs import photo

queue = Queue(connection=Redis.from_url(os.environ["REDIS_URL"]))
for id in sys.argv[1:]:
    queue.enqueue(photo, id, job_timeout=60)
