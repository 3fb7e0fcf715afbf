import { describe, expect } from 'vitest';
import type { EventView, LineView } from '../../src/control/view.ts';
import { PUPPET, type Puppet } from '../support/puppet.ts';
import { test, type Rig } from '../support/supervise.ts';
import { waitFor, waitUntil } from '../support/wait-for.ts';

describe('what a daemon prints', () => {
  test('is all in its log, though it prints a thousand lines and is gone at once', async ({ rig }) => {
    rig.file(
      'work.sh',
      '#!/bin/sh\ni=0; while [ $i -lt 1000 ]; do i=$((i+1)); echo "line $i of $SUPERVISE_RUN"; done; exit 1\n',
    );
    rig.list([{ name: 'p', script: './work.sh', restart: { delay: '50ms', max_delay: '50ms', attempts: 5 } }]);
    const { code } = await rig.launch(['start']).ended;
    expect(code).toBe(1);
    const runs = [1, 2, 3, 4, 5].flatMap((run) =>
      Array.from({ length: 1000 }, (_, index) => `line ${index + 1} of ${run}`),
    );
    expect(rig.log('p.log').split('\n')).toEqual([...runs, '']);
  });

  test('after the stop signal, and without a newline at its end, is there, too', async ({ rig }) => {
    const script = "trap 'echo bye; echo worse >&2; printf last; exit 0' TERM; echo here; while :; do sleep 0.02; done";
    rig.list([{ name: 'p', command: ['/bin/sh', '-c', script] }]);
    const supervise = await rig.start();
    await waitUntil('it is here', () => rig.log('p.log').includes('here'));
    supervise.signal('SIGTERM');
    await supervise.ended;
    expect(rig.log('p.log').split('\n').filter(Boolean).sort()).toEqual(['bye', 'here', 'last', 'worse']);
    expect(rig.log('p.log')).toMatch(/bye\n[^]*last\n/);
  });

  test('is rotated by size at line ends, and no line is lost', async ({ rig }) => {
    rig.list([
      {
        name: 'p',
        shell: 'i=0; while [ $i -lt 3000 ]; do i=$((i+1)); echo "number $i"; done; exit 1',
        restart: 'never',
        log: { max_size: '10KB', max_files: 9 },
      },
    ]);
    await rig.launch(['start']).ended;
    const files = [9, 8, 7, 6, 5, 4, 3, 2, 1].map((number) => rig.log(`p.log.${number}`)).filter((text) => text !== '');
    expect(files.length).toBeGreaterThanOrEqual(3);
    const all = [...files, rig.log('p.log')].join('');
    expect(all).toBe(Array.from({ length: 3000 }, (_, index) => `number ${index + 1}\n`).join(''));
    for (const file of files) expect(file).toMatch(/^number \d+\n[^]*\n$/);
  });

  test('from four instances goes to one file, each whole line with its name', async ({ rig }) => {
    rig.list([
      {
        name: 'p',
        shell: 'for i in 1 2 3; do echo "$i of $SUPERVISE_INSTANCE"; done; exit 1',
        restart: 'never',
        instances: 4,
      },
    ]);
    await rig.launch(['start']).ended;
    const expected = [1, 2, 3, 4].flatMap((instance) => [1, 2, 3].map((i) => `p:${instance} | ${i} of ${instance}`));
    expect(rig.log('p.log').split('\n').filter(Boolean).sort()).toEqual(expected.sort());
  });
});

