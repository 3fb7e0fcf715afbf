/** The files of examples/comparison do the same job, and docs/comparison.md says how long each is. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { parseDuration } from '../../src/base/duration.ts';
import { readPm2 } from '../../src/cli/init/pm2.ts';
import type { Sketch } from '../../src/cli/init/sketch.ts';
import { readSupervisord } from '../../src/cli/init/supervisord.ts';
import { loadList } from '../../src/config/load.ts';
import { COMPARED, FOLDER, sizeOf, withComparison, type Compared } from '../../scripts/comparison.ts';
import { need } from '../support/needs.ts';

const SCRIPTS =
  'photos.php thumbnails.php mail.mjs webhooks.mjs search.py reports.py imports.php invoices.php rates.sh cleanup.sh';
const PAGE = path.resolve(import.meta.dirname, '../../docs/comparison.md');
const systemdAnalyze = need('systemd-analyze', 'systemd');
const needed = ['php', 'python3'].map((program) => need(program, program));

const fileOf = (tool: string): Compared => {
  const found = COMPARED.find((compared) => compared.tool === tool);
  if (found === undefined) throw new Error(`nothing is compared with ${tool}`);
  return found;
};
const text = (file: string): string => readFileSync(path.join(FOLDER, file), 'utf8');

/** What each of the ten is, whatever runs it. */
interface Job {
  readonly script: string;
  readonly processes: number;
  readonly patienceS: number;
  readonly env: Readonly<Record<string, unknown>>;
}

const JOBS: readonly Job[] = SCRIPTS.split(' ').map((script) => ({
  script,
  processes: script === 'photos.php' ? 4 : script === 'thumbnails.php' ? 2 : 1,
  patienceS: script === 'photos.php' ? 600 : script === 'reports.py' ? 1800 : 60,
  env: script === 'imports.php' ? { QUEUE: 'imports' } : {},
}));

const seconds = (text: string): number => {
  const read = parseDuration(text);
  if (!read.ok) throw new Error(read.error);
  return read.value / 1000;
};

/** The list, in a folder with the scripts. */
function ofOurs(): readonly Job[] {
  const folder = mkdtempSync(path.join(tmpdir(), 'sv-comparison-'));
  onTestFinished(() => {
    rmSync(folder, { recursive: true });
  });
  for (const script of SCRIPTS.split(' ')) writeFileSync(path.join(folder, script), '#!/bin/bash\n', { mode: 0o755 });
  const list = path.join(folder, 'daemons.yaml');
  copyFileSync(path.join(FOLDER, 'daemons.yaml'), list);
  const loaded = loadList(list, process.env);
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.error.problems));
  return loaded.value.daemons.map(({ instances, stop, env, command, restart }) => {
    expect(restart).toMatchObject({ policy: 'always', attempts: null });
    return {
      script: command.kind === 'script' ? path.basename(command.path) : '',
      processes: instances,
      patienceS: (stop.graceMs ?? 0) / 1000,
      env: Object.fromEntries(Object.entries(env).filter(([name]) => name !== 'PYTHONUNBUFFERED')),
    };
  });
}

interface Taken {
  readonly command: string;
  readonly stop: string;
  readonly instances?: number;
  readonly env?: Readonly<Record<string, string>>;
}

/** As `supervise init` reads it. */
function ofSupervisord(): readonly Job[] {
  const { sketches } = readSupervisord([{ text: text('shop.conf'), here: '/x', uncitedAs: null }], 'shop.conf');
  return sketches.map(({ keys }: Sketch) => {
    expect(keys).toMatchObject({ cwd: '/srv/shop', restart: 'always' });
    // As in the file; another shape fails below.
    const { command, stop, instances = 1, env = {} } = keys as unknown as Taken;
    return { script: command.split(' ')[1] ?? '', processes: instances, patienceS: seconds(stop), env };
  });
}

interface App {
  readonly script: string;
  readonly instances?: number;
  readonly kill_timeout: number;
  readonly env?: Readonly<Record<string, string>>;
}

