import { cleanLines } from '../base/clean.ts';
import { EXIT } from '../base/exit-codes.ts';
import type { ExitCode } from '../base/exit-codes.ts';
import { never } from '../base/never.ts';
import type { ClientError } from '../control/client.ts';
import { hasOption } from './args.ts';
import type { Invocation } from './args.ts';
import type { Terminal } from './print/terminal.ts';

/** Says why a command could not ask its supervisor, and what to do; returns the matching exit code. */
export function tellFailure(error: ClientError, call: Invocation, terminal: Terminal): ExitCode {
  if (hasOption(call, 'json')) terminal.say(unanswered(error));
  tellWhy(error, call, terminal);
  return exitOf(error);
}

/** The sentence alone. */
export function tellWhy(error: ClientError, call: Invocation, terminal: Terminal): void {
  terminal.tell(`supervise: ${cleanLines(sentence(error, call))}`);
}

/** The JSON answer of every query if no supervisor is running; or if one may be running but has not answered, which is no `null`. */
export const unanswered = (error: ClientError): string =>
  JSON.stringify(
    error.tag === 'nobody' ? { supervisor: null, instances: [], resources: [] } : { error: cleanLines(error.words) },
  );

/** A wrong command line, in words. */
export function tellUsage(words: string, terminal: Terminal): ExitCode {
  terminal.tell(`supervise: ${cleanLines(words)}`);
  return EXIT.usage;
}

function sentence(error: ClientError, { command }: Invocation): string {
  if (error.tag !== 'broken') return error.words;
  return `${error.words}; ask again, or look ${command === 'status' ? PAST_STATUS : 'with: supervise status'}`;
}

/** Where to look when status itself gets no answer. */
const PAST_STATUS =
  'whether it is stopped (STAT begins with T; kill -CONT and its pid continue it) or the machine is overloaded: ps -eo pid,stat,pcpu,args | grep supervise';

function exitOf(error: ClientError): ExitCode {
  switch (error.tag) {
    case 'nobody':
      return EXIT.nobody;
    case 'refused':
      return error.reason === 'stopping' || error.reason === 'held' ? EXIT.trouble : EXIT.usage;
    case 'denied':
    case 'broken':
      return EXIT.trouble;
    default:
      return never(error);
  }
}
