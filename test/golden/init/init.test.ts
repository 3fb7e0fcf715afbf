import { cpSync, mkdirSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { collect } from '../../../src/cli/init/collect.ts';
import { compose } from '../../../src/cli/init/compose.ts';
import { ListFolder } from '../../support/list-folder.ts';

/** Realistic folders (fixtures/init), and the list that each results in. `vitest -u` accepts what is new. */

const fixtures = path.resolve(import.meta.dirname, '../../fixtures/init');
const PROGRAMS = ['php', 'python3', 'node', 'bundle', 'celery', 'npm', 'sleep', 'sh', 'env'];

test.each(readdirSync(fixtures))('%s', async (name) => {
  const here = new ListFolder();
  // The programs of PATH first: bin/ of the fixture is another one.
  here.environment.PATH = here.at('.programs');
  for (const each of PROGRAMS) here.write(`.programs/${each}`, '#!/bin/sh\n');
  here.environment.HOME = '/home/shop';
  cpSync(path.join(fixtures, name), here.folder, { recursive: true });
  for (const [file, text] of Object.entries(LYING_THERE[name] ?? {})) here.write(file, text);
  const { text } = compose(collect(here.folder), './node_modules/supervise/daemons.schema.json');
  await expect(text.replaceAll(here.folder, '/srv/shop')).toMatchFileSnapshot(`${name}.yaml`);
  mkdirSync(here.at('log'), { recursive: true });
  expect(here.good(text).daemons.length).toBeGreaterThan(0);
});

/** Files that are named in others and need not be examined. */
const LYING_THERE: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  pm2: { 'dist/worker.js': '', 'python/reports.py': '', 'python/x': '' },
};
