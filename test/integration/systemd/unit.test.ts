/** `supervise systemd unit`, and what systemd itself says of the unit. */
import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, copyFileSync, cpSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, inject } from 'vitest';
import { unitText, type UnitFacts } from '../../../src/systemd/unit.ts';
import { koffi, need } from '../../support/needs.ts';
import { test, type Outcome, type Rig } from '../../support/supervise.ts';

const analyze = need('systemd-analyze', 'systemd');
const isRoot = process.getuid?.() === 0;
const asRoot = isRoot ? '' : ' (skipped: it takes root)';
const NOBODY = 65_534;

/** What systemd says about a unit: nothing if all is well. Its exit code is 0 even for a key that it does not know. */
function verify(rig: Rig, text: string): string {
  const file = rig.file('unit/supervise-shop.service', text);
  const { stdout, stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', file], { encoding: 'utf8' });
  // Units of the machine, which it reads too, may have mistakes of their own.
  return (stdout + stderr).replaceAll(/^\/(lib|usr\/lib|etc|run)\/systemd\/.*\n/gm, '');
}

const unit = (rig: Rig, how: Parameters<Rig['launch']>[1] = {}, ...more: readonly string[]): Promise<Outcome> =>
  rig.launch(['systemd', 'unit', ...more], { env: { SUPERVISE_STATE_DIR: '' }, ...how }).ended;

/** The settings, without comments. */
const settings = ({ out }: Outcome): readonly string[] =>
  out.split('\n').filter((line) => line !== '' && !line.startsWith('#'));

const SHOP = { name: 'shop', daemons: [{ name: 'p', command: ['sleep', '1000'] }] };

describe.skipIf(analyze.missing)(`systemd-analyze verify${analyze.note}`, () => {
  test('has nothing to say of the unit', async ({ rig }) => {
    rig.list(SHOP);
    const printed = await unit(rig);
    expect(printed.code).toBe(0);
    expect(verify(rig, printed.out)).toBe('');
  });

  test('would say something: of a key that it does not know, and of a program that is not there', async ({ rig }) => {
    rig.list(SHOP);
    const { out } = await unit(rig);
    expect(verify(rig, out.replace('KillMode', 'KilMode'))).toMatch(/Unknown key.*'KilMode'/);
    expect(verify(rig, out.replace(process.execPath, '/nowhere/node'))).toContain('/nowhere/node is not executable');
  });

  test.for([' ', '%h', '$PATH', '${PATH}', '"', "'", '\\', ';', '\\x41 é #'])(
    'finds a node and a list whose folders have %j in their names',
    (odd, { rig }) => {
      const folder = path.join(rig.work, `a${odd}b`, odd.trim() === '' ? 'c' : odd.replaceAll('/', ''));
      mkdirSync(folder, { recursive: true });
      // systemd accepts no program with a quote or a backslash in its path, however it is written.
      const node = path.join(/["'\\]/.test(odd) ? rig.work : folder, 'node');
      writeFileSync(node, '#!/bin/sh\n');
      chmodSync(node, 0o755);
      const facts: UnitFacts = {
        id: 'shop',
        list: path.join(folder, 'daemons.yaml'),
        command: [node, path.join(folder, 'main.js'), 'start', '-f', path.join(folder, 'daemons.yaml')],
        reload: [node, path.join(folder, 'main.js'), 'reload', '-f', path.join(folder, 'daemons.yaml')],
        of: 'machine',
        user: null,
        makesState: true,
        ownName: true,
      };
      expect(verify(rig, unitText(facts))).toBe('');
    },
  );
});

test('every comment is a line of its own', async ({ rig }) => {
  rig.list(SHOP);
  for (const line of settings(await unit(rig))) expect(line).not.toContain('#');
});

test.skipIf(!isRoot)(`for root: a unit of the machine, and what to do with it${asRoot}`, async ({ rig }) => {
  const list = rig.list(SHOP);
  const printed = await unit(rig);
  const lines = settings(printed);
  expect(lines).toContain(`ExecStart=${process.execPath} ${inject('program')} start -f ${list}`);
  expect(lines).toContain('StateDirectory=supervise/shop');
  expect(lines).toContain('WantedBy=multi-user.target');
  expect(lines).toContain(`ExecReload=${process.execPath} ${inject('program')} reload -f ${list}`);
  expect(lines.filter((line) => line.startsWith('User='))).toEqual([]);
  expect(printed.err).toContain(
    `${process.execPath} ${inject('program')} systemd unit -f ${list} > /etc/systemd/system/supervise-shop.service\n` +
      '  systemctl daemon-reload\n  systemctl enable --now supervise-shop.service\n',
  );
});

test.skipIf(!isRoot)(
  `for root: it runs as the owner of the list, who must be able to read it${asRoot}`,
  async ({ rig }) => {
    const list = rig.list(SHOP);
    chownSync(list, NOBODY, NOBODY);
    const printed = await unit(rig);
    expect(settings(printed)).toContain('User=nobody');
    expect(settings(printed)).toContain(`NotifyAccess=${koffi.missing ? 'all' : 'main'}`);
    expect(printed.out).toContain('--state-dir /var/lib/supervise/shop\n');
    // The folder of the test is for its owner only.
    expect(printed.err).toContain(`nobody may not read ${list}`);
    for (const folder of [inject('root'), rig.folder]) chmodSync(folder, 0o755);
    expect((await unit(rig)).err).not.toContain('may not read');
  },
);

test.skipIf(!isRoot)(
  `a daemon of another user than the owner of the list is told of: only root could start it${asRoot}`,
  async ({ rig }) => {
    const daemons = [{ name: 'p', command: ['sleep', '1000'], user: 'daemon' }];
    const list = rig.list({ name: 'shop', daemons });
    for (const folder of [inject('root'), rig.folder]) chmodSync(folder, 0o755);
    const words = 'only root may start a daemon as another user (user: of p)';
    expect((await unit(rig)).err).not.toContain(words);
    chownSync(list, NOBODY, NOBODY);
    expect((await unit(rig)).err).toContain(`the unit runs as nobody, the owner of the list, and ${words}`);
  },
);

test.skipIf(!isRoot)(`for another user: a unit of this user${asRoot}`, async ({ rig }) => {
  const list = rig.list(SHOP);
  for (const folder of [inject('root'), rig.folder]) chmodSync(folder, 0o755);
  const under = ['setpriv', '--reuid=nobody', '--regid=nogroup', '--clear-groups'];
  const printed = await unit(rig, { under });
  expect(printed.code).toBe(0);
  const lines = settings(printed);
  expect(lines).toContain('WantedBy=default.target');
  expect(lines).toContain(
    `ExecStart=${process.execPath} ${inject('program')} start -f ${list} --state-dir ${rig.home}/.local/state/supervise/shop`,
  );
  // A user may not spare a process, and root's folders are not this user's.
  expect(lines.filter((line) => /^(User|OOMScoreAdjust|StateDirectory)/.test(line))).toEqual([]);
  expect(printed.err).toContain('systemctl --user enable --now supervise-shop.service');
});

test('a state folder that is named stays the one', async ({ rig }) => {
  rig.list(SHOP);
  const printed = await unit(rig, {}, '--state-dir', `${rig.folder}/s t`);
  expect(printed.out).toContain(`--state-dir "${rig.folder}/s t"\n`);
  expect(settings(printed).filter((line) => line.startsWith('StateDirectory'))).toEqual([]);
});

test('a list that needs what only this shell has is told of', async ({ rig }) => {
  rig.list({ name: 'shop', daemons: [{ name: 'p', command: ['sleep', '${LONG_SLEEP}'] }] });
  const printed = await unit(rig, { env: { SUPERVISE_STATE_DIR: '', LONG_SLEEP: '1000' } });
  expect(printed.code).toBe(0);
  expect(printed.err).toContain('with the environment that systemd gives, the list would be refused');
  expect(printed.err).toContain('LONG_SLEEP');
});

test('a variable with a default that only this shell sets is told of, for the list would be another one', async ({
  rig,
}) => {
  rig.list({ name: 'shop', daemons: [{ name: 'p', command: ['sleep', '${NAP:-${LONG_NAP:-1}}'] }] });
  const told = async (env: Record<string, string>): Promise<string> =>
    (await unit(rig, { env: { SUPERVISE_STATE_DIR: '', ...env } })).err;
  expect(await told({ LONG_NAP: '1000' })).toContain(
    'the list uses ${LONG_NAP}, which this shell has and the unit will not',
  );
  expect(await told({})).not.toContain('which this shell has');
});

test('a node below a home is told of', ({ rig }) => {
  rig.list(SHOP);
  const node = path.join(rig.home, 'node');
  copyFileSync(process.execPath, node);
  chmodSync(node, 0o755);
  const env = { ...rig.environment(), SUPERVISE_STATE_DIR: '' };
  const printed = spawnSync(node, [inject('program'), 'systemd', 'unit'], { cwd: rig.work, env, encoding: 'utf8' });
  expect(printed.stderr).toContain(`${node} lies below a home`);
});

test('a program below a home is told of', ({ rig }) => {
  rig.list(SHOP);
  const folder = path.join(rig.home, 'dist');
  cpSync(path.dirname(path.dirname(inject('program'))), folder, { recursive: true });
  const program = path.join(folder, 'cli/main.js');
  const env = { ...rig.environment(), SUPERVISE_STATE_DIR: '' };
  const ask = (file: string): string =>
    spawnSync(process.execPath, [file, 'systemd', 'unit'], { cwd: rig.work, env, encoding: 'utf8' }).stderr;
  expect(ask(program)).toContain(`${program} lies below a home`);
  expect(ask(inject('program'))).not.toContain('below a home');
});

test.for([
  [['units'], "systemd knows 'unit', 'install' and 'uninstall', not 'units'"],
  [['unit', '--dry-run'], "--dry-run belongs to install; 'unit' does not take it"],
  [['unit', '--node', '/bin/true'], '--node: /bin/true is not a node that answers'],
  [['uninstall'], 'whose unit? There is no daemons.yaml here'],
] as const)('supervise systemd %s is refused: %s', async ([asked, words], { rig }) => {
  if (asked.length > 1) rig.list(SHOP);
  const refused = await rig.launch(['systemd', ...asked]).ended;
  expect(refused).toMatchObject({ code: 2, out: '' });
  expect(refused.err).toContain(words);
});

test('a wrong list prints no unit', async ({ rig }) => {
  rig.list({ name: 'shop', daemons: [{ name: 'p' }] });
  expect(await unit(rig)).toMatchObject({ code: 2, out: '' });
});
