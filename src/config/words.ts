import { parseArgsStringToArgv } from 'string-argv';
import type { Result } from '../base/result.ts';
import { fail, ok } from '../base/result.ts';
import { quoted } from './problem.ts';

/**
 * Splits a command as a shell would: at blanks, with quotes keeping words together. What only a shell can do (pipes, redirection,
 * backslashes) is refused rather than passed to the program, with `forShell` as the hint; a list of words takes anything.
 */
export function splitWords(
  line: string,
  forShell: string,
): Result<readonly [string, ...string[]], { what: string; hint: string }> {
  if (!BALANCED.test(line)) return fail({ what: 'has a quote that is never closed', hint: AS_LIST });
  const bare = line.replaceAll(/"[^"]*"|'[^']*'/g, (part) =>
    part.startsWith('"') && part.includes('\\') ? '\\' : 'x',
  );
  if (bare.includes('\\'))
    return fail({ what: 'has a backslash, and only a shell knows what it means', hint: AS_LIST });
  const operator = OPERATOR.exec(bare)?.[1];
  if (operator !== undefined)
    return fail({ what: `has ${quoted(operator)} in it, and no shell runs it`, hint: forShell });
  const [first, ...rest] = parseArgsStringToArgv(line);
  return first === undefined || first === '' ? fail({ what: 'names no program', hint: AS_LIST }) : ok([first, ...rest]);
}

const OPERATOR = /(?:^|\s)(\|\|?|&&?|;|[0-9]?[<>][^\s]*|\S+;)(?=\s|$)/;

/** The same expressed with the keys of a daemon, for two habits. `&` in a shell line would lose track of the worker. */
export function withoutShell(line: string): string | undefined {
  const alone = /^([^"']*\S)\s+&\s*$/.exec(line)?.[1];
  if (alone !== undefined && !OPERATOR.test(alone))
    return 'leave the & out: daemons run beside each other anyway, and one behind & would be lost sight of';
  const [, folder, rest] = /^cd\s+([^\s"'$~]+)\s+&&\s+([^"']+)$/.exec(line) ?? [];
  return folder === undefined || rest === undefined || OPERATOR.test(rest)
    ? undefined
    : `write cwd: ${folder}, and here ${rest.trim()}`;
}

const BALANCED = /^(?:[^"']|"[^"]*"|'[^']*')*$/;
const AS_LIST = 'write it as a list of words: [program, "first argument", …]';
