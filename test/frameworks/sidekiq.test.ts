import { describe, expect } from 'vitest';
import { test } from '../support/supervise.ts';
import { cutsNoJob } from './scenarios.ts';
import { openStage, type Framework } from './stage.ts';

const SIDEKIQ: Framework = {
  name: 'Sidekiq',
  folder: 'sidekiq',
  probe: ['ruby', '-e', 'require "sidekiq"'],
  install: 'apt-get install ruby-sidekiq',
  enqueue: ['ruby', 'enqueue.rb'],
  atOnce: 4,
};

const need = cutsNoJob(SIDEKIQ);

describe.skipIf(need.missing)(`Sidekiq's own patience${need.note}`, () => {
  test('is over before a job is: it cuts the job and exits 0, and supervise does not say that nothing was cut', async ({
    rig,
  }) => {
    const stage = await openStage(rig, SIDEKIQ);
    stage.edit('daemons.yaml', '--timeout 50', '--timeout 2');
    await stage.start();
    await stage.enqueue(1);
    await stage.inTheMiddle();
    const { code, out } = await stage.supervise('stop', 'photos');
    expect(code, out).toBe(0);
    expect(stage.ledger.done).toEqual([]);
    for (const end of await stage.ends()) {
      expect(end).toMatchObject({ cut: 'unknown', code: 0 });
      expect(end.words).toMatch(/^(its main process )?ended by itself, exit 0, \d+\.\d s after SIGTERM/);
    }
    expect(out).toMatch(/boundary 0 · ended by itself 2 · cut 0\n$/);
  });
});