function ofPm2(): readonly Job[] {
  const { apps } = createRequire(import.meta.url)(path.join(FOLDER, 'ecosystem.config.cjs')) as { apps: App[] };
  // Anything that `supervise init` would not know is a mistake there.
  expect(readPm2(JSON.stringify({ apps }), 'e.json').notes).toEqual([]);
  return apps.map((app) => {
    expect(app).toMatchObject({ cwd: '/srv/shop', max_restarts: 1_000_000, treekill: false });
    return {
      script: app.script,
      processes: app.instances ?? 1,
      patienceS: app.kill_timeout / 1000,
      env: app.env ?? {},
    };
  });
}

function ofSystemd(): readonly Job[] {
  const shared = text('systemd/shop-.service.d/shop.conf');
  for (const line of ['WorkingDirectory=/srv/shop', 'Restart=always', 'StartLimitIntervalSec=0', 'KillMode=mixed'])
    expect(shared.split('\n')).toContain(line);
  const wanted = text('systemd/shop.target').match(/shop-\S+\.service/g) ?? [];
  const valueOf = (key: string, unit: string): string | undefined => new RegExp(`^${key}=(.*)$`, 'm').exec(unit)?.[1];
  return JOBS.map(({ script }) => {
    const name = `shop-${path.parse(script).name}`;
    const names = wanted.filter((unit) => unit.startsWith(`${name}.`) || unit.startsWith(`${name}@`));
    const unit = text(`systemd/${(names[0] ?? '').replace(/@\d+/, '@')}`);
    const [key, value] = (valueOf('Environment', unit) ?? '').split('=');
    return {
      script: valueOf('ExecStart', unit)?.split(' ')[1] ?? '',
      processes: names.length,
      patienceS: seconds((valueOf('TimeoutStopSec', unit) ?? '90s').replace('min', 'm')),
      env: value === undefined ? {} : { [key ?? '']: value },
    };
  });
}

describe('the four files of examples/comparison do the same job', () => {
  test.skipIf(needed.some(({ missing }) => missing))(
    `ours, which may be started${needed.map(({ note }) => note).join('')}`,
    () => {
      expect(ofOurs()).toEqual(JOBS);
    },
  );
  test.for([
    ['supervisord', ofSupervisord, JOBS],
    ['pm2', ofPm2, JOBS],
    // If a minute would do it uses its own 90 s, which need no line.
    ['systemd', ofSystemd, JOBS.map((job) => ({ ...job, patienceS: Math.max(90, job.patienceS) }))],
  ] as const)('%s', ([, jobs, wanted]) => {
    expect(jobs()).toEqual(wanted);
  });

  test.skipIf(systemdAnalyze.missing)(`systemd has nothing to say of its units${systemdAnalyze.note}`, () => {
    const folder = path.join(FOLDER, 'systemd');
    const units = fileOf('systemd').files.filter((file) => !file.includes('.d/'));
    const { status, stderr } = spawnSync(
      'systemd-analyze',
      ['verify', ...units.map((unit) => path.join(FOLDER, unit))],
      {
        env: { ...process.env, SYSTEMD_UNIT_PATH: `${folder}:/lib/systemd/system` },
        encoding: 'utf8',
      },
    );
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });
});

describe('how long they are', () => {
  test('docs/comparison.md has it as it is (npm run generate)', () => {
    const page = readFileSync(PAGE, 'utf8');
    expect(withComparison(page)).toBe(page);
  });

  test('ours is the shortest, in lines and in keys', () => {
    const [ours, ...others] = COMPARED.map((compared) => sizeOf(compared));
    for (const other of others) {
      expect(ours?.lines).toBeLessThan(other.lines);
      expect(ours?.keys).toBeLessThan(other.keys);
    }
  });

  test('comments, blank lines and headings do not count; a key inside of braces does', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'sv-comparison-'));
    onTestFinished(() => {
      rmSync(folder, { recursive: true });
    });
    writeFileSync(path.join(folder, 'shop.conf'), '; a=1\n\n[program:x]\na=1\n# b=2\nb=c=d\n');
    expect(sizeOf({ ...fileOf('supervisord'), files: ['shop.conf'] }, folder)).toEqual({ files: 1, lines: 3, keys: 2 });
    writeFileSync(path.join(folder, 'a.yaml'), '# a: 1\n- { a: 1, b: { c: d:e } }\n\n- x\n');
    expect(sizeOf({ ...fileOf('supervise'), files: ['a.yaml'] }, folder)).toEqual({ files: 1, lines: 2, keys: 3 });
  });
});
