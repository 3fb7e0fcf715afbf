import path from 'node:path';
import type { Rule } from './rules.ts';
import type { CommandSpec } from './spec.ts';

/** Programs that SIGTERM ends in the middle of their work, or that do not pass it on, and what to write instead. */
interface Abrupt {
  readonly title: string;
  readonly is: (words: readonly string[]) => boolean;
  readonly does: string;
  readonly hint: string;
}

/** `bundle exec unicorn` becomes unicorn. */
function names([first = '', ...rest]: readonly string[], name: RegExp): boolean {
  const isWrapped = path.basename(first) === 'bundle' && rest[0] === 'exec';
  return name.test(path.basename(isWrapped ? (rest[1] ?? '') : first));
}

const QUIT = 'write stop: { signal: SIGQUIT }, which lets it finish';
const CUTS = 'ends at SIGTERM at once, whatever it is at';

const ABRUPT: readonly Abrupt[] = [
  { title: 'unicorn', is: (words) => names(words, /^unicorn(_rails)?$/), does: CUTS, hint: QUIT },
  { title: 'nginx', is: (words) => names(words, /^nginx$/), does: CUTS, hint: QUIT },
  {
    title: 'php-fpm',
    is: (words) => names(words, /^php-fpm[\d.]*$/),
    does: CUTS,
    hint: 'write stop: { signal: SIGQUIT }, and in its configuration a process_control_timeout: it lets it finish within that',
  },
  {
    title: 'Resque',
    is: (words) => words.some((word) => /^resque:workers?$|^resque:work$/.test(word)),
    does: 'ends the job that it is at, when SIGTERM comes',
    hint: QUIT,
  },
  {
    title: 'uWSGI',
    is: (words) =>
      names(words, /^uwsgi(-core|_python3?)?$/) && !words.some((word) => word.includes('gracefully_kill_them_all')),
    does: 'reloads at SIGTERM, so that a stop ends in SIGKILL; with die-on-term it ends at once, whatever it is at',
    hint: 'add --hook-master-start "unix_signal:15 gracefully_kill_them_all", which lets it finish',
  },
  {
    title: 'GNU parallel',
    is: (words) => names(words, /^parallel$/),
    does: 'ends its jobs at SIGTERM, whatever they are at',
    hint: 'write stop: { signal: SIGHUP }, which lets them finish',
  },
  ...['runuser', 'doas'].map((title) => ({
    title,
    is: (words: readonly string[]) => names(words, new RegExp(`^${title}$`)),
    does: 'sends its worker SIGKILL 2 s after a stop, whatever it is at',
    hint: 'write `user: NAME` beside the command of the worker itself',
  })),
  {
    title: 'setsid',
    is: (words) => names(words, /^setsid$/),
    does: 'takes its worker out of reach: no stop ends it, and another one is started beside it',
    hint: 'leave it out: every run has a session of its own',
  },
];

/** A signal that is written is meant. Lines for a shell are not examined. */
export const stopsAreGraceful: Rule = ({ list, report }) => {
  for (const { spec, written, preset, at } of list.daemons) {
    if (spec.command === null || spec.stop.signal !== null || preset !== null) continue;
    const words = wordsOf(spec.command);
    const found = ABRUPT.find(({ is }) => is(words));
    if (found === undefined) continue;
    report.warning(
      written.command?.at ?? written.script?.at ?? at,
      `daemon ${spec.name}: ${found.title} ${found.does}`,
      found.hint,
    );
  }
};

function wordsOf(command: CommandSpec): readonly string[] {
  if (command.kind === 'shell') return [];
  return command.kind === 'script' ? [command.path, ...command.args] : command.argv;
}
