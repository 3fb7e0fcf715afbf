import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { explainLines } from '../../../src/cli/print/explain.ts';
import { explainList, loadList } from '../../../src/config/load.ts';
import { drawProblems } from '../../../src/config/problem.ts';

/** Whatever a list contains, the answer is a spec or problems that can be drawn: never an exception, never a long wait. */

const folder = mkdtempSync(path.join(tmpdir(), 'supervise-hostile-'));
const file = path.join(folder, 'daemons.yaml');
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

function read(text: string): string {
  writeFileSync(file, text);
  const loaded = explainList(file, { PATH: '/bin' });
  if (loaded.ok) {
    const { list, explanations } = loaded.value;
    const daemons = explanations.map((explanation) => ({ explanation, program: null }));
    // What a list says is shown, and gives the terminal no orders.
    expect(explainLines({ list, daemons, unit: null }, 80).join('\n')).not.toMatch(
      /[\u0000-\u0008\u000B-\u001F\u007F-\u009F]/,
    );
    return 'ok';
  }
  expect(loaded.error.problems.length).toBeGreaterThan(0);
  return drawProblems(loaded.error.problems, loaded.error.text);
}

test.each(['cwd', 'script', 'command', 'env_file', 'user', 'depends_on', '${X'])(
  'a value of %s that would order a terminal about, or forge a line, is only text in the problem and in its hint',
  (key) => {
    const value = '\u001B]0;title\u0007\u009B2J\u202E\nforged:1:1: all is well';
    const list = [{ name: 'a', command: 'sh', [key]: value.replaceAll(' ', '-') }];
    writeFileSync(file, JSON.stringify(list));
    const loaded = loadList(file, { PATH: '/bin' });
    const problems = loaded.ok ? [] : loaded.error.problems;
    expect(problems).not.toEqual([]);
    const words = problems.flatMap(({ what, hint = '' }) => [what, hint]).join('');
    expect(`${words}${drawProblems(problems).replaceAll('\n', '')}`).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    expect(drawProblems(problems)).not.toMatch(/^forged/m);
  },
);

const word = fc.constantFrom(
  'name',
  'script',
  'shell',
  'defaults',
  'daemons',
  'stop',
  'env',
  'depends_on',
  'log',
  'restart',
  'ready',
  'resources',
  'limits',
  'preset',
  'supervisor',
  'on_trouble',
  'exec',
  'tcp',
  'http',
  'file',
  'celery',
  'up',
  'age',
  'a',
  '5s',
  '${A}',
  '${',
  '$$',
  '*a',
  '&a',
  '<<',
  '"',
  "'",
  'null',
  '~',
  '0',
);
const sign = fc.constantFrom(
  ': ',
  ':\n  ',
  '- ',
  '\n',
  '\n- ',
  '\n  ',
  '\n    ',
  ', ',
  '[',
  ']',
  '{',
  '}',
  '|\n',
  '>\n',
  ' # ',
  '---\n',
  '!x ',
  '\t',
  '\r\n',
  '%',
  '@',
);

// These share two cores with everything running beside them.
const SLOW = 60_000;

test('any text', { timeout: SLOW }, () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
      read(text);
    }),
    { numRuns: 200 },
  );
});

test('any text that looks like a list', { timeout: SLOW }, () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(word, sign), { maxLength: 60 }), (parts) => {
      read(parts.join(''));
    }),
    { numRuns: 400 },
  );
});

const KEYS = fc.constantFrom(
  'name',
  'script',
  'command',
  'shell',
  'stop',
  'restart',
  'env',
  'ready',
  'depends_on',
  'log',
  'tags',
  'instances',
  'to',
  'delay',
  'file',
  'cwd',
  'env_file',
  'preset',
  'limits',
  'age',
  'resources',
  'supervisor',
  'on_trouble',
  'exec',
  'tcp',
  'http',
  'timeout',
);
const value: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom('a', '5s', 'x.php', 5, 0, true, null, '10MB', 'never', ''),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(KEYS, tie('value'), { maxKeys: 4 }),
  ),
})).value;

test('any shape under the known keys (a list in JSON is one in YAML)', { timeout: SLOW }, () => {
  fc.assert(
    fc.property(fc.array(fc.dictionary(KEYS, value, { maxKeys: 6 }), { maxLength: 4 }), (daemons) => {
      read(JSON.stringify({ daemons }));
    }),
    { numRuns: 200 },
  );
});

test('any shape beside one good daemon that needs it', { timeout: SLOW }, () => {
  const some = fc.dictionary(KEYS, value, { maxKeys: 4 });
  fc.assert(
    fc.property(some, some, some, (resources, supervisor, defaults) => {
      const depends_on = Object.fromEntries(Object.keys(resources).map((name) => [name, 'up']));
      read(JSON.stringify({ resources, supervisor, defaults, daemons: [{ name: 'good', shell: 'x', depends_on }] }));
    }),
    { numRuns: 200 },
  );
});

const odd = fc.string({ unit: 'binary', maxLength: 12 });
test('any text in a list that is whole otherwise', { timeout: SLOW }, () => {
  fc.assert(
    fc.property(odd, odd, odd, (one, two, three) => {
      const resources = {
        it: { exec: ['/bin/sh', one] },
        other: { file: `/${two}` },
        web: { http: `http://a/${three}` },
      };
      const daemon = { name: 'good', shell: `x ${one}`, cwd: '/', log: { file: `/tmp/${two}` }, watch: [`/${three}`] };
      read(JSON.stringify({ resources, daemons: [{ ...daemon, depends_on: ['it', 'other', 'web'] }] }));
    }),
    { numRuns: 200 },
  );
});

const MEGABYTE = 1024 * 1024;
test.each([
  ['['],
  ['{a: '],
  ['- '],
  ['? '],
  ['"" '],
  [']'],
  ['- a\n'],
  ['%\n'],
  ['&a '],
  ['!'],
  ['|\n'],
  ['#\n'],
  ['---\n'],
  ['a: |\n b\n'],
  ['${A:-'],
])(
  'a megabyte of %j',
  (part) => {
    expect(read(part.repeat(Math.floor(MEGABYTE / part.length)))).toMatch(/problem/);
  },
  SLOW,
);

test.each([['${A:-'], ['${'], ["a'"], ['$']])(
  'a megabyte of %j in one value',
  (part) => {
    read(`- "${part.repeat(Math.floor((MEGABYTE - 10) / part.length))}"\n`);
  },
  SLOW,
);
