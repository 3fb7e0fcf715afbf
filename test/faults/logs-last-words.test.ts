import { describe, expect } from 'vitest';
import { test } from '../support/supervise.ts';
import { waitUntil } from '../support/wait-for.ts';

const LINES = 32 * 1024;
const LINE_BYTES = 64;

/** 2 MiB of numbered lines, in writes that wait until they are read. */
const LAST_WORDS = `
  let text = '';
  for (let n = 0; n < ${LINES}; n++) text += String(n).padEnd(${LINE_BYTES - 1}, '.') + '\\n';
  const sayAll = () => {
    const bytes = Buffer.from(text);
    for (let at = 0; at < bytes.length;) at += require('fs').writeSync(1, bytes, at);
    process.exit(1);
  };
`;
const expected = Array.from({ length: LINES }, (_, n) => `${String(n).padEnd(LINE_BYTES - 1, '.')}\n`).join('');

describe('2 MiB of last words are in the log whole', () => {
  test('where a daemon ends by itself', async ({ rig }) => {
    rig.file('work.cjs', `${LAST_WORDS} sayAll();`);
    rig.list([{ name: 'p', command: [process.execPath, 'work.cjs'], restart: 'never' }]);
    await rig.launch(['start']).ended;
    expect(rig.log('p.log') === expected).toBe(true);
  });

  test('where it is asked to stop', async ({ rig }) => {
    rig.file(
      'work.cjs',
      `${LAST_WORDS} process.on('SIGTERM', sayAll); setInterval(() => {}, 1e6); require('fs').writeSync(1, 'here\\n');`,
    );
    rig.list([{ name: 'p', command: [process.execPath, 'work.cjs'] }]);
    const supervise = await rig.start();
    await waitUntil('it is here', () => rig.log('p.log') === 'here\n');
    supervise.signal('SIGTERM');
    await supervise.ended;
    expect(rig.log('p.log') === `here\n${expected}`).toBe(true);
  });
});
