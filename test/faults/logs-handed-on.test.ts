/** `supervise upgrade` while daemons print: unfinished lines are handed over too. */
import { expect } from 'vitest';
import { parseLine } from '../../src/logs/line.ts';
import { detached } from '../support/detached.ts';
import { test } from '../support/supervise.ts';
import { waitFor } from '../support/wait-for.ts';

/** Prints each line in two halves with a moment in between, on both streams; its last line says how many there were. */
const HALVER = `
  const { writeSync } = require('node:fs');
  let [n, done] = [0, false];
  process.on('SIGTERM', () => { done = true; });
  (function first() {
    for (const stream of [1, 2]) writeSync(stream, stream + ' line ' + n + ' first half, ');
    setTimeout(() => {
      for (const stream of [1, 2]) writeSync(stream, 'second half ' + n + '\\n');
      n += 1;
      if (done) for (const stream of [1, 2]) writeSync(stream, stream + ' printed ' + n + '\\n');
      else setTimeout(first, 1);
    }, 1);
  })();`;

test('no half line is lost, doubled or torn over upgrades', async ({ rig }) => {
  rig.file('halver.cjs', HALVER);
  rig.list([{ name: 'p', script: './halver.cjs', instances: 3, log: { max_size: '100MB' } }]);
  await detached(rig);
  const count = (): number => rig.log('p.log').length;
  for (let n = 0; n < 4; n += 1) {
    const before = count();
    expect(await rig.run('upgrade')).toMatchObject({ code: 0 });
    await waitFor('it is read on', count, (length) => length > before + 5_000);
  }
  expect(await rig.run('stop')).toMatchObject({ code: 0 });

  const wrong: string[] = [];
  const next = new Map<string, number>();
  for (const line of rig.log('p.log').trimEnd().split('\n')) {
    const { id, text } = parseLine(line, 'p', true);
    const [, stream = '?', rest] = /^([12]) (.*)$/.exec(text) ?? [];
    const source = `${id} ${stream}`;
    const number = next.get(source) ?? 0;
    next.set(source, number + 1);
    if (rest === `printed ${number}`) next.delete(source);
    else if (rest !== `line ${number} first half, second half ${number}`) wrong.push(`${source} ${number}: ${line}`);
  }
  expect(wrong).toEqual([]);
  // Each has said how many there were.
  expect([...next.keys()]).toEqual([]);
});
