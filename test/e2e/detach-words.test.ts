/** What `start -d` and its relatives print where a path or a folder is odd. */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'vitest';
import { detached, left, SLEEPER } from '../support/detached.ts';
import { test, type Outcome } from '../support/supervise.ts';
import { waitUntil } from '../support/wait-for.ts';

const HOSTILE = 'a\n\u001b[2J\u001b]0;owned\u0007b';
/** What a terminal obeys, line ends aside. */
const CONTROL = /[\x00-\x09\x0b-\x1f\x7f]/;

test('a path that has control characters is printed without them', async ({ rig }) => {
  rig.file(`${HOSTILE}.yaml`, JSON.stringify([{ name: 'p', ...SLEEPER }]));
  const { code, out } = await detached(rig, ['--file', `${HOSTILE}.yaml`]);
  expect(code).toBe(0);
  expect(out).not.toMatch(CONTROL);
  expect(out.trimEnd().split('\n')).toHaveLength(5);
  const unit = await rig.run('systemd', 'unit', '--file', `${HOSTILE}.yaml`);
  expect(unit).toMatchObject({ code: 0 });
  expect(unit.out + unit.err).not.toMatch(CONTROL);
});

test('from a folder that was deleted, a list with its whole path is started as from any other', async ({ rig }) => {
  const list = rig.list([{ name: 'p', ...SLEEPER }]);
  const gone = path.join(rig.folder, 'gone');
  mkdirSync(gone);
  const under = ['sh', '-c', 'cd "$0" && rmdir "$0" && exec "$@"', gone];
  const outcome = await rig.launch(['start', '-d', '--file', list], { under }).ended;
  expect(outcome).toMatchObject({ code: 0, out: expect.stringContaining('1 running') as string });
  expect((await rig.instance('p')).state).toBe('running');
  const named = await rig.launch(['start', '-d'], {
    under: ['sh', '-c', 'mkdir "$0"; cd "$0" && rmdir "$0" && exec "$@"', gone],
  }).ended;
  expect(named).toMatchObject({
    code: 2,
    err: expect.stringContaining('the folder that you are in was deleted') as string,
  });
  expect((await rig.run('stop')).code).toBe(0);
  await waitUntil('nobody is left', () => left(rig).length === 0);
});

test('a list in a folder whose name is not UTF-8 is not said to be missing, and a link to it is the mend', async ({
  rig,
}) => {
  const text = JSON.stringify([{ name: 'p', ...SLEEPER }]);
  const made = `d=$(printf 'caf\\351'); mkdir "$d" && cd "$d" && printf %s '${text}' > daemons.yaml; ln -s "$PWD" ../link`;
  const within = (...args: readonly string[]): Promise<Outcome> =>
    rig.launch(args, { under: ['sh', '-c', `cd caf* 2>/dev/null || { ${made}; }; exec "$@"`, 'sh'] }).ended;
  for (const command of ['check', 'start', 'status', 'init']) {
    const { code, err } = await within(command);
    expect([command, code]).toEqual([command, 2]);
    expect(err).toMatch(/caf\uFFFD.* is not UTF-8.* ln -s/);
    expect(err).not.toContain('does not exist');
  }
  const list = path.join(rig.work, 'link/daemons.yaml');
  expect(await within('start', '-d', '--file', list)).toMatchObject({ code: 0 });
  expect((await rig.instance('p')).state).toBe('running');
  expect(await within('stop', '--file', list)).toMatchObject({ code: 0 });
});
