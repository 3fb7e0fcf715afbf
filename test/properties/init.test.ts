/** Whatever the files of other programs say: init never throws, its list is YAML, and all of their daemons are in it. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isMap, isSeq, parseDocument } from 'yaml';
import { compose } from '../../src/cli/init/compose.ts';
import { readFrameworks } from '../../src/cli/init/frameworks.ts';
import { readPm2 } from '../../src/cli/init/pm2.ts';
import { readProcfile } from '../../src/cli/init/procfile.ts';
import { readScripts } from '../../src/cli/init/scripts.ts';
import type { Source } from '../../src/cli/init/sketch.ts';
import { readSupervisord } from '../../src/cli/init/supervisord.ts';
import { PROGRAM_KEYS } from '../../src/cli/init/supervisord-keys.ts';
import { APP_KEYS } from '../../src/cli/init/pm2-keys.ts';
import { expand } from '../../src/config/interpolate.ts';

const RUNS = Number(process.env.FUZZ_RUNS ?? 300);
const odd = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom(
    '$',
    '${',
    '$$',
    '#',
    '- a',
    ': ',
    '%(ENV_X)s',
    '%(process_num)02d',
    '%',
    '"',
    "'",
    '\\',
    '\n- x',
    '\r',
    '\u2028# x',
    '\0',
    '~',
    '1e9',
    'true',
    '!x',
    '&a',
    '*a',
  ),
);
const text = fc.array(odd, { maxLength: 4 }).map((parts) => parts.join(''));

const procfile = fc
  .array(
    fc.oneof(
      text,
      fc.tuple(fc.constantFrom('web', 'a', 'b.c', 'x_'), text).map(([name, line]) => `${name}: ${line}`),
    ),
  )
  .map((lines) => readProcfile(lines.join('\n'), 'Procfile', false));
const supervisord = fc
  .array(
    fc.tuple(
      fc.oneof(fc.constantFrom('program:a', 'program:b', 'eventlistener:c', 'group:g', 'supervisord'), text),
      fc.array(
        fc.tuple(
          fc.oneof(fc.constantFrom('command', 'programs', ...Object.keys(PROGRAM_KEYS)), text),
          fc.oneof(text, fc.nat().map(String)),
        ),
      ),
    ),
  )
  .map((sections) => {
    const lines = sections.flatMap(([title, keys]) => [`[${title}]`, ...keys.map(([key, value]) => `${key}=${value}`)]);
    return readSupervisord([{ text: lines.join('\n'), here: '/srv', uncitedAs: null }], 'supervisord.conf');
  });
const app = fc.dictionary(
  fc.oneof(
    fc.constantFrom('name', 'script', 'args', 'cwd', 'interpreter', 'node_args', ...Object.keys(APP_KEYS)),
    text,
  ),
  fc.oneof(text, fc.jsonValue(), fc.integer(), fc.constant(true)),
);
const pm2 = fc
  .oneof(
    fc.array(app).map((apps) => JSON.stringify({ apps })),
    fc.json(),
    text,
  )
  .map((json) => readPm2(json, 'pm2.json'));
const scripts = fc
  .array(
    fc.record({ file: text.map((name) => `workers/${name.replaceAll('/', '')}.py`), text, isExecutable: fc.boolean() }),
  )
  .map((files) => readScripts(files) ?? { file: 'scripts', sketches: [], notes: [] });
const frameworks = text.map((each): Source => readFrameworks(() => each)[0] ?? { file: 'x', sketches: [], notes: [] });

test('the list is YAML, and every daemon is in it, as a daemon or as a comment', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(procfile, supervisord, pm2, scripts, frameworks), { maxLength: 3 }), (sources) => {
      const { text: list, taken } = compose(sources, './s.json');
      const document = parseDocument(list);
      expect(document.errors).toEqual([]);
      const daemons = document.get('daemons');
      const items = isSeq(daemons) ? daemons.items : [];
      const names = items.map((item) => (isMap(item) ? item.get('name') : null));
      expect(names).toEqual(taken.flatMap((each) => each.daemons));
      const comments = taken.flatMap((each) => each.doubtful);
      for (const name of comments)
        expect(list).toMatch(new RegExp(`^ {2}# - name: "?${name.replaceAll('.', '\\.')}"?$`, 'm'));
      expect(names.length + comments.length).toBe(sources.reduce((sum, source) => sum + source.sketches.length, 0));
      expect(new Set([...names, ...comments]).size).toBe(names.length + comments.length);
    }),
    { numRuns: RUNS },
  );
});

test('a value of an environment comes to the daemon as it was', () => {
  fc.assert(
    fc.property(text, (value) => {
      const [sketch] = readPm2(JSON.stringify([{ script: 'a.js', env: { A: value } }]), 'pm2.json').sketches;
      const { env } = sketch?.keys ?? {};
      const written = typeof env === 'object' && 'A' in env ? env.A : '';
      expect(expand(typeof written === 'string' ? written : '', {})).toEqual({
        text: value.replaceAll('\0', ''),
        wrong: [],
      });
    }),
    { numRuns: RUNS },
  );
});
