import { expect, test } from 'vitest';
import type { Explanation } from '../../../src/cli/print/explain.ts';
import { explainLines } from '../../../src/cli/print/explain.ts';
import { explainList } from '../../../src/config/load.ts';
import type { ProgramFacts } from '../../../src/config/program-facts.ts';
import { ListFolder } from '../../support/list-folder.ts';

/** What `check --explain` prints for a list with some of everything. `vitest -u` accepts what is new. */

const LIST = `name: shop
defaults:
  stop: 2m
  log: { max_size: 20MB }
supervisor: { on_trouble: [./notify.sh, --to, ops] }
resources:
  database: { exec: [psql, --password=geheim, -c, "SELECT 1"] }
  api: { http: "http://user:geheim@api.example:81/health?key=geheim", interval: 10s }
  mount: { file: "mnt/\\e[31mready", timeout: 1s }
daemons:
  - name: photos
    script: ./photos.php --key geheim
    instances: 4
    env: { QUEUE: photos, KEY: geheim }
    depends_on: [database, mount]
    limits: { iteration: 5m, age: 12h }
  - name: mails
    preset: laravel
    command: php artisan queue:work --timeout=120
    stop: { grace: 5m }
    depends_on: { photos: ready, database: up, api: up }
  - name: tasks
    preset: celery
    command: celery -A shop worker
  - name: pictures
    command: npm run pictures
    cwd: "odd\\e[31m"
    stop: unlimited
`;

const php: ProgramFacts = {
  file: '/usr/bin/php',
  real: '/usr/bin/php8.2',
  loader: [],
  interpreter: '/usr/bin/php',
  version: '8.2.29',
  lacks: null,
};
const PROGRAMS: readonly (ProgramFacts | null)[] = [
  php,
  { ...php, lacks: 'pcntl' },
  {
    file: '/srv/venv/bin/celery',
    real: '/srv/venv/bin/celery',
    loader: [],
    interpreter: '/srv/venv/bin/python3',
    version: null,
    lacks: null,
  },
  null,
];

test.each([60, 100, null])('at %s cells', async (cells) => {
  const here = new ListFolder();
  here.programs('php', 'psql', 'celery', 'npm');
  here.write('photos.php', '');
  here.write('notify.sh', '#!/bin/sh\n');
  here.write('odd\u001B[31m/keep', '');
  here.good(LIST);
  const read = explainList(here.file, here.environment);
  if (!read.ok) throw new Error('it is refused');
  const { list, explanations } = read.value;
  const daemons = explanations.map((explanation, index): Explanation => ({
    explanation,
    program: PROGRAMS[index] ?? null,
  }));
  // Only in our words does the folder have the same length on every machine: lines are broken by length.
  const named = JSON.parse(JSON.stringify({ list, daemons }).replaceAll(here.folder, '/srv/shop')) as {
    list: typeof list;
    daemons: typeof daemons;
  };
  const text = `${explainLines({ ...named, unit: null }, cells).join('\n')}\n`;
  expect(text).not.toContain('geheim');
  expect(text).not.toContain('\u001B');
  await expect(text).toMatchFileSnapshot(`at-${cells ?? 'any'}.txt`);
});
