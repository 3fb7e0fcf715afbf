/** The program on disk is being replaced while a supervisor of it runs. */
import { cpSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, inject } from 'vitest';
import { SLEEPER } from '../support/detached.ts';
import { test, type Rig } from '../support/supervise.ts';

/** A copy of the program, in which something can be missing. */
function copyOfProgram(rig: Rig): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'sv-'));
  rig.closers.push(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  cpSync(path.dirname(path.dirname(inject('program'))), folder, { recursive: true });
  return path.join(folder, 'cli/main.js');
}

describe('a program on disk that is only half there', () => {
  test('a reload of a list that wants more of it changes nothing and says why; once it is whole that works', async ({
    rig,
  }) => {
    const program = copyOfProgram(rig);
    const needed = path.join(path.dirname(program), 'watch.mjs');
    rig.list([{ name: 'p', ...SLEEPER }]);
    await rig.start([], { program });
    await rig.untilState('p', 'running');
    const { pid } = await rig.instance('p');
    renameSync(needed, `${needed}.old`);
    rig.list([
      { name: 'p', ...SLEEPER, env: { A: '1' }, watch: ['src'] },
      { name: 'new', ...SLEEPER },
    ]);
    expect(await rig.run('reload')).toMatchObject({
      code: 1,
      err: expect.stringMatching(
        /nothing was done: what watches files cannot be loaded \(.*watch\.mjs.*\): .*upgrade/,
      ) as string,
    });
    const { instances, supervisor } = await rig.status();
    expect(instances).toMatchObject([{ id: 'p', pid, state: 'running' }]);
    expect(supervisor?.problems).toEqual([]);
    renameSync(`${needed}.old`, needed);
    expect(await rig.run('reload')).toMatchObject({ code: 0 });
    expect((await rig.status()).instances).toMatchObject([
      { id: 'p', state: 'running', starts: 2 },
      { id: 'new', state: 'running' },
    ]);
  });
});
