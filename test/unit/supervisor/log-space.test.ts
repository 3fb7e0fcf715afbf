import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { logSpaceWords } from '../../../src/supervisor/log-space.ts';
import { ListFolder } from '../../support/list-folder.ts';

function words(list: ListFolder, daemons: string): readonly string[] {
  mkdirSync(list.at('logs'), { recursive: true });
  list.programs('work');
  return logSpaceWords(list.good(daemons), list.at('logs')).map((each) =>
    each.replace(/[\d.]+[KMGT]?B are free/, 'N are free').replaceAll(list.folder, '/srv'),
  );
}

it('what all logs of a file system may take is one sentence; what is no file takes nothing', () => {
  const list = new ListFolder();
  const said = words(
    list,
    `
- { name: a, command: work, log: { max_size: 1MB, max_files: 2 } }
- { name: b, command: work, log: { file: ./not/there/yet/b.log, max_size: 1MB, max_files: 0 } }
- { name: c, command: work, log: { file: /dev/null } }
`,
  );
  expect(said[0]).toMatch(/^Logs take at most 4MB; N are free in \/srv/);
  expect(said[0]).not.toContain('less than');
});

it('a log that cannot be looked at is a sentence of its own, and the others are counted', () => {
  const list = new ListFolder();
  mkdirSync(list.at('logs'));
  writeFileSync(list.at('file'), '');
  symlinkSync('loop.log', path.join(list.at('logs'), 'loop.log'));
  const long = 'x'.repeat(300);
  expect(
    words(
      list,
      `
- { name: a, command: work, log: { max_size: 1MB, max_files: 2 } }
- { name: loop, command: work }
- { name: long, command: work, log: { file: ./${long} } }
- { name: below, command: work, log: { file: ./file/b.log, max_size: 1MB, max_files: 0 } }
`,
    ),
  ).toEqual([
    expect.stringMatching(/^Logs take at most 3MB; N are free in \/srv/),
    'The log of loop, /srv/logs/loop.log, cannot be looked at: too many symbolic links encountered (ELOOP).',
    `The log of long, /srv/${long}, cannot be looked at: name too long (ENAMETOOLONG).`,
    'The log of below, /srv/file/b.log, cannot be looked at: not a directory (ENOTDIR).',
  ]);
});

it('a file that is being compressed is left alone', () => {
  const list = new ListFolder();
  mkdirSync(list.at('logs'));
  const part = list.write('logs/a.log.gz.part', 'half of it');
  list.write('logs/a.log.1', 'one\n');
  list.write('logs/a.log.1.gz', 'one, too');
  words(list, '- { name: a, command: work }');
  expect(readFileSync(part, 'utf8')).toBe('half of it');
  expect(readFileSync(list.at('logs/a.log.1.gz'), 'utf8')).toBe('one, too');
});
