import path from 'node:path';
import { describe, expect, inject } from 'vitest';
import { need } from '../support/needs.ts';
import { test, type Rig } from '../support/supervise.ts';
import { Pane, tmux } from '../support/tmux.ts';
import { waitFor } from '../support/wait-for.ts';

/** Real shells in a real terminal: some typing, Tab, and the resulting line. */

const SHELLS = [
  { shell: 'bash', start: 'bash --norc --noprofile -i', ready: 'source <(supervise completion bash)' },
  {
    shell: 'zsh',
    start: 'zsh -f -i',
    ready: 'autoload -Uz compinit; compinit -u -D; source <(supervise completion zsh)',
  },
  { shell: 'fish', start: 'fish --no-config -i', ready: 'supervise completion fish | source' },
];

const LIST = [
  { name: 'photos', shell: 'exec sleep 1000', instances: 2, tags: ['media'] },
  { name: 'movies', shell: 'exec sleep 1000' },
];

/** A shell that completes, and finds `supervise` in its PATH. */
async function shellPane(rig: Rig, start: string, ready: string): Promise<Pane> {
  rig.file('bin/supervise', `#!/bin/sh\nexec '${process.execPath}' '${inject('program')}' "$@"\n`);
  const searchPath = `${path.join(rig.work, 'bin')}:${process.env.PATH ?? ''}`;
  const pane = new Pane(rig, [], { instead: `exec env 'PATH=${searchPath}' LC_ALL=C.UTF-8 ${start}` });
  pane.type(`${ready}; echo rea''dy\n`);
  await shows(pane, 'ready\n');
  return pane;
}

const shows = (pane: Pane, what: string): Promise<unknown> =>
  waitFor(
    `the terminal shows ${what}`,
    () => `${pane.screen().trimEnd()}\n`,
    (screen) => screen.includes(what),
  );

describe.skipIf(tmux.missing).each(SHELLS)(`completion in $shell${tmux.note}`, ({ shell, start, ready }) => {
  const there = need(shell, shell);

  test.skipIf(there.missing)(
    `commands, options, values, files and names of running daemons${there.note}`,
    async ({ rig }) => {
      rig.list(LIST);
      await rig.start();
      await rig.untilState('movies', 'running');
      rig.file('my dir/daemons.yaml', '[]');
      const pane = await shellPane(rig, start, ready);
      const typed: readonly (readonly [keys: string, whole: string])[] = [
        ['supervise stat', 'supervise status'],
        ['supervise stop --wi', 'supervise stop --within'],
        ['supervise logs --stream e', 'supervise logs --stream err'],
        ['supervise check --file=dae', 'supervise check --file=daemons.yaml'],
        ['supervise check -f dae', 'supervise check -f daemons.yaml'],
        ['supervise why mov', 'supervise why movies'],
        ['supervise stop photos:2 movies photos:', 'supervise stop photos:2 movies photos:'],
        ['supervise restart @m', 'supervise restart @media'],
        ['supervise signal WIN', 'supervise signal WINCH'],
        ['supervise signal SIGWIN', 'supervise signal SIGWINCH'],
        ['supervise signal SIGUS', 'supervise signal SIGUSR'],
        ['supervise demo --with sup', 'supervise demo --with supervisord'],
        ['supervise demo --with=sys', 'supervise demo --with=systemd'],
        ['supervise check -f my\\ d', 'supervise check -f my\\ dir/'],
        ['supervise check -f "my dir/dae', 'supervise check -f "my dir/daemons.yaml"'],
      ];
      for (const [keys, whole] of typed) {
        pane.press('C-u', 'C-l');
        pane.type(keys);
        await shows(pane, keys);
        pane.press('Tab');
        await shows(pane, whole);
      }
      pane.press('C-u', 'C-l');
      pane.type('supervise why photos:1');
      pane.press('Tab');
      pane.type('x');
      // One blank behind what is whole.
      await shows(pane, 'supervise why photos:1 x');
    },
  );
});

test('names are those of the list where nothing runs, none where there is no list, and nothing is ever an error', async ({
  rig,
}) => {
  const asked = async (...words: readonly string[]): Promise<readonly string[]> => {
    const { code, out, err } = await rig.run('completion', 'words', '--', ...words);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    return out.split('\n').flatMap((line) => (line === '' ? [] : [line.split('\t')[0] ?? '']));
  };
  expect(await asked('why', '')).toEqual([]);
  rig.list(LIST);
  expect(await asked('why', '')).toEqual(['photos', 'movies', 'photos:1', 'photos:2', '@media']);
  rig.file('bad.yaml', '- [');
  expect(await asked('why', '-f', 'bad.yaml', '')).toEqual([]);
  expect(await asked('why', '-f', 'none.yaml', '')).toEqual([]);
});

test('a supervisor that does not answer holds no shell up', async ({ rig }) => {
  rig.list(LIST);
  const supervisor = await rig.start();
  supervisor.signal('SIGSTOP');
  rig.closers.push(() => {
    supervisor.signal('SIGCONT');
  });
  const began = performance.now();
  const ended = await rig.run('completion', 'words', '--', 'why', '');
  const tookMs = performance.now() - began;
  supervisor.signal('SIGCONT');
  expect(ended).toMatchObject({ code: 0, out: '', err: '' });
  // Every other command waits 5 s for an answer.
  expect(tookMs).toBeLessThan(4000);
});

test('another shell is refused', async ({ rig }) => {
  expect(await rig.run('completion', 'tcsh')).toMatchObject({
    code: 2,
    out: '',
    err: expect.stringContaining('bash, zsh, fish') as string,
  });
});
