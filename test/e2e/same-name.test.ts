import { symlinkSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'vitest';
import { SLEEPER } from '../support/detached.ts';
import { asRoot } from '../support/needs.ts';
import { as, belongsTo } from '../support/other-users.ts';
import { test, type HowToRun } from '../support/supervise.ts';

/** Who is not root keeps the state of a list in the home of the test. */
const USER = 41_009;
const HOW: HowToRun = { env: { SUPERVISE_STATE_DIR: '' }, under: asRoot.missing ? [] : as(USER, USER) };

test('two lists of one name: what is meant for the one is not asked of the other that runs, and a link to that is no other', async ({
  rig,
}) => {
  const list = { name: 'shop', daemons: [{ name: 'p', ...SLEEPER }] };
  const file = rig.list(list);
  const other = rig.file('other.yaml', JSON.stringify(list));
  const link = path.join(rig.work, 'link.yaml');
  symlinkSync(file, link);
  if (!asRoot.missing) belongsTo(rig, USER);
  const supervise = rig.launch(['start'], HOW);
  await supervise.says('p started');
  for (const asked of [
    ...[['stop'], ['stop', 'p'], ['restart'], ['start', 'p']],
    ...[['reload'], ['reload', '--dry-run'], ['signal', 'USR1', 'p'], ['upgrade']],
  ]) {
    const { code, err } = await rig.launch([...asked, '--file', other], HOW).ended;
    expect({ asked, code, err }).toMatchObject({ asked, code: 2 });
    expect(err).toContain(`is ${file}, not ${other}: nothing was asked of it`);
    expect(err).toMatch(/--state-dir \S+\/supervise\/shop\. /);
  }
  expect(supervise.out).not.toMatch(/draining|stopping|restarting/);
  expect(await rig.launch(['stop', '--file', link], HOW).ended).toMatchObject({ code: 0 });
  expect(await supervise.ended).toMatchObject({ code: 0 });
});
