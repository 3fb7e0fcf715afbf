import { cutsNoJob } from './scenarios.ts';

cutsNoJob({
  name: 'BullMQ',
  folder: 'bullmq',
  probe: ['node', '--input-type=module', '-e', "import 'bullmq'"],
  install: 'npm ci --prefix test/frameworks/bullmq',
  enqueue: ['node', 'enqueue.js'],
  atOnce: 4,
});
