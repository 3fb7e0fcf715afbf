import { chmodSync } from 'node:fs';
import { beforeEach, describe, expect, test } from 'vitest';
import type { ProbeSpec } from '../../../src/config/spec.ts';
import { ListFolder } from '../../support/list-folder.ts';
import { asRoot } from '../../support/needs.ts';

let here: ListFolder;
beforeEach(() => {
  here = new ListFolder();
  here.programs('mysqladmin', 'mariadb-admin', 'mysql', 'psql', 'pg_isready', 'redis-cli', 'work');
});

/** A list with this resource, and one daemon that needs it. */
const withOne = (resource: string, needs = '[it]'): string =>
  `resources: { it: ${resource} }\ndaemons:\n- { name: photos, command: work, depends_on: ${needs} }\n`;

describe('a resource', () => {
  test.each<[string, (folder: string) => ProbeSpec]>([
    ['{ exec: [mysqladmin, status] }', () => ({ kind: 'exec', argv: ['mysqladmin', 'status'] })],
    ['{ exec: "psql -c \'SELECT 1\'" }', () => ({ kind: 'exec', argv: ['psql', '-c', 'SELECT 1'] })],
    ['{ exec: bin/work --fast }', (folder) => ({ kind: 'exec', argv: [`${folder}/bin/work`, '--fast'] })],
    ['{ tcp: localhost:5672 }', () => ({ kind: 'tcp', host: 'localhost', port: 5672 })],
    ['{ tcp: "[::1]:1" }', () => ({ kind: 'tcp', host: '::1', port: 1 })],
    ['{ tcp: "${HOST}:${PORT}" }', () => ({ kind: 'tcp', host: 'db', port: 7000 })],
    ['{ http: "https://api.example/health?x=1" }', () => ({ kind: 'http', url: 'https://api.example/health?x=1' })],
    ['{ file: mnt/ready }', (folder) => ({ kind: 'file', path: `${folder}/mnt/ready` })],
    ['{ file: /mnt/ready }', () => ({ kind: 'file', path: '/mnt/ready' })],
  ])('%s', (written, probe) => {
    Object.assign(here.environment, { HOST: 'db', PORT: '7000' });
    expect(here.good(withOne(written)).resources).toEqual([
      { name: 'it', probe: probe(here.folder), intervalMs: 2_000, timeoutMs: 5_000 },
    ]);
  });

  test('has its own times, and all are in the order of the list', () => {
    const { resources } = here.good(
      'resources:\n  b: { file: /b, interval: 500ms, timeout: 1m }\n  a: { file: /a }\n  c: { file: /c }\ndaemons:\n- { name: p, command: work, depends_on: [a, b, c] }\n',
    );
    expect(resources.map(({ name }) => name)).toEqual(['b', 'a', 'c']);
    expect(resources[0]).toMatchObject({ intervalMs: 500, timeoutMs: 60_000 });
  });

  test('none are none', () => {
    expect(here.good('resources:\ndaemons:\n- { name: p, command: work }\n')).toMatchObject({
      resources: [],
      onTrouble: null,
      daemons: [{ resources: [], dependsOn: [] }],
    });
  });
});

describe('what a daemon needs', () => {
  const list = (needs: string): string =>
    `resources: { database: { file: /db }, mount: { file: /mnt } }
daemons:
- { name: photos, command: work, depends_on: ${needs} }
- { name: migrate, command: work, restart: never, depends_on: [database, mount] }
- { name: api, command: work }
`;
  test.each([
    ['[api, database]', [{ daemon: 'api', until: 'ready' }], ['database']],
    ['[mount, database]', [], ['mount', 'database']],
    [
      '{ migrate: completed, database: up, api: ready }',
      [
        { daemon: 'migrate', until: 'completed' },
        { daemon: 'api', until: 'ready' },
      ],
      ['database'],
    ],
  ])('%s', (needs, dependsOn, resources) => {
    expect(here.first(list(needs))).toMatchObject({ dependsOn, resources });
  });

  test.each(['never', 'on-failure'])('one that may end before it is ready is warned of: %s', (restart) => {
    const job = `- { name: migrate, command: work, restart: ${restart} }\n`;
    const needs = (written: string): string => `${job}- { name: web, command: work, depends_on: ${written} }\n`;
    expect(here.warnings(needs('[migrate]'))).toEqual([
      expect.stringMatching(
        /^2: daemon web waits until migrate is ready, .* \| write depends_on: { migrate: completed }/,
      ),
    ]);
    for (const meant of ['{ migrate: completed }', '{ migrate: ready }'])
      expect(here.warnings(needs(meant))).toEqual([]);
  });

  test('a resource closes no circle', () => {
    const { daemons } = here.good(
      'resources: { db: { file: /db } }\ndaemons:\n- { name: a, command: work, depends_on: [b, db] }\n- { name: b, command: work, depends_on: [db] }\n',
    );
    expect(daemons.map(({ resources }) => resources)).toEqual([['db'], ['db']]);
  });
});

