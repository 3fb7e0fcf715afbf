/** A supervisord.conf is read as Python itself reads it. */
import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseIni } from '../../../src/cli/init/ini.ts';
import { need } from '../../support/needs.ts';

const python = need('python3', 'python3');

const PYTHON = `
import configparser, json, sys
out = []
for text in json.load(sys.stdin):
    parser = configparser.RawConfigParser(strict=False, inline_comment_prefixes=(';', '#'))
    try:
        parser.read_string(text)
        out.append({name: dict(parser[name]) for name in parser.sections()})
    except configparser.Error:
        out.append(None)
json.dump(out, sys.stdout)
`;

const line = fc.constantFrom(
  ...['[a]', '[b] x', '[program:x]', 'k = v', 'k: v', 'K=w ; c', '  more', '\tmore # c', '', '; c', '# c', '  ; c'],
  ...['k =', 'x=a;b', 'x = a ;b #c', 'y = 1 = 2', 'y:=3', '  [c]', 'z\t=\t1 ', '  ', '  d = e', 'strange'],
);
const texts = fc.array(line, { maxLength: 12 }).map((lines) => ['[first]', 'one = 1', ...lines].join('\n'));

test.skipIf(python.missing)(
  `sections, values, comments and continuation lines are those of ConfigParser${python.note}`,
  () => {
    const all = fc.sample(texts, 1000);
    const answer = execFileSync('python3', ['-c', PYTHON], { input: JSON.stringify(all), encoding: 'utf8' });
    const theirs = JSON.parse(answer) as readonly (Record<string, Record<string, string>> | null)[]; // As the program above prints them.
    const read = all.flatMap((text, index) => {
      const sections = theirs[index];
      return sections === null || sections === undefined ? [] : [{ text, sections }];
    });
    expect(read.length).toBeGreaterThan(100);
    for (const { text, sections } of read) {
      const ours = [...parseIni(text).sections].map(([name, keys]) => [name, Object.fromEntries(keys)] as const);
      expect({ text, sections: withoutBlank(Object.fromEntries(ours)) }).toEqual({
        text,
        sections: withoutBlank(sections),
      });
    }
  },
);

/** Blank lines within a value mean nothing to supervisord. */
const withoutBlank = (sections: Record<string, Record<string, string>>): unknown =>
  Object.entries(sections).map(([name, keys]) => [
    name,
    Object.entries(keys).map(([key, value]) => [key, value.replaceAll(/\n+/g, '\n').trim()]),
  ]);
