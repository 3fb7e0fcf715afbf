import { chmodSync, existsSync, mkdirSync, statSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { describe, expect } from 'vitest';
import { test } from '../support/supervise.ts';
import { waitUntil } from '../support/wait-for.ts';

const PROCFILE = `web: exec sleep 1000
worker: PLACE=here sh worker.sh 'two words'
loud: while sleep 0.1; do echo "$HOME and $LOUDNESS"; done
`;
const WORKER = 'echo "$PLACE $1"; exec sleep 1000\n';

describe('supervise init', () => {
  test('a folder with a Procfile: init, check, start -d, its daemons run as they did, stop', async ({ rig }) => {
    rig.file('Procfile', PROCFILE);
    rig.file('worker.sh', WORKER);
    rig.file('.env', 'LOUDNESS=11\n');
    const made = await rig.run('init');
    expect(made).toMatchObject({ code: 0, err: '' });
    expect(made.out).toContain('Procfile: worker, loud; as comments: web\n');
    expect(made.out).toContain(`wrote ${path.join(rig.work, 'daemons.yaml')}: 2 daemons, 2 lines to look at`);
    expect(made.out).toContain('Next: supervise check --explain, then: supervise start\n');
    const schema = /^# yaml-language-server: \$schema=(.*)\n/.exec(rig.read('daemons.yaml'))?.[1];
    expect(schema).toMatch(/daemons\.schema\.json$/);
    expect(await rig.run('check')).toMatchObject({ code: 0 });
    expect(await rig.run('start', '-d')).toMatchObject({ code: 0 });
    await rig.untilState('worker', 'running');
    await rig.untilState('loud', 'running');
    await waitUntil(
      'both have printed what they were given',
      () => rig.log('worker.log').includes('here two words\n') && rig.log('loud.log').includes(`${rig.home} and 11\n`),
    );
    expect(await rig.run('stop', '--now')).toMatchObject({ out: expect.stringContaining('cut') as string });
  });

  test('who finished its job under pm2 or foreman finishes it here: the signal is theirs, and reaches the worker', async ({
    rig,
  }) => {
    const worker = (signal: string): string =>
      `process.on('${signal}', () => setTimeout(() => { console.log('finished', process.env.A); process.exit(0); }, 200));
console.log('at work');
setInterval(() => {}, 1000);
`;
    rig.file('int.cjs', worker('SIGINT'));
    rig.file('term.cjs', worker('SIGTERM'));
    const node = process.execPath;
    rig.file('pm2.json', JSON.stringify([{ name: 'ofpm2', script: 'int.cjs', env: { A: 'b c' } }]));
    rig.file(
      'Procfile',
      `assigned: A="b c" ${node} term.cjs $NOTHING\nprepared: cd . && A='b c' ${node} term.cjs $NOTHING\n`,
    );
    expect(await rig.run('init')).toMatchObject({ code: 0, err: '' });
    expect(await rig.run('start', '-d')).toMatchObject({ code: 0 });
    const names = ['ofpm2', 'assigned', 'prepared'];
    await waitUntil('all are at work', () => names.every((name) => rig.log(`${name}.log`).includes('at work')));
    const { code, out } = await rig.run('stop');
    expect({ code, out }).toEqual({ code: 0, out: expect.stringContaining('ended by itself 3 · cut 0') as string });
    for (const name of names) expect(rig.log(`${name}.log`)).toContain('finished b c');
  });

  test('a list that is there is never overwritten, whatever it is called, nor a link to nowhere', async ({ rig }) => {
    rig.file('Procfile', PROCFILE);
    for (const name of ['daemons.yml', 'daemons.yaml']) {
      const file = rig.file(name, '# mine\n');
      expect(await rig.run('init')).toMatchObject({ code: 2, out: '', err: expect.stringContaining(file) as string });
      expect(rig.read(name)).toBe('# mine\n');
    }
    mkdirSync(path.join(rig.work, 'sub'));
    rig.file('sub/Procfile', PROCFILE);
    symlinkSync(path.join(rig.work, 'elsewhere.yaml'), path.join(rig.work, 'sub/daemons.yaml'));
    expect(await rig.run('init', '-f', 'sub/daemons.yaml')).toMatchObject({ code: 2 });
    expect(existsSync(path.join(rig.work, 'elsewhere.yaml'))).toBe(false);
  });

  test('where nothing is found nothing is written: exit 2', async ({ rig }) => {
    expect(await rig.run('init')).toMatchObject({
      code: 2,
      err: expect.stringContaining('nothing that could be a daemon was found') as string,
    });
    expect(existsSync(path.join(rig.work, 'daemons.yaml'))).toBe(false);
    expect(await rig.run('init', '-f', 'no/such/list.yaml')).toMatchObject({ code: 2 });
  });

  test('where a program is not there the list is written, what is wrong is drawn, and it is exit 1', async ({
    rig,
  }) => {
    rig.file('shop/Procfile', 'worker: no-such-program\n');
    const { code, out } = await rig.run('init', '-f', 'shop/daemons.yaml');
    expect({ code, out }).toEqual({
      code: 1,
      out: expect.stringContaining('no-such-program is not in the PATH') as string,
    });
    expect(out).toContain('supervise check --file shop/daemons.yaml');
    expect(rig.read('shop/daemons.yaml')).toContain('command: no-such-program');
  });

  test('nothing of a file reaches the terminal as an order, nor as a line of ours', async ({ rig }) => {
    const order = '\u001B]0;title\u0007\u009B2J\nforged';
    rig.file('pm2.json', JSON.stringify({ apps: [order, { name: order, script: order, cwd: order }] }));
    const { code, out } = await rig.run('init');
    expect(code).toBe(1);
    expect(out).not.toMatch(/[\u0000-\u0009\u000B-\u001F\u007F-\u009F]|^forged/m);
    rig.file('sub/pm2.json', JSON.stringify([order]));
    const nothing = await rig.run('init', '-f', 'sub/daemons.yaml');
    expect(`${nothing.out}${nothing.err}`).not.toMatch(/[\u0000-\u0009\u000B-\u001F\u007F-\u009F]|^forged/m);
  });

  test('what stood in a file that others may not read is for its owner alone', async ({ rig }) => {
    for (const [folder, mode] of [
      ['narrow', 0o640],
      ['wide', 0o644],
    ] as const) {
      rig.file(`${folder}/a.sh`, 'exec sleep 1\n');
      chmodSync(rig.file(`${folder}/Procfile`, 'worker: PASSWORD=hunter2 sh a.sh\n'), mode);
      const { code, out } = await rig.run('init', '-f', `${folder}/daemons.yaml`);
      expect(code).toBe(0);
      const others = statSync(path.join(rig.work, folder, 'daemons.yaml')).mode & 0o077;
      if (folder === 'wide') expect(out).not.toContain('0600');
      else {
        expect(others).toBe(0);
        expect(out).toContain('only its owner may read daemons.yaml (mode 0600): not everybody may read Procfile\n');
      }
    }
  });

  test('JSON that is nested without end is refused in words: exit 2', async ({ rig }) => {
    rig.file('pm2.json', `[{"name":"a","script":"a.js","x":${'['.repeat(20_000)}${']'.repeat(20_000)}}]`);
    expect(await rig.run('init')).toMatchObject({
      code: 2,
      err: expect.stringContaining('pm2.json is nested more than 100 deep: nothing of it was taken') as string,
    });
  });

  test('where all of it is doubtful the list says so, and it is exit 1', async ({ rig }) => {
    rig.file('Procfile', 'web: exec sleep 1\n');
    expect(await rig.run('init')).toMatchObject({ code: 1, out: expect.stringContaining('behind #') as string });
  });

  test('the schema is that of the program that the project has installed', async ({ rig }) => {
    rig.file('Procfile', PROCFILE);
    rig.file('worker.sh', WORKER);
    rig.file('node_modules/supervise/daemons.schema.json', '{}');
    expect(await rig.run('init')).toMatchObject({ code: 0 });
    expect(rig.read('daemons.yaml')).toMatch(
      /^# yaml-language-server: \$schema=\.\/node_modules\/supervise\/daemons\.schema\.json\n/,
    );
  });
});