test('on_trouble is found beside the list where it has a slash, else by its name', () => {
  here.write('bin/tell', '#!/bin/sh\n');
  const list = (written: string): string => `supervisor: { on_trouble: ${written} }\ndaemons: [bin/work]\n`;
  expect(here.good(list('bin/tell "two words"')).onTrouble).toEqual([here.at('bin/tell'), 'two words']);
  expect(here.good(list('[./bin/tell, x]')).onTrouble).toEqual([here.at('bin/tell'), 'x']);
  expect(here.good(list('tell')).onTrouble).toEqual(['tell']);
  expect(here.problems(list('./tell'))).toEqual(['1: on_trouble cannot be run: /srv/tell does not exist | ']);
  expect(here.problems(list('tall'))).toEqual([
    '1: on_trouble cannot be run: tall is not in the PATH of supervise (PATH=/srv/bin) | ',
  ]);
});

describe('a warning', () => {
  test('names a resource that nobody needs', () => {
    expect(here.warnings('resources: { it: { file: /x } }\ndaemons:\n- { name: p, command: work }\n')).toEqual([
      '1: no daemon needs the resource it | write depends_on: { it: up } at those that do; what nobody needs is never probed',
    ]);
  });

  test.each([
    [
      '{ tcp: "db:3306" }',
      /counts as a failed one for MySQL, and "Too many connections" comes only after/,
      /mysqladmin, status/,
    ],
    ['{ tcp: "[::1]:5432" }', /PostgreSQL accepts the connect/, /psql, -c, "SELECT 1"/],
    ['{ tcp: localhost:6379 }', /Redis accepts the connect/, /redis-cli, -e, ping/],
    ['{ exec: mysqladmin -h db ping }', /mysqladmin ping exits with 0 also/, /write status instead of ping/],
    ['{ exec: [./bin/mariadb-admin, ping] }', /mysqladmin ping exits with 0 also/, /write status instead of ping/],
    ['{ exec: [pg_isready, -h, db] }', /pg_isready exits with 0 also/, /psql, -c, "SELECT 1"/],
    ['{ exec: redis-cli ping }', /redis-cli exits with 0 whatever/, /redis-cli, -e, ping/],
  ])('is due to a probe that does not tell whether the server lets anybody in: %s', (written, what, hint) => {
    const { warnings } = here.good(withOne(written));
    expect(warnings).toHaveLength(1);
    expect(warnings[0]?.at?.line).toBe(1);
    expect(warnings[0]?.what).toMatch(what);
    expect(warnings[0]?.hint).toMatch(hint);
  });

  test.each([
    '{ exec: mysqladmin status }',
    '{ exec: [mysql, -e, "SELECT 1"] }',
    '{ exec: [psql, -c, "SELECT 1"] }',
    '{ exec: [redis-cli, -e, ping] }',
    '{ tcp: "mq:5672" }',
    '{ file: /x }',
  ])('is not due to one that tells: %s', (written) => {
    expect(here.warnings(withOne(written))).toEqual([]);
  });
});

describe.skipIf(asRoot.missing)(`as root${asRoot.note}`, () => {
  test('what probes and on_trouble run may not be written by everybody', () => {
    chmodSync(here.write('probe', '#!/bin/sh\n'), 0o777);
    chmodSync(here.write('open/tell', '#!/bin/sh\n'), 0o755);
    chmodSync(here.at('open'), 0o777);
    const text = `supervisor: { on_trouble: [open/tell] }\n${withOne('{ exec: ./probe }')}`;
    expect(here.problems(text)).toEqual([
      '1: on_trouble runs as root, and everybody may replace /srv/open/tell: its folder /srv/open may be written by everybody | chmod o-w /srv/open',
      '2: the probe of resource it runs as root, and everybody may write /srv/probe | chmod o-w /srv/probe',
    ]);
  });
});

test('the lines that are drawn of a list with a mistake have no password and no token of a URL', () => {
  const loaded = here.load(withOne('{ http: "http://me:geheim@api.example/health?key=geheim", tiemout: 1s }'));
  expect(loaded.ok ? '' : loaded.error.text).toContain('"http://*********@api.example/health?**********"');
});
