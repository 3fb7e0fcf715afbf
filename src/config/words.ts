import { parseArgsStringToArgv } from 'string-argv';
import type { Result } from '../base/result.ts';
import { fail, ok } from '../base/result.ts';
import { quoted } from './problem.ts';

/**
 * Splits a command as a shell would: at blanks, quotes keep together. What only a shell can do (pipes, redirection,
 * backslashes) is refused rather than handed to the program as a word, `forShell` being the hint; a list of words takes anything.
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
  const operator = /(?:^|\s)(\|\|?|&&?|;|[0-9]?[<>][^\s]*|\S+;)(?=\s|$)/.exec(bare)?.[1];
  if (operator !== undefined)
    return fail({ what: `has ${quoted(operator)} in it, and no shell runs it`, hint: forShell });
  const [first, ...rest] = parseArgsStringToArgv(line);
  return first === undefined || first === '' ? fail({ what: 'names no program', hint: AS_LIST }) : ok([first, ...rest]);
}

const BALANCED = /^(?:[^"']|"[^"]*"|'[^']*')*$/;
const AS_LIST = 'write it as a list of words: [program, "first argument", …]';
