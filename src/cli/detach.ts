/** `supervise start -d`: runs the supervisor in the background, and returns when the list is up. */
import fs from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { cleanText } from '../base/clean.ts';
import { EXIT, type ExitCode } from '../base/exit-codes.ts';
import type { ListSpec } from '../config/spec.ts';
import { connect, type Client } from '../control/client.ts';
import { describeState } from '../control/describe-state.ts';
import type { StatusView } from '../control/view.ts';
import type { StateFolder } from '../supervisor/world/folder.ts';
import type { CaughtSignals } from '../supervisor/world/signals.ts';
import { hasOption, valueOf, type Invocation } from './args.ts';
import { openScreen } from './commands/tui.ts';
import { unitOf } from './target.ts';
import { awaitedTeller, isComing } from './deed.ts';
import { spawnGuard } from './guard.ts';
import { messagesOf } from './print/message-file.ts';
import { shellQuoted } from './print/shell-quoted.ts';
import { countLine } from './print/status.ts';
import type { Terminal } from './print/terminal.ts';

export interface DetachAsk {
  readonly call: Invocation;
  readonly list: Pick<ListSpec, 'file'>;
  readonly folder: StateFolder;
  /** The lock of the list, already taken: it is passed to the supervisor, so that nothing comes in between. */
  readonly lock: number;
  readonly signals: CaughtSignals;
  readonly terminal: Terminal;
}

/** How often we check whether the supervisor answers and how far its instances are. */
const LOOK_MS = 100;
/** Anything quicker is not worth a word. */
const QUIET_MS = 1000;

/**
 * Starts supervisor and guard, waits until each instance runs, waits or has ended, and reports what runs where. With `--tui` it opens the
 * screen instead.
 */
export async function startDetached({ call, list, folder, lock, signals, terminal }: DetachAsk): Promise<ExitCode> {
  const end = new AbortController();
  const stop = (signal: 'SIGTERM' | 'SIGINT'): void => {
    end.abort(signal);
  };
  // Signals received while the list was read are delivered now.
  signals.listen({ stop, again: stop, reload: () => undefined });
  if (end.signal.aborted) return exitOf(end.signal);

  const start = launch(list, folder, lock, call, terminal);
  const shows = hasOption(call, 'tui');
  const status = await comeUp(start, folder, shows || hasOption(call, 'no-wait'), terminal, end.signal);
  if (status !== null && shows) {
    // From here on signals are the screen's.
    signals.release();
    return screenOf(folder, call, terminal);
  }
  if (status !== null) return sayWhatRuns(status, folder, call, terminal);
  if (start.code === null) {
    terminal.tell('supervise: the start goes on without us; see it with: supervise status');
    return end.signal.reason === undefined ? EXIT.done : exitOf(end.signal);
  }
  // Whatever it was, it is read where the command was typed.
  for (const line of newLines(folder.messages, start.messagesBefore).lines) terminal.tell(cleanText(line));
  return start.code;
}

const exitOf = ({ reason }: AbortSignal): ExitCode => (reason === 'SIGINT' ? EXIT.interrupted : EXIT.terminated);

interface Start {
  /** The exit code of the supervisor once it and its guard have ended. */
  code: ExitCode | null;
  /** Bytes of messages older than this start. */
  readonly messagesBefore: number;
}

function launch(
  list: Pick<ListSpec, 'file'>,
  folder: StateFolder,
  lock: number,
  call: Invocation,
  terminal: Terminal,
): Start {
  const messages = messagesOf(folder.messages, (words) => {
    terminal.tell(`supervise: ${words}`);
  });
  const start: Start = { code: null, messagesBefore: messages === 'ignore' ? 0 : fs.fstatSync(messages).size };
  const args = ['start', '--file', list.file, '--state-dir', folder.path, ...call.operands];
  const guard = spawnGuard({ folder: folder.path, args, messages, lock });
  guard.on('error', (error) => {
    terminal.tell(`supervise: cannot start /bin/sh, which guards the supervisor: ${error.message}`);
    start.code = EXIT.trouble;
  });
  guard.on('exit', (code) => {
    if (code === null) terminal.tell('supervise: its guard was killed; what became of the start: supervise status');
    start.code = Object.values(EXIT).find((each) => each === code) ?? EXIT.trouble;
  });
  // Our copy would keep the lock beyond the end of the supervisor.
  fs.closeSync(lock);
  if (messages !== 'ignore') fs.closeSync(messages);
  return start;
}

/**
 * Polls until the list is up (`atOnce`: until the supervisor answers) and returns the status. null: the supervisor ended first, or `end`
 * fired, or its answer would be too long. One that dies meanwhile is waited for, since its guard starts it again.
 */
