import { describe, expect } from 'vitest';
import { test } from '../support/supervise.ts';
import { cutsNoJob } from './scenarios.ts';
import { openStage, type Framework } from './stage.ts';

const PROBE = `
  foreach (['Bus', 'Cache', 'Console', 'Container', 'Events', 'Queue', 'Redis'] as $part) {
      require "Illuminate/$part/autoload.php";
  }
  exit(extension_loaded('redis') && extension_loaded('pcntl') ? 0 : 1);`;

const LARAVEL: Framework = {
  name: 'Laravel',
  folder: 'laravel',
  probe: ['php', '-r', PROBE],
  install:
    'apt-get install php-illuminate-queue php-illuminate-redis php-illuminate-bus php-illuminate-cache php-illuminate-events php-redis',
  enqueue: ['php', 'artisan', 'enqueue'],
  atOnce: 2,
};

const need = cutsNoJob(LARAVEL);

describe.skipIf(need.missing)(`a worker of Laravel that has reached its --memory${need.note}`, () => {
  test('ends with 12, which was planned, and is started again', async ({ rig }) => {
    const stage = await openStage(rig, LARAVEL);
    stage.edit('daemons.yaml', '--max-time=3600', '--memory=1');
    stage.edit('daemons.yaml', '    instances: 2\n', '');
    await stage.start();
    const ended = await rig.until('photos', 'has ended', ({ last_exit: end }) => end !== null);
    expect(ended.last_exit).toMatchObject({ kind: 'planned', code: 12 });
    await rig.until('photos', 'is started again', ({ starts }) => starts > 1);
  });
});
