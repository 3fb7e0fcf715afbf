import { counted } from '../../base/counted.ts';
import { statSync } from 'node:fs';
import path from 'node:path';
import { cleanText } from '../../base/clean.ts';
import { parseDuration } from '../../base/duration.ts';
import { EXIT } from '../../base/exit-codes.ts';
import type { ExitCode } from '../../base/exit-codes.ts';
import { fail, ok } from '../../base/result.ts';
import type { Result } from '../../base/result.ts';
import type { Dropped, LogsAsk } from '../../control/api.ts';
import type { Client, ClientError } from '../../control/client.ts';
import type { EventView, LineView } from '../../control/view.ts';
import { hasOption, valueOf } from '../args.ts';
import type { Invocation } from '../args.ts';
import { tellFailure, tellUsage } from '../failure.ts';
import { colourOfName } from '../print/colour.ts';
import type { Terminal } from '../print/terminal.ts';
import { targetOf } from '../target.ts';
import type { Target } from '../target.ts';
import { findLiving } from '../without-socket.ts';

/** `supervise logs [NAME…]`: from the supervisor; if none is running, from the files. */
export async function run(call: Invocation, terminal: Terminal): Promise<ExitCode> {
  const ask = askOf(call);
  if (!ask.ok) return tellUsage(ask.error, terminal);
  const target = await targetOf(call);
  if (!target.ok) return tellUsage(target.error, terminal);
  const found = await findAnswering(target.value);
  if (found.ok) {
    const client = found.value;
    return hasOption(call, 'events')
      ? streamEvents(client, ask.value, call, terminal)
      : streamLogs(client, ask.value, call, terminal);
  }
  if (hasOption(call, 'events')) return tellFailure(found.error, call, terminal);
  if (found.error.tag === 'nobody') return readFiles(target.value, ask.value, call, terminal);
  if (found.error.tag !== 'broken' || ask.value.follow || target.value.file === null)
    return tellFailure(found.error, call, terminal);
  const code = await readFiles(target.value, ask.value, call, terminal);
  if (code !== EXIT.done) return code;
  terminal.tell(
    'supervise: these lines are from the files, without what is not written yet, for the supervisor does not answer:',
  );
  return tellFailure(found.error, call, terminal);
}

/** A stream may rightly be silent as long as nothing is printed, so this asks first whether anything answers. */
async function findAnswering({ folders }: Target): Promise<Result<Client, ClientError>> {
  const found = await findLiving(folders);
  if (!found.ok) return found;
  const { client } = found.value;
  const version = await client.call('version', {});
  return version.ok ? ok(client) : version;
}

const DEFAULT_LINES = 100;

function askOf(call: Invocation): Result<LogsAsk> {
  const lines = linesOf(valueOf(call, 'lines'));
  if (!lines.ok) return lines;
  const since = sinceOf(valueOf(call, 'since'), Date.now());
  if (!since.ok) return since;
  const stream = valueOf(call, 'stream') ?? null;
  if (stream !== null && stream !== 'out' && stream !== 'err') return fail(`--stream is out or err, not '${stream}'`);
  return ok({
    names: call.operands,
    // With a start time, everything since then is wanted.
    lines: valueOf(call, 'lines') === undefined && since.value !== null ? null : lines.value,
    follow: hasOption(call, 'follow'),
    since: since.value,
    stream,
    grep: valueOf(call, 'grep') ?? null,
  });
}

function linesOf(text: string | undefined): Result<number | null> {
  if (text === undefined) return ok(DEFAULT_LINES);
  if (text === 'all') return ok(null);
  return /^\d{1,9}$/.test(text) ? ok(Number(text)) : fail(`--lines is a number or 'all', not '${text}'`);
}

/** `10m` means ten minutes ago; anything else is a time that Date understands. */
function sinceOf(text: string | undefined, now: number): Result<string | null> {
  if (text === undefined) return ok(null);
  const ago = parseDuration(text);
  const at = ago.ok ? now - ago.value : Date.parse(text);
  return Number.isNaN(at)
    ? fail(`--since is a span such as 10m or a time such as 2026-01-31T12:00:00Z, not '${text}'`)
    : ok(new Date(at).toISOString());
}

async function streamLogs(client: Client, ask: LogsAsk, call: Invocation, terminal: Terminal): Promise<ExitCode> {
  const result = await client.stream('logs', ask, linePrinter(call, terminal), terminal.gone);
  client.close();
  if (!result.ok) return tellFailure(result.error, call, terminal);
  for (const note of result.value?.notes ?? []) terminal.tell(`supervise: ${note}`);
  if (ask.follow && result.value !== null) terminal.tell('supervise: the supervisor has ended');
  return EXIT.done;
}