async function comeUp(
  start: Start,
  folder: StateFolder,
  atOnce: boolean,
  terminal: Terminal,
  end: AbortSignal,
): Promise<StatusView | null> {
  const tell = awaitedTeller(terminal);
  const deaths = deathTeller(start, folder, terminal);
  const quietUntil = performance.now() + QUIET_MS;
  let client: Client | null = null;
  while (start.code === null && !end.aborted) {
    client ??= await connected(folder);
    const status = await client?.call('status', {});
    if (status?.ok === true) {
      const coming = status.value.instances.filter(isComing);
      if (coming.length === 0 || atOnce) {
        client?.close();
        return status.value;
      }
      if (performance.now() >= quietUntil) tell(coming);
    } else if (status?.error.tag === 'refused') {
      // It is up, but its status exceeds the longest answer: it cannot be waited on.
      client?.close();
      terminal.tell(`supervise: the supervisor is up, but of its status it says: ${status.error.words}`);
      return null;
    } else {
      client?.close();
      client = null;
      deaths();
    }
    await sleep(LOOK_MS, undefined, { signal: end }).catch(() => undefined); // Aborted: the loop ends.
  }
  client?.close();
  return null;
}

/** Tells once each what the guard says of a dying supervisor: the waiting user learns that no daemon of the list is to blame. */
function deathTeller(start: Start, folder: StateFolder, terminal: Terminal): () => void {
  let from = start.messagesBefore;
  return () => {
    const { lines, end } = newLines(folder.messages, from);
    from = end;
    for (const line of lines.filter((each) => / guard \(pid \d+\): /.test(each)))
      terminal.tell(`supervise: ${cleanText(line)}; why: ${cleanText(folder.messages)}`);
  };
}

/** `start --tui`: leaving the screen asks what to do with the list; if it keeps running, this says how to come back. */
async function screenOf(folder: StateFolder, call: Invocation, terminal: Terminal): Promise<ExitCode> {
  const code = await openScreen(call, terminal, true);
  const client = await connected(folder);
  const status = await client?.call('status', {});
  client?.close();
  if (status?.ok !== true) return code;
  if (status.value.supervisor?.state !== 'stopping') await sayWhatRuns(status.value, folder, call, terminal);
  else
    terminal.say(
      `the list is stopping, which goes on without the screen: ${countLine(status.value, { colour: terminal.colour, now: Date.now() })}. See it end: supervise status --watch${sameList(call)}`,
    );
  return code;
}

async function connected(folder: StateFolder): Promise<Client | null> {
  const client = await connect(folder.path);
  return client.ok ? client.value : null;
}

async function sayWhatRuns(
  status: StatusView,
  folder: StateFolder,
  call: Invocation,
  terminal: Terminal,
): Promise<ExitCode> {
  const { supervisor, instances } = status;
  const bad = instances.filter(({ state }) => state === 'failed' || state === 'backoff');
  const code = bad.length > 0 || supervisor?.check === 'trouble' ? EXIT.trouble : EXIT.done;
  if (hasOption(call, 'json')) {
    terminal.say(JSON.stringify(status));
    return code;
  }
  const now = Date.now();
  for (const problem of supervisor?.problems ?? []) terminal.say(terminal.colour('bad', cleanText(problem)));
  for (const instance of bad)
    terminal.say(terminal.colour('bad', `${instance.id} does not come up: ${cleanText(describeState(instance, now))}`));
  for (const instance of instances.filter(({ state }) => state === 'waiting'))
    terminal.say(`${instance.id} ${cleanText(describeState(instance, now))}`);
  const same = sameList(call);
  terminal.say(
    `supervise runs ${cleanText(supervisor?.list ?? '')} in the background, pid ${supervisor?.pid ?? 0}: ${countLine(status, { colour: terminal.colour, now })}`,
  );
  terminal.say(`  logs    ${cleanText(folder.logs)}; its own messages: ${cleanText(folder.messages)}`);
  terminal.say(`  look    supervise status${same}`);
  terminal.say(`  end     supervise stop${same}`);
  const unit = await unitOf(call);
  terminal.say(
    unit === null
      ? `It ends at a reboot. A systemd unit keeps it beyond: supervise systemd install${same}`
      : `It has a unit, which cannot start while this one runs. To hand over: supervise stop${same}, then: ${unit.start}`,
  );
  return code;
}

/** How following commands refer to the same list, as far as it was named here. */
function sameList(call: Invocation): string {
  return (['file', 'state-dir'] as const)
    .map((name) => [name, valueOf(call, name)] as const)
    .map(([name, value]) => (value === undefined ? '' : ` --${name} ${shellQuoted(value)}`))
    .join('');
}

/** What was written since, the last fifty lines at most, and where that ends. */
function newLines(file: string, before: number): { readonly lines: readonly string[]; readonly end: number } {
  try {
    const stat = fs.statSync(file);
    // A FIFO would never end.
    if (!stat.isFile() || stat.size === before) return { lines: [], end: before };
    const text = fs.readFileSync(file);
    // Smaller than before: it has been rotated.
    const fresh = text.subarray(text.length < before ? 0 : before).toString();
    return { lines: fresh.trimEnd().split('\n').filter(Boolean).slice(-50), end: text.length };
  } catch {
    return { lines: [], end: before }; // It could not be made: that has been reported.
  }
}
