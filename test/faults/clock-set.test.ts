import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect } from 'vitest';
import { stop } from '../support/detached.ts';
import { isAlive } from '../support/processes.ts';
import { PUPPET } from '../support/puppet.ts';
import { test, type Program, type Rig } from '../support/supervise.ts';
import { waitFor } from '../support/wait-for.ts';

const DAY_MS = 86_400_000;

/** Loaded into the supervisor before its own code: shifts the wall clock by the contents of the file `shift`, now and on each change. */
const shifting = (file: string): string => `
import fs from 'node:fs';
const Real = Date;
const shift = () => Number(fs.readFileSync(${JSON.stringify(file)}, 'latin1'));
globalThis.Date = class Date extends Real {
  constructor(...given) {
    if (given.length === 0) super(Real.now() + shift());
    else super(...given);
  }
  static now() {
    return Real.now() + shift();
  }
};
`;

describe('a clock that is set by a day, forth or back, moves no deadline', () => {
  test.for([
    ['forth', DAY_MS],
    ['back', -DAY_MS],
  ] as const)('%s: gaps, readiness, grace', async ([, by], { rig }) => {
    const stage = await rig.stage();
    const puppet = { script: PUPPET, cwd: '.', env: { NODE_OPTIONS: '' } };
    rig.list([
      { ...puppet, name: 'soon', restart: { delay: '1s', jitter: 0, reset_after: '1h' }, ready: '500ms', stop: '1s' },
      { ...puppet, name: 'late', restart: { delay: '1h', max_delay: '1h', jitter: 0, reset_after: '2h' } },
      { ...puppet, name: 'slow', ready: { notify: true, timeout: '1h' }, stop: '1h' },
    ]);
    const { setClock, supervise } = await withClock(rig);
    const [soon, late, slow] = [await stage.enter('soon'), await stage.enter('late'), await stage.enter('slow')];
    await rig.untilState('soon', 'running');
    await soon.exit(1);
    await late.exit(1);
    await rig.untilState('late', 'backoff');
    setClock(by);
    await supervise.says(new RegExp(`^${new Date(Date.now() + by).toISOString().slice(0, 10)}`, 'm'));
    // What is due in a second comes, and only that.
    const again = await stage.enter('soon');
    await rig.untilState('soon', 'running');
    expect((await rig.instance('late')).state).toBe('backoff');
    expect((await rig.instance('slow')).state).toBe('starting');
    await slow.say('READY=1');
    await rig.untilState('slow', 'running');

    const stopping = rig.ask('stop', { names: ['soon'], wait: true, now: false });
    const waiting = rig.ask('stop', { names: ['slow'], wait: true, now: false });
    await slow.heard('SIGTERM');
    await again.heard('SIGTERM');
    setClock(0);
    expect(await stopping).toMatchObject({ cut: 1 });
    expect(isAlive(slow.pid)).toBe(true);
    await slow.exit(0);
    expect(await waiting).toMatchObject({ cut: 0 });
  });

  test('the log has every line, and a command that waits is answered', async ({ rig }) => {
    const stage = await rig.stage();
    rig.list([{ name: 'p', script: PUPPET, cwd: '.', env: { NODE_OPTIONS: '' }, log: { timestamps: true } }]);
    const { setClock } = await withClock(rig);
    const daemon = await stage.enter('p');
    const clocks = [0, DAY_MS, -DAY_MS, 0];
    for (const [n, by] of clocks.entries()) {
      setClock(by);
      await daemon.print(`line ${n}`);
      const day = new Date(Date.now() + by).toISOString().slice(0, 10);
      await waitFor(
        'it is written down, with the time of then',
        () => rig.log('p.log'),
        (log) => new RegExp(`^${day}T.* line ${n}$`, 'm').test(log),
      );
    }
    expect(rig.log('p.log').trimEnd().split('\n')).toHaveLength(4);
    const { out } = await rig.run('logs', 'p');
    expect(out.match(/line \d/g)).toEqual(clocks.map((_, n) => `line ${n}`));
    await stop(rig, daemon);
  });
});

async function withClock(rig: Rig): Promise<{ setClock: (by: number) => void; supervise: Program }> {
  const file = path.join(rig.work, 'shift');
  const setClock = (by: number): void => {
    writeFileSync(file, String(by));
  };
  setClock(0);
  const module = rig.file('shifting.mjs', shifting(file));
  const supervise = await rig.start([], { env: { NODE_OPTIONS: `--import=${pathToFileURL(module).href}` } });
  return { setClock, supervise };
}
