import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { expect, test } from 'vitest';
import { COMPLETION_SCRIPTS, SHELLS } from '../../../../src/cli/completion/scripts.ts';
import { need } from '../../../support/needs.ts';

const golden = path.resolve(import.meta.dirname, '../../../golden/completion');

test.each(SHELLS)('the script of %s', async (shell) => {
  await expect(COMPLETION_SCRIPTS[shell]).toMatchFileSnapshot(`../../../golden/completion/supervise.${shell}`);
});

for (const shell of SHELLS) {
  const there = need(shell, shell);
  test.skipIf(there.missing)(`${shell} finds no mistake in its script${there.note}`, () => {
    const { status, stderr } = spawnSync(shell, ['-n', path.join(golden, `supervise.${shell}`)], { encoding: 'utf8' });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });
}
