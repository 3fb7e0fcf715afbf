/** Files made to harm the user of `init`: it ends soon, in words, and passes on nothing that is not theirs. */
import { chownSync, symlinkSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { collect } from '../../../../src/cli/init/collect.ts';
import { compose } from '../../../../src/cli/init/compose.ts';
import type { Composed } from '../../../../src/cli/init/compose.ts';
import { Files } from '../../../../src/cli/init/files.ts';
import { ListFolder } from '../../../support/list-folder.ts';

function folderOf(files: Readonly<Record<string, string>>): ListFolder {
  const here = new ListFolder();
  for (const [file, text] of Object.entries(files)) here.write(file, text, 0o644);
  return here;
}

const composed = (files: Readonly<Record<string, string>>): Composed =>
  compose(collect(folderOf(files).folder), './s.json');
const namesOf = ({ taken }: Composed): readonly string[] => taken.flatMap(({ daemons }) => daemons);

const BLANKS = ' '.repeat(300_000);
const COMMAND = '[program:a]\ncommand=sleep 1\n';
const many = (count: number, textOf: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => textOf(index)).join('');

// Each of them took minutes, or hours, or ended in an exception.
describe('files of less than a megabyte that are soon read', () => {
  test.each([
    ['blanks within a line of a Procfile', { Procfile: `a: x${BLANKS}b` }],
    ['blanks and another line end in a Procfile', { Procfile: `a:${BLANKS}\u2028b` }],
    ['blanks within a line of supervisord.conf', { 'supervisord.conf': `${COMMAND}a${BLANKS}b` }],
    ['a group of 200,000', { 'supervisord.conf': `${COMMAND}[group:g]\nprograms=${'a,'.repeat(200_000)}` }],
    ['parentheses that are never closed', { 'supervisord.conf': `${COMMAND}directory=${'%('.repeat(400_000)}` }],
    ['a number of a billion digits', { 'supervisord.conf': `${COMMAND}directory=%(process_num)0999999999d` }],
    [
      '150,000 words of supervisord',
      { 'supervisord.conf': `[program:b]\ncommand=${'%(x)s'.repeat(150_000)}\n${COMMAND}` },
    ],
    [
      'a name that is long and often said',
      {
        'supervisord.conf': `[program:${'n'.repeat(300_000)}]\ncommand=x\ndirectory=${'%(program_name)s'.repeat(20_000)}\n${COMMAND}`,
      },
    ],
    [
      'much that each program inherits',
      {
        'supervisord.conf': `[supervisord]\nenvironment=A="${'x'.repeat(900_000)}"\n${COMMAND}${many(900, (index) => `[program:p${index}]\ncommand=x\n`)}`,
      },
    ],
    ['substitutions within substitutions', { Procfile: `a: x ${'$('.repeat(200_000)}${')'.repeat(200_000)}` }],
    ['tildes', { Procfile: `a: ${'~'.repeat(400_000)}` }],
    [
      'assignments without end',
      { Procfile: `a: ${many(50_000, (index) => `A${index}=1 `)} x ${'$B '.repeat(50_000)}` },
    ],
    ['a workers line of many workers', { Procfile: `a: ${'celery '.repeat(140_000)}` }],
    [
      '100,000 patterns of pm2',
      { 'pm2.json': pm2({ watch: ['x'], ignore_watch: Array.from({ length: 100_000 }, (_, index) => `x${index}`) }) },
    ],
    [
      'values that are objects',
      { 'pm2.json': pm2({ kill_timeout: { toString: 1 }, instances: { toString: 1 }, max_restarts: { valueOf: 1 } }) },
    ],
    [
      'a Gemfile of line ends',
      { Procfile: 'a: x', Gemfile: '\n'.repeat(1_000_000), 'requirements.txt': '\n'.repeat(1_000_000) },
    ],
    ['a part of line ends', { Procfile: 'a: x', 'conf.d/a.conf': '\n'.repeat(1_000_000) }],
  ] as const)('%s', (_, files) => {
    expect(namesOf(composed(files))).toContain('a');
  });

  test.each([
    ['a Procfile', { Procfile: 'a: sleep 1\n'.repeat(20_000) }, 'Procfile: has 20000 daemons, and 1000 are the most'],
    ['pm2', { 'pm2.json': `[${'{"name":"a","script":"a.js"},'.repeat(20_000)}{}]` }, 'pm2.json: has 20001 daemons'],
    [
      'JSON in JSON',
      { 'pm2.json': `{"apps":[{"name":"a","script":"a.js","x":${'['.repeat(20_000)}${']'.repeat(20_000)}}]}` },
      'is nested more than 100 deep',
    ],
    [
      'the folder of a list that is said often',
      { 'supervisord.conf': `${COMMAND}x=${'%(here)s'.repeat(100_000)}` },
      'more than 1 MiB',
    ],
  ] as const)('%s: refused in words', (_, files, words) => {
    const { text, taken } = composed(files);
    expect(taken.flatMap(({ daemons }) => daemons)).toEqual([]);
    expect(text).toContain(`look: ${Object.keys(files)[0] ?? ''}: `);
    expect(text).toContain(words);
  });

  test('the bound of daemons is one of all sources together', () => {
    const { text, taken } = composed({
      Procfile: many(600, (index) => `p${index}: x\n`),
      'supervisord.conf': many(600, (index) => `[program:s${index}]\ncommand=x\n`),
    });
    expect(taken.map(({ daemons }) => daemons.length)).toEqual([600, 0]);
    expect(text).toContain('has 600 daemons, and 1000 are the most (the sources before it have 600)');
  });

  test('files that include each other: so many are read, and that is told', () => {
    const include = `[include]\nfiles=${many(400, (index) => `x/${index}*.conf `)}`;
    const files = Object.fromEntries(Array.from({ length: 400 }, (_, index) => [`x/${index}.conf`, include] as const));
    const { text, taken } = composed({ ...files, 'supervisord.conf': `${COMMAND}${include}` });
    expect(taken[0]?.daemons).toEqual(['a']);
    expect(text).toContain('look: [include]: more than 200 files or patterns: the others were not read');
  });
});

test('a variable that is called __proto__ is one like others', () => {
  expect(composed({ 'pm2.json': '[{"name":"a","script":"a.js","env":{"__proto__":"v"}}]' }).text).toContain(
    '__proto__: v',
  );
});

describe('files of others', () => {
  const SECRET = 'root:$6$hash';

  test('what is included and has no section is named, and no line of it is shown', () => {
    const { text } = composed({ 'supervisord.conf': `${COMMAND}[include]\nfiles=secret`, secret: `${SECRET}:x\n` });
    expect(text).toContain('look: secret: there is no [section] in it: nothing of it was taken');
    expect(text).not.toContain(SECRET);
  });

  test('what is strange in a file that lies elsewhere is counted', () => {
    const other = folderOf({ 'a.conf': `${SECRET}\n[default]\n${SECRET.replaceAll(':', ' ')}\nhunter2\n` });
    const { text } = composed({ 'supervisord.conf': `${COMMAND}[include]\nfiles=${other.at('a.conf')}` });
    expect(text).toContain(`look: ${other.at('a.conf')} (3 of it): no line of such a file`);
    expect(text).not.toMatch(/hash|hunter2/);
  });

  /** A folder that does not belong to root; the tests may run as root. */
  function foreign(here: ListFolder, ...files: readonly string[]): Files {
    if (process.geteuid?.() === 0) for (const file of ['.', ...files]) chownSync(here.at(file), 4321, 4321);
    return new Files(here.folder, 0);
  }

  test.each(['Procfile', 'supervisord.conf', 'pm2.json'])(
    'root does not follow a link %s out of the folder of somebody else',
    (file) => {
      const here = new ListFolder();
      symlinkSync('/etc/passwd', here.at(file));
      const [source] = collect(here.folder, foreign(here));
      expect(source?.notes).toEqual([
        {
          what: file,
          mend: expect.stringMatching(/^lies outside of the folder and belongs to somebody else/) as string,
        },
      ]);
      expect(source?.sketches).toEqual([]);
    },
  );

  test('nor a folder on the way to it', () => {
    const here = new ListFolder();
    symlinkSync('/etc', here.at('etc'));
    expect(foreign(here).read(here.at('etc/passwd'))).toMatchObject({
      text: null,
      why: expect.stringMatching('outside') as string,
    });
  });

  test('who runs init in a folder of their own follows links, and what is included', () => {
    const other = folderOf({ Procfile: 'a: x' });
    const here = new ListFolder();
    symlinkSync(other.at('Procfile'), here.at('Procfile'));
    expect(collect(here.folder).map(({ narrow }) => narrow)).toEqual([['Procfile']]);
  });

  test('root reads what a conf of somebody includes only where it is theirs, and names no file of it', () => {
    const here = folderOf({
      'supervisord.conf': `${COMMAND}[include]\nfiles=/etc/pass* conf/*`,
      'conf/b': '[program:b]\ncommand=b',
    });
    const [source] = collect(here.folder, foreign(here, 'supervisord.conf', 'conf', 'conf/b'));
    expect(source?.sketches.map(({ name }) => name)).toEqual(['a', 'b']);
    expect(JSON.stringify(source?.notes)).toContain('[include] files=/etc/pass*');
    expect(JSON.stringify(source?.notes)).not.toContain('passwd');
  });

  test('a source that not everybody may read is named', () => {
    const here = folderOf({
      'supervisord.conf': `${COMMAND}[include]\nfiles=b.conf`,
      'pm2.json': '[{"script":"c.js"}]',
    });
    here.write('b.conf', '[program:b]\ncommand=b', 0o640);
    here.write('Procfile', 'd: d', 0o600);
    expect(collect(here.folder).flatMap(({ narrow = [] }) => narrow)).toEqual(['Procfile', 'b.conf']);
  });
});

function pm2(app: object): string {
  return JSON.stringify([{ name: 'a', script: 'a.js', ...app }]);
}
