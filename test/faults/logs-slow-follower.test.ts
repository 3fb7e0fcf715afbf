import { once } from 'node:events';
import { connect } from 'node:net';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { expect } from 'vitest';
import { requestLine } from '../../src/control/wire.ts';
import { PUPPET } from '../support/puppet.ts';
import { test } from '../support/supervise.ts';
import { waitUntil } from '../support/wait-for.ts';

const LINES = 6_000;
const LINE = 'x'.repeat(999);

interface Message {
  readonly params?: { readonly item: { readonly text?: string; readonly dropped?: number } };
}

test('a follower that stops reading holds up nobody, and is told how many lines it has missed', async ({ rig }) => {
  const stage = await rig.stage();
  rig.list([{ name: 'p', script: PUPPET, cwd: '.' }]);
  await rig.start();
  const daemon = await stage.enter('p');
  const follower = connect(path.join(rig.state, 'control.sock'));
  await once(follower, 'connect');
  follower.pause();
  follower.write(requestLine(1, 'logs', { names: [], lines: 0, follow: true }));
  // It is served when the next one has been.
  await rig.status();

  for (let printed = 0; printed < LINES; printed += 50) await daemon.print(`${LINE}\n`.repeat(50).trimEnd());
  await daemon.print('the last');
  await waitUntil('all of it is in the log', () => rig.log('p.log').includes('the last'));
  expect(await rig.untilState('p', 'running')).toMatchObject({ pid: daemon.pid, starts: 1 });

  let [read, dropped] = [0, 0];
  for await (const line of createInterface({ input: follower.resume() })) {
    const item = (JSON.parse(line) as Message).params?.item;
    if (item?.text === LINE) read += 1;
    dropped += item?.dropped ?? 0;
    if (item?.text === 'the last' || read + dropped > LINES) break;
  }
  follower.destroy();
  expect(dropped).toBeGreaterThan(0);
  // What it missed at the very end it may be told only with the next line.
  expect(read + dropped).toBeGreaterThanOrEqual(LINES);
});