describe('supervise logs', () => {
  test('-n, --stream, --grep and a merge over several daemons', async ({ rig }) => {
    const { one, two } = await talking(rig);
    for (const n of [1, 2, 3]) {
      await one.print(`one ${n}`);
      await two.print(`two ${n}`, 'err');
      await waitFor(
        'both are in memory',
        () => lines(rig, '-n', 'all'),
        (all) => all.includes(`one ${n}`) && all.includes(`two ${n}`),
      );
    }
    expect([...(await lines(rig, '-n', 'all'))].sort()).toEqual(['one 1', 'one 2', 'one 3', 'two 1', 'two 2', 'two 3']);
    expect(await lines(rig, '-n', '1', 'one')).toEqual(['one 3']);
    expect(await lines(rig, '--stream', 'err')).toEqual(['two 1', 'two 2', 'two 3']);
    expect(await lines(rig, '--stream', 'out', '--grep', '[23]$')).toEqual(['one 2', 'one 3']);
    const last = await rig.run('logs', '-n', '1', '--stream', 'err', '--json');
    const line = JSON.parse(last.out) as LineView;
    expect(line).toEqual({ id: 'two', at: expect.stringMatching(/Z$/) as string, stream: 'err', text: 'two 3' });
    expect(await lines(rig, '--since', line.at ?? '', 'two')).toEqual(['two 3']);
    expect(await lines(rig, '--since', '1h')).toHaveLength(6);
  });

  test('-f shows each new line, until Ctrl-C', async ({ rig }) => {
    const { one, two } = await talking(rig);
    await one.print('before');
    const following = rig.launch(['logs', '-f']);
    await following.says('before');
    await two.print('after');
    await following.says('after');
    await one.exit(1);
    const again = await (await rig.stage()).enter('one');
    await again.print('from the next run');
    await following.says('from the next run');
    following.signal('SIGINT');
    expect(await following.ended).toMatchObject({
      signal: expect.toSatisfy((it) => it === null || it === 'SIGINT') as null,
    });
  });

  test('--events tells what the supervisor did, as JSON a line each', async ({ rig }) => {
    const { one } = await talking(rig);
    await one.exit(1);
    await (await rig.stage()).enter('one');
    const { out } = await rig.run('logs', '--events', '--json');
    const events = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as EventView);
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
    const ofOne = events.filter(({ id }) => id === 'one').map(({ type }) => type);
    expect(ofOne.filter((type) => type === 'started' || type === 'ended')).toEqual(['started', 'ended', 'started']);
    for (const event of events)
      expect(Object.keys(event).sort()).toEqual(['at', 'id', 'level', 'seq', 'type', 'words']);
  });

  test('reads what is kept when no supervisor runs any more', async ({ rig }) => {
    rig.list([{ name: 'p', shell: 'echo "the last word"; exit 1', restart: 'never' }]);
    await rig.launch(['start']).ended;
    expect(await rig.run('logs')).toMatchObject({ code: 0, out: expect.stringContaining('the last word') as string });
  });

  describe('of a supervisor that is stopped (SIGSTOP)', () => {
    const LOOK = "the supervisor did not answer 'version' within 5000 ms; ask again, or look with: supervise status\n";

    test('shows what the files have, and says that they are from there and who does not answer', async ({ rig }) => {
      const { one } = await talking(rig);
      await one.print('written');
      await waitUntil('it is written', () => rig.log('one.log').includes('written'));
      rig.programs[0]?.signal('SIGSTOP');
      await one.print('not read yet');
      const asked = await rig.run('logs');
      rig.programs[0]?.signal('SIGCONT');
      expect(asked).toEqual({
        ...{ code: 1, signal: null, out: 'one | written\n' },
        err: `supervise: these lines are from the files, without what is not written yet, for the supervisor does not answer:\nsupervise: ${LOOK}`,
      });
    });

    test.for([['-f'], ['--events']])('with %s says who does not answer, and ends', async ([option = ''], { rig }) => {
      await talking(rig);
      rig.programs[0]?.signal('SIGSTOP');
      const asked = await rig.run('logs', option);
      rig.programs[0]?.signal('SIGCONT');
      expect(asked).toEqual({ code: 1, signal: null, out: '', err: `supervise: ${LOOK}` });
    });
  });

  async function talking(rig: Rig): Promise<{ one: Puppet; two: Puppet }> {
    const stage = await rig.stage();
    rig.list(['one', 'two'].map((name) => ({ name, script: PUPPET, cwd: '.', restart: { delay: '300ms' } })));
    await rig.start();
    return { one: await stage.enter('one'), two: await stage.enter('two') };
  }

  /** The texts that the command shows. */
  async function lines(rig: Rig, ...args: readonly string[]): Promise<readonly string[]> {
    const { out } = await rig.run('logs', '--json', ...args);
    return out
      .split('\n')
      .filter(Boolean)
      .map((line) => (JSON.parse(line) as LineView).text);
  }
});
