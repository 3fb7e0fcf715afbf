import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { absoluteAsTyped, identityOf, quickName, stateFolder } from '../../../src/config/identity.ts';
import { parseList } from '../../../src/config/parse.ts';
import { createReport } from '../../../src/config/report.ts';
import { entryOf } from '../../../src/config/tree.ts';

describe('identityOf', () => {
  test.each([
    ['/srv/shop/current/daemons.yaml', 'srv-shop-current'],
    ['/srv/shop/current/daemons.yml', 'srv-shop-current'],
    ['/srv/shop/jobs.yaml', 'srv-shop-jobs.yaml'],
    ['/home/x/.config/daemons.yaml', 'home-x-.config'],
  ])('%s is %s', (file, id) => {
    expect(identityOf({ name: null, file })).toBe(id);
  });

  test('a name is the id', () => {
    expect(identityOf({ name: 'shop', file: '/srv/shop/daemons.yaml' })).toBe('shop');
  });

  test.each([
    ['/srv/my-shop/daemons.yaml', /^srv-my-shop-[0-9a-f]{6}$/],
    ['/srv/my shop/daemons.yaml', /^srv-my-shop-[0-9a-f]{6}$/],
    ['/srv/映画/daemons.yaml', /^srv----?[0-9a-f]{6}$/],
    ['/daemons.yaml', /^root-[0-9a-f]{6}$/],
    [`/${'x'.repeat(300)}/daemons.yaml`, /^x{56}-[0-9a-f]{6}$/],
  ])('%.40s has a hash behind it', (file, id) => {
    expect(identityOf({ name: null, file })).toMatch(id);
  });

  test('two paths never share an id', () => {
    const component = fc.stringMatching(/^[ab.-]{1,3}$/).filter((part) => part !== '.' && part !== '..');
    const file = fc.array(component, { minLength: 1, maxLength: 4 }).map((parts) => `/${parts.join('/')}/daemons.yaml`);
    fc.assert(
      fc.property(file, file, (one, other) => {
        fc.pre(one !== other);
        expect(identityOf({ name: null, file: one })).not.toBe(identityOf({ name: null, file: other }));
      }),
    );
  });
});

describe('absoluteAsTyped', () => {
  let folder: string;
  const here = process.cwd();
  beforeEach(() => {
    folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'supervise-identity-')));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  test('a link to the current folder is kept as the shell shows it', () => {
    const current = path.join(folder, 'current');
    symlinkSync(here, current);
    expect(absoluteAsTyped('daemons.yaml', current)).toBe(path.join(current, 'daemons.yaml'));
    expect(absoluteAsTyped('./a/../daemons.yaml', current)).toBe(path.join(current, 'daemons.yaml'));
  });

  test('a PWD that is another folder, or none, is not believed', () => {
    expect(absoluteAsTyped('daemons.yaml', folder)).toBe(path.join(here, 'daemons.yaml'));
    expect(absoluteAsTyped('daemons.yaml', path.join(folder, 'gone'))).toBe(path.join(here, 'daemons.yaml'));
    expect(absoluteAsTyped('daemons.yaml', '.')).toBe(path.join(here, 'daemons.yaml'));
  });

  test('dots behind a link mean what a program that opens the path gets', () => {
    const link = path.join(folder, 'link');
    symlinkSync(here, link);
    expect(absoluteAsTyped('../daemons.yaml', link)).toBe(path.join(path.dirname(here), 'daemons.yaml'));
  });

  test('an absolute path stays, its links unresolved', () => {
    mkdirSync(path.join(folder, '42'));
    symlinkSync('42', path.join(folder, 'current'));
    expect(absoluteAsTyped(`${folder}/current/./daemons.yaml`)).toBe(`${folder}/current/daemons.yaml`);
  });
});

test.each([
  [{ uid: 0, env: {} }, '/var/lib/supervise/shop'],
  [{ uid: 1000, env: { HOME: '/home/x' } }, '/home/x/.local/state/supervise/shop'],
  [{ uid: 1000, env: { HOME: '/home/x', XDG_STATE_HOME: '/state' } }, '/state/supervise/shop'],
  [{ uid: 1000, env: { HOME: '/home/x', XDG_STATE_HOME: 'state' } }, '/home/x/.local/state/supervise/shop'],
  [{ uid: 1000, env: { HOME: '/home/x' }, explicit: '/run/mine' }, '/run/mine'],
  [{ uid: 0, env: {}, explicit: '/run/mine/' }, '/run/mine/'],
  [{ uid: 0, env: {}, explicit: '' }, '/var/lib/supervise/shop'],
])('stateFolder(%j)', (ask, folder) => {
  expect(stateFolder({ id: 'shop', ...ask })).toBe(folder);
});

describe('quickName', () => {
  test.each([
    ['name: shop\ndaemons: []\n', 'shop'],
    ['# a list\n\nname:   shop   # ours\r\ndaemons:\r\n- ./a.php\r\n', 'shop'],
    ['---\nname: "shop"\ndaemons: []\n', 'shop'],
    ["daemons:\n  - { name: x }\nname: 'shop'\n", 'shop'],
    ['- ./a.php\n- name: photos\n  script: x\n', null],
    ['daemons:\n  - name: photos\n', null],
    ['{"name": "shop", "daemons": []}', 'shop'],
    ['[{"name": "photos"}]', null],
  ])('%j has the name %s', (text, name) => {
    expect(quickName(text)).toEqual({ name });
  });

  test.each([
    ['name: ${SHOP}\n'],
    ['name: shop\n  front\n'],
    ['name: 42\n'],
    ['name: true\n'],
    ['name: &a shop\n'],
    ['name : shop\n'],
    ['"name": shop\n'],
    ['name: shop\nname: other\n'],
    ['<<: *base\n'],
    ['{ name: shop }\n'],
    ['  name: shop\n'],
    ['x: "\nname: shop\n"\n'],
    ['a: 1\n---\nname: shop\n'],
    ['? name\n: shop\n'],
    [''],
  ])('%j needs a parser', (text) => {
    expect(quickName(text)).toBe('unsure');
  });

  test('it never says another name than the parser', { timeout: 60_000 }, () => {
    const line = fc.constantFrom(
      'name: shop',
      'name: b-2',
      'name:',
      '  name: in',
      '- name: x',
      'daemons:',
      '  - a',
      'x: |',
      '  text',
      "y: '",
      "'",
      'z: [',
      ']',
      '# c',
      '',
      '---',
      'name: a # b',
      '"name": q',
      'w: >-',
      '\tname: t',
      '&a',
      '{',
      '}',
      '<<: *a',
    );
    fc.assert(
      fc.property(fc.array(line, { maxLength: 6 }), (lines) => {
        const text = lines.join('\n');
        const quick = quickName(text);
        const report = createReport('x', text);
        const tree = parseList(text, report);
        fc.pre(quick !== 'unsure' && tree !== undefined && report.count === 0 && tree.kind !== 'scalar');
        const parsed = tree.kind === 'mapping' ? entryOf(tree, 'name')?.value : undefined;
        expect(quick).toEqual({ name: parsed?.kind === 'scalar' ? parsed.value : null });
      }),
      { numRuns: 1_000 },
    );
  });
});
