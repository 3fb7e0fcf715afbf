/** Every list shown by a page is accepted, and every key that it names exists. */
import path from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { DAEMON, LIST } from '../../../src/config/schema.ts';
import type { Section } from '../../../src/config/section.ts';
import { ListFolder } from '../../support/list-folder.ts';
import { blocksOf, isDecision, pages, spansOf, type Block } from '../../support/pages.ts';

const all = pages().filter((page) => !isDecision(page));
const blocks = all.flatMap(blocksOf).filter(({ language }) => language === 'yaml');

/** Those of other programs, which are shown beside ours; and anything with a capital letter (Kubernetes). */
const OTHERS = ['services', 'jobs', 'on', 'framework', 'parameters'];

/** A page may show a part of a list; then the rest is put around it. null: it is nothing of ours. */
function wholeList(text: string): string | null {
  const value: unknown = parse(text, { merge: true });
  if (Array.isArray(value)) return text;
  if (typeof value !== 'object' || value === null) return text;
  const keys = Object.keys(value);
  if (keys.some((key) => /[A-Z]/.test(key) || OTHERS.includes(key))) return null;
  if (keys.includes('daemons')) return text;
  if (keys.every((key) => Object.hasOwn(LIST, key) && !Object.hasOwn(DAEMON, key)))
    return `${text}daemons: [{ name: x, command: sh }]\n`;
  const indented = text.replaceAll(/^(?=.)/gm, '    ');
  const program = keys.some((key) => ['script', 'command', 'shell'].includes(key)) ? '' : '    command: sh\n';
  const name = keys.includes('name') ? '' : '    name: x\n';
  return `daemons:\n  -\n${name}${program}${indented}`;
}

/** Which users this machine has, and what it lets us do, does not concern the page. */
const OF_THE_MACHINE = /root|which this machine does not know|setpriv/;

/** What is wrong with it if everything it names exists. */
function problemsOf({ text, at }: Block): readonly string[] {
  const list = wholeList(text);
  if (list === null) return [];
  const here = new ListFolder();
  here.programs('sh');
  for (;;) {
    const loaded = here.load(list);
    if (loaded.ok) return [];
    const problems = loaded.error.problems.map(({ what }) => what).filter((what) => !OF_THE_MACHINE.test(what));
    const missing = problems.filter((what) => !provided(here, what));
    if (problems.length === missing.length) return missing.map((what) => `${at}: ${what}`);
  }
}

/** Makes what a problem lacks; false: nothing that could be made. */
function provided(here: ListFolder, what: string): boolean {
  const [, program] = /(\S+)(?:,)? (?:which )?is not in the PATH/.exec(what) ?? [];
  if (program !== undefined) here.programs(program);
  const [, folder] = /\(cwd\) (\S+) does not exist/.exec(what) ?? [];
  if (folder !== undefined) here.write(`${path.relative(here.folder, folder)}/.keep`, '');
  const [, file] = /: (\S+) does not exist/.exec(what) ?? [];
  if (file !== undefined) here.write(path.relative(here.folder, file), '');
  return [program, folder, file].some((made) => made !== undefined);
}

test('every list in a page is accepted', () => {
  expect(blocks.length).toBeGreaterThan(20);
  expect(blocks.flatMap(problemsOf)).toEqual([]);
});

test('a list that is wrong is found', () => {
  const wrong = (text: string): readonly string[] => problemsOf({ text, at: 'x', language: 'yaml', line: 1 });
  expect(wrong('- name: x\n  comand: sh\n')).toEqual([expect.stringContaining('comand')]);
  expect(wrong('limits: { iteration: 5 }\n')).toEqual([expect.stringContaining('must be a duration')]);
  expect(wrong('supervisor: { stop_whithin: 5s }\n')).toEqual([expect.stringContaining('stop_whithin')]);
  expect(wrong('services: { web: { image: x } }\n')).toEqual([]);
});

/** Every key of a list, with those that lead to it: `stop.grace`. */
const KEYS: ReadonlySet<string> = new Set([
  ...keysBelow('', LIST),
  ...keysBelow('', DAEMON),
  ...keysBelow('defaults.', DAEMON),
]);

function keysBelow(before: string, section: Section): readonly string[] {
  return Object.entries(section).flatMap(([key, row]) => {
    const below =
      'kind' in row && row.kind.section !== undefined ? keysBelow(`${before}${key}.`, row.kind.section) : [];
    return [`${before}${key}`, ...below];
  });
}

/** Words before a dot that are sections of a list. */
const SECTIONS = new Set([...KEYS].flatMap((key) => (key.includes('.') ? [key.replace(/\..*/, '')] : [])));

test('every key of a list that a page names is there', () => {
  const named = all
    .flatMap(spansOf)
    .map(({ text, at }) => ({ text: text.replace(/:.*/, ''), at }))
    .filter(
      ({ text }) =>
        /^[a-z_]+(\.[a-z_]+)+$/.test(text) && !/\.ya?ml$/.test(text) && SECTIONS.has(text.replace(/\..*/, '')),
    );
  expect(named.length).toBeGreaterThan(50);
  expect(named.filter(({ text }) => !KEYS.has(text))).toEqual([]);
});
