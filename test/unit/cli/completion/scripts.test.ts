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

const bash = need('bash', 'bash');
test.skipIf(bash.missing).each([
  ['supervise why ', ['why', '']],
  ['supervise why -f my\\ dir/a.yaml gar', ['why', '-f', 'my dir/a.yaml', 'gar']],
  [`supervise why -f 'it"s' "it's" x`, ['why', '-f', 'it"s', "it's", 'x']],
  ['supervise why --file="my dir/a', ['why', '--file=my dir/a']],
  ['supervise why $(date) `date` $HOME a:1', ['why', '$(date)', '`date`', '$HOME', 'a:1']],
])(`bash asks for the words of %s as a shell would cut them, and expands none${bash.note}`, (line, words) => {
  const script = `source "$1"; COMP_LINE=$2 COMP_POINT=\${#2} COMP_WORDS=(supervise) COMP_WORDBREAKS=
    supervise() { printf '[%s]' "\${@:4}"; }
    _supervise; printf %s "\${COMPREPLY[0]}"`;
  const { stdout } = spawnSync('bash', ['-c', script, 'bash', path.join(golden, 'supervise.bash'), line], {
    encoding: 'utf8',
  });
  expect(stdout).toBe(words.map((word) => `[${word}]`).join(''));
});
