import { describe, expect } from 'vitest';
import { test } from '../support/supervise.ts';
import { waitUntil } from '../support/wait-for.ts';
import { cutsNoJob } from './scenarios.ts';
import { openStage, PATIENCE_MS, type Framework } from './stage.ts';

const PROBE = `
  foreach (['Bundle/FrameworkBundle', 'Component/Console', 'Component/Messenger/Bridge/Redis'] as $part) {
      require "Symfony/$part/autoload.php";
  }
  exit(extension_loaded('redis') && extension_loaded('pcntl') ? 0 : 1);`;

const SYMFONY: Framework = {
  name: 'Symfony Messenger',
  folder: 'symfony',
  probe: ['php', '-r', PROBE],
  install: 'apt-get install php-symfony-console php-symfony-framework-bundle php-symfony-redis-messenger php-redis',
  enqueue: ['php', 'console', 'enqueue'],
  atOnce: 2,
  endsWithoutRedis: true,
};

const need = cutsNoJob(SYMFONY);

describe.skipIf(need.missing)(`two daemons that consume one transport of Symfony${need.note}`, () => {
  test('have a consumer name each, and so no message twice', async ({ rig }) => {
    const stage = await openStage(rig, SYMFONY);
    stage.edit('daemons.yaml', '    instances: 2\n', '');
    const list = rig.read('daemons.yaml');
    const [photos = ''] = /^ {2}- name: photos\n(?: {4}.*\n)*/m.exec(list) ?? [];
    rig.file('daemons.yaml', `${list}${photos.replace('name: photos', 'name: scans')}`);
    await stage.start('photos');
    await stage.enqueue(1);
    await waitUntil('one is at work', () => stage.ledger.inTheMiddle.length === 1, PATIENCE_MS);
    // A consumer that begins under a name first takes what that name has not acknowledged.
    await stage.supervise('start', 'scans');
    const jobs = await stage.inTheMiddle();
    expect(jobs.map((job) => stage.ledger.workersOf(job).length)).toEqual([1, 1]);
    stage.letGo();
    await stage.allDone();
    expect((await stage.supervise('stop')).code).toBe(0);
    expect(stage.ledger.faults(stage.jobs)).toEqual([]);
  });
});
