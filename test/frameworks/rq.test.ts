import { cutsNoJob } from './scenarios.ts';

cutsNoJob({
  name: 'RQ',
  folder: 'rq',
  probe: ['python3', '-c', 'import rq'],
  install: 'apt-get install python3-rq',
  enqueue: ['python3', 'enqueue.py'],
  atOnce: 2,
  endsWithoutRedis: true,
  leavesTheSession: true,
});
