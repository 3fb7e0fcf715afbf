import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, inject, test } from 'vitest';

const RECIPES = ['laravel', 'sidekiq', 'celery', 'rq', 'bullmq', 'symfony-messenger'];

test.each(RECIPES)('the recipe %s shows the list that is tested', (recipe) => {
  const page = readFileSync(path.join(import.meta.dirname, '../../docs/recipes', `${recipe}.md`), 'utf8');
  const folder = recipe === 'symfony-messenger' ? 'symfony' : recipe;
  const list = readFileSync(path.join(import.meta.dirname, folder, 'daemons.yaml'), 'utf8');
  expect(/^```yaml\n(.*?)^```/ms.exec(page)?.[1]).toBe(list);
});

test.each(RECIPES)('check has no doubt of how the recipe %s probes', (recipe) => {
  const folder = recipe === 'symfony-messenger' ? 'symfony' : recipe;
  const list = path.join(import.meta.dirname, folder, 'daemons.yaml');
  const { stdout } = spawnSync(process.execPath, [inject('program'), 'check', '--json', '--file', list], {
    encoding: 'utf8',
  });
  expect(stdout).toMatch(/^\{/);
  expect(stdout).not.toContain('resource redis: ');
});