async function streamEvents(client: Client, ask: LogsAsk, call: Invocation, terminal: Terminal): Promise<ExitCode> {
  const json = hasOption(call, 'json');
  const say = (event: EventView): void => {
    const who = event.id ?? 'supervise';
    terminal.say(json ? JSON.stringify(event) : `${event.at}  ${who}: ${cleanText(event.words)}`);
  };
  // Events know no tags; the supervisor tells which instances are meant.
  const named = ask.names.length === 0 ? null : await client.call('status', { names: ask.names });
  if (named?.ok === false) return tellFailure(named.error, call, terminal);
  const ids = named === null ? null : new Set(named.value.instances.map(({ id }) => id));
  const isWanted = ({ id }: EventView): boolean => ids === null || (id !== null && ids.has(id));
  const past: EventView[] = [];
  let result = await client.stream(
    'events',
    { follow: false },
    (item) => {
      if ('seq' in item) past.push(item);
    },
    terminal.gone,
  );
  const wanted = past.filter((event) => (ask.since === null || event.at >= ask.since) && isWanted(event));
  for (const event of ask.lines === null ? wanted : wanted.slice(Math.max(0, wanted.length - ask.lines))) say(event);
  if (ask.follow && result.ok) {
    const print = (item: EventView | Dropped): void | Promise<void> => {
      if ('dropped' in item) tellDropped(item, terminal);
      else if (isWanted(item)) say(item);
      return terminal.room();
    };
    result = await client.stream('events', { since: past.at(-1)?.seq ?? 0, follow: true }, print, terminal.gone);
  }
  client.close();
  return result.ok ? EXIT.done : tellFailure(result.error, call, terminal);
}

/** No supervisor answers: we read the files ourselves. Loads the list, which says where the files are. */
async function readFiles(target: Target, ask: LogsAsk, call: Invocation, terminal: Terminal): Promise<ExitCode> {
  if (target.file === null) return tellUsage('no supervisor is running there; name its list with --file', terminal);
  const [{ loadList }, { drawRefused }, { queryLogs }, { select }, { existsSync }] = await Promise.all([
    import('../../config/load.ts'),
    import('../../config/problem.ts'),
    import('../../logs/query.ts'),
    import('../../base/selector.ts'),
    import('node:fs'),
  ]);
  const list = loadList(target.file, process.env);
  if (!list.ok) return tellUsage(await drawRefused(list.error), terminal);
  const instances = list.value.daemons.flatMap((daemon) =>
    Array.from({ length: daemon.instances }, (_, index) => ({
      id: daemon.instances === 1 ? daemon.name : `${daemon.name}:${index + 1}`,
      daemon: daemon.name,
      number: index + 1,
      tags: daemon.tags,
    })),
  );
  const chosen = select(ask.names, instances);
  if (!chosen.ok) return tellUsage(chosen.error, terminal);
  const folder = path.join(lastUsed(target.folders) ?? '/nonexistent', 'logs');
  const targets = list.value.daemons.flatMap((daemon) => {
    const ids = chosen.value.filter((instance) => instance.daemon === daemon.name).map(({ id }) => id);
    if (ids.length === 0) return [];
    const file = daemon.log.to === 'stdout' ? null : path.resolve(folder, daemon.log.file);
    const all = ids.length === daemon.instances;
    return [
      { daemon: daemon.name, file, named: daemon.instances > 1, instances: all ? null : new Set(ids), live: null },
    ];
  });
  const answer = await queryLogs(targets, { ...ask, follow: false }, linePrinter(call, terminal), terminal.gone);
  if (!answer.ok) return tellUsage(answer.error, terminal);
  for (const note of answer.value.notes) terminal.tell(`supervise: ${note}`);
  const files = targets.flatMap(({ file }) => file ?? []);
  if (files.length > 0 && !files.some((file) => existsSync(file)))
    terminal.tell('supervise: there are no logs of these daemons yet');
  if (!ask.follow) return EXIT.done;
  terminal.tell('supervise: no supervisor is running, so no new lines come; start it with: supervise start');
  return EXIT.nobody;
}

/** The state folder used last: a list first tried by hand and now a unit has an older one in a home. null: none was used. */
function lastUsed(folders: readonly string[]): string | null {
  const used = folders
    .filter((folder) => changedAt(path.join(folder, 'logs')) > 0)
    .map((folder) => ({ folder, at: changedAt(path.join(folder, 'state.json')) }));
  return used.sort((one, other) => other.at - one.at)[0]?.folder ?? null;
}

function changedAt(file: string): number {
  try {
    return statSync(file).mtimeMs;
  } catch {
    return 0; // Not there, or not accessible to us.
  }
}

function linePrinter(call: Invocation, terminal: Terminal): (item: LineView | Dropped) => void | Promise<void> {
  const json = hasOption(call, 'json');
  return (item) => {
    if ('dropped' in item) tellDropped(item, terminal);
    else if (json) terminal.say(JSON.stringify(item));
    else {
      // A terminal obeys what it is sent, and a stranger may have written it; a program wants the raw bytes.
      const text = terminal.isTerminal ? cleanText(item.text) : item.text;
      terminal.say(`${colourOfName(item.id, `${item.id} |`, terminal.colours)} ${text}`);
    }
    return terminal.room();
  };
}

const tellDropped = ({ dropped }: Dropped, terminal: Terminal): void => {
  terminal.tell(
    `supervise: ${counted(dropped, 'line was', 'lines were')} left out here: we did not read fast enough; the files have all`,
  );
};
