import { cutsNoJob } from './scenarios.ts';

cutsNoJob({
  name: 'Celery',
  folder: 'celery',
  probe: ['python3', '-c', 'import celery, redis'],
  install: 'apt-get install celery python3-redis',
  enqueue: ['python3', 'enqueue.py'],
  atOnce: 4,
});
