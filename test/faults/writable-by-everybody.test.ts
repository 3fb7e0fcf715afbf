import { chmodSync } from 'node:fs';
import { describe, expect } from 'vitest';
import { asRoot } from '../support/needs.ts';
import { test } from '../support/supervise.ts';

describe.skipIf(asRoot.missing)(`root does not run what everybody may write${asRoot.note}`, () => {
  test('it is refused with the mend, all in one go, and nothing is started', async ({ rig }) => {
    const script = rig.file('work.sh', '#!/bin/sh\ntouch started\nexec sleep 1000\n');
    const env = rig.file('open.env', 'A=1\n');
    const list = rig.list([{ name: 'p', script: './work.sh', env_file: 'open.env' }]);
    for (const file of [script, env, list]) chmodSync(file, 0o666);
    const { code, err } = await rig.run('start');
    expect(code).toBe(2);
    for (const file of [script, env, list]) expect(err).toContain(`everybody may write ${file}`);
    for (const file of [script, env, list]) expect(err).toContain(`chmod o-w ${file}`);
    expect(err).toContain('3 problems');
    expect(rig.read('started')).toBe('');
  });

  test('a folder that everybody may write is as good as the file; a sticky one is fine', async ({ rig }) => {
    rig.list([{ name: 'p', shell: 'exec sleep 1000' }]);
    chmodSync(rig.work, 0o777);
    const { code, err } = await rig.run('start');
    expect([code, err]).toEqual([2, expect.stringContaining(`chmod o-w ${rig.work}`)]);
    chmodSync(rig.work, 0o1777);
    await rig.start();
    await rig.untilState('p', 'running');
  });
});
