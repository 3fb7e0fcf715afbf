import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { EXIT } from '../base/exit-codes.ts';
import type { ExitCode } from '../base/exit-codes.ts';
import { cleanText } from '../base/clean.ts';
import { listed } from '../base/listed.ts';
import { ok, type Result } from '../base/result.ts';
import { QUICK, connect } from '../control/client.ts';
import type { Client, ClientError, Patience } from '../control/client.ts';
import { describeAwaited } from '../control/describe-state.ts';
import { describeDeed } from '../control/describe.ts';
import type { DeedView, InstanceView, StateName, VersionView } from '../control/view.ts';
import { monotonicMs } from '../supervisor/world/clock.ts';
import { whoAnswersNext, type Answering } from './answering.ts';
import { hasOption } from './args.ts';
import type { Invocation } from './args.ts';
import type { Ended } from './ended-list.ts';
import { tellFailure } from './failure.ts';
import { reachToAct } from './other-list.ts';
import type { Terminal } from './print/terminal.ts';
import { waitTeller } from './print/wait-teller.ts';
import { VERSION } from './version.ts';

type Asking = (client: Client, patience: Patience) => Promise<Result<DeedView, ClientError>>;

/** A request to a supervisor that takes its time. */
export interface Deed {
  readonly kind: 'start' | 'stop' | 'restart' | 'reload';
  readonly ask: Asking;
  /** The same for a successor, if part of the request must not be made twice. */
  readonly askRest?: Asking;
  /** Whose progress is shown meanwhile; empty: everything. */
  readonly names: readonly string[];
  /** The supervisor ends with it. */
  readonly last: boolean;
  /** What to do if no supervisor is running; null: nothing, and it is a failure. */
  readonly unanswered?: () => Promise<ExitCode | null>;
}

/** Requests a deed, shows what it waits for until it is done, and reports the result. */
export async function carryOut(deed: Deed, call: Invocation, terminal: Terminal): Promise<ExitCode> {
  const found = await reachToAct(call);
  if (!found.ok) {
    const code = found.error.tag === 'nobody' ? await deed.unanswered?.() : null;
    return code ?? tellFailure(found.error, call, terminal);
  }
  const { client, folder, version } = found.value;
  const waits = !hasOption(call, 'no-wait');
  tellVersions(version, terminal);

  const interrupt = new AbortController();
  const onSignal = (signal: 'SIGINT' | 'SIGTERM'): void => {
    terminal.tell(`supervise: the ${deed.kind} goes on without us; see it with: supervise status`);
    interrupt.abort(signal);
  };
  process.once('SIGINT', onSignal).once('SIGTERM', onSignal);
  const done = new AbortController();
  const watching = waits ? watch(deed, folder, terminal, done.signal) : Promise.resolve();
  const first = { client, version };
  const { result, at } = await (waits
    ? askThrough(deed, first, folder, terminal, interrupt.signal)
    : deed.ask(client, QUICK).then((answer) => ({ result: answer, at: first })));
  done.abort();
  await watching;
  process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
  if (interrupt.signal.aborted) return interrupt.signal.reason === 'SIGINT' ? EXIT.interrupted : EXIT.terminated;
  if (!result.ok) {
    const code = at === null ? await deed.unanswered?.() : null;
    return code ?? tellFailure(at === null && deed.last ? NOBODY_SAW : result.error, call, terminal);
  }
  if (deed.last && waits && at !== null) await leaving(at.client, at.version.pid);
  at?.client.close();
  if (hasOption(call, 'json')) terminal.say(JSON.stringify(result.value));
  else if (waits) sayDeed(deed, result.value, terminal);
  else {
    const whom = result.value.instances.length === 0 ? '' : `: ${listed(result.value.instances, NAMED)}`;
    terminal.say(`asked to ${deed.kind}${whom}. See it with: supervise status`);
  }
  return waits && isTrouble(result.value) ? EXIT.trouble : EXIT.done;
}

const NOBODY_SAW: ClientError = {
  tag: 'nobody',
  words:
    'the supervisor has died before it was done, and nobody of its list lives any more: how they have ended nobody has seen. What they printed last: supervise logs',
};

/** Sends the request and waits for its end, at the next supervisor if this one is replaced meanwhile. `at` null: there was none. */
async function askThrough(
  deed: Deed,
  first: Answering,
  folder: string,
  terminal: Terminal,
  interrupted: AbortSignal,
): Promise<{ readonly result: Result<DeedView, ClientError>; readonly at: Answering | null }> {
  const begun = monotonicMs();
  let at = first;
  interrupted.addEventListener('abort', () => {
    at.client.close();
  });
  let result = await deed.ask(at.client, { timeoutMs: null });
  for (let tries = 0; tries < TRIES && isBroken(result) && !interrupted.aborted; tries += 1) {
    // Only now: most commands never need it.
    const { endedList } = await import('./ended-list.ts');
    const ended = (): Ended | null => (deed.last ? endedList(folder, begun) : null);
    const isOver = (): boolean => interrupted.aborted || ended() !== null;
    const next = await whoGoesOn(folder, result.error.words, terminal, isOver);
    if (next === null) return { result: (await toldOf(ended(), terminal)) ?? result, at: null };
    at = next;
    result = await (deed.askRest ?? deed.ask)(at.client, { timeoutMs: null });
  }
  return { result, at };
}

/** Its supervisor ended the list before it could be asked; null: it did not. */
async function toldOf(ended: Ended | null, terminal: Terminal): Promise<Result<DeedView, ClientError> | null> {
  if (ended === null) return null;
  if (ended.pid !== null) await hasGone(ended.pid);
  terminal.tell('supervise: the list has ended by now: this is what was written down of it');
  return ok(ended.view);
}

const isBroken = <T>(result: Result<T, ClientError>): result is { readonly ok: false; readonly error: ClientError } =>
  !result.ok && result.error.tag === 'broken';

/** How often a supervisor may be replaced while a command waits. */
const TRIES = 3;
/** Its start takes a fraction of a second if the machine has time for it. */
const SUCCESSOR_MS = 10_000;

/** An upgrade, or a death under a guard or systemd: everything goes on, including the request. null: nothing takes its place. */
async function whoGoesOn(
  folder: string,
  words: string,
  terminal: Terminal,
  isOver: () => boolean,
): Promise<Answering | null> {
  terminal.tell(`supervise: ${words} before it was done: waiting for who goes on`);
  const next = await whoAnswersNext(folder, SUCCESSOR_MS, isOver);
  if (next !== null)
    terminal.tell(
      `supervise: supervise ${next.version.version} (pid ${next.version.pid}) goes on, and is asked for what is not done yet; what is counted is counted from here on`,
    );
  return next;
}

/** Both speak the protocol as far as both know it; anything else odd may come from the difference. */
function tellVersions({ version, pid }: VersionView, terminal: Terminal): void {
  if (version === VERSION) return;
  terminal.tell(
    `supervise: this command is ${VERSION}, and the supervisor that runs (pid ${pid}) is ${version}; so that they are the same: supervise upgrade`,
    'warning',
  );
}

const isTrouble = (deed: DeedView): boolean =>
  deed.cut > 0 || deed.not_up.length > 0 || deed.untouched.length > 0 || deed.problems.length > 0;

function sayDeed(deed: Deed, view: DeedView, terminal: Terminal): void {
  const { colour } = terminal;
  for (const { id, exit } of view.ends)
    if (exit.cut === 'yes') terminal.say(colour('bad', `${id}: an iteration was cut: ${cleanText(exit.words)}`));
  sayWhoDied(view, terminal);
  for (const problem of view.problems) terminal.say(colour('bad', cleanText(problem)));
  for (const words of view.escaped) terminal.say(colour('warning', cleanText(words)));
  for (const { id, state, words } of view.not_up)
    terminal.say(colour('bad', `${id} does not come up: ${state}${words === '' ? '' : `, ${cleanText(words)}`}`));
  if (view.untouched.length > 0)
    terminal.say(
      colour('bad', `not touched, since the one that went first did not come up: ${listed(view.untouched, NAMED)}`),
    );
  if (deed.kind !== 'stop') {
    const missing = new Set([...view.not_up.map(({ id }) => id), ...view.untouched]);
    const up = view.instances.filter((id) => !missing.has(id));
    if (up.length > 0) terminal.say(`${deed.kind}ed: ${listed(up, NAMED)}`);
  }
  // A reload may have moved nothing.
  const isEmpty = view.instances.length + view.ends.length === 0;
  if (deed.kind !== 'start' && !(deed.kind === 'reload' && isEmpty)) terminal.say(describeDeed(view));
}

/** Killed by a signal rather than ending by themselves: counted among the unknown, but distinguished from orderly ends. */
function sayWhoDied({ ends }: DeedView, terminal: Terminal): void {
  const died = new Map<string, string[]>();
  for (const { id, exit } of ends)
    if (exit.cut === 'unknown' && exit.signal !== null) died.set(exit.words, [...(died.get(exit.words) ?? []), id]);
  for (const [words, ids] of died)
    terminal.say(
      terminal.colour('warning', `${listed(ids, NAMED)}: ${cleanText(words)}. Whether work was cut, nobody knows`),
    );
}

/** Shows what the deed waits for, over a connection of its own, until `end`. */
async function watch(deed: Deed, folder: string, terminal: Terminal, end: AbortSignal): Promise<void> {
  const tell = awaitedTeller(terminal);
  let client: Client | null = null;
  while (await tick(end)) {
    if (client === null) {
      const connected = await connect(folder);
      if (connected.ok) client = connected.value;
      else continue;
    }
    const status = await client.call('status', { names: deed.names });
    if (end.aborted) break;
    if (!status.ok) {
      client.close();
      client = null;
      // On its way out it answers no more questions; that is no news.
      if (status.error.tag === 'broken' && !deed.last) terminal.progress(`supervise: ${status.error.words}`);
      continue;
    }
    const left = status.value.instances.filter((instance) => isAwaited(deed.kind, instance));
    if (left.length > 0) tell(left);
  }
  client?.close();
}

/** Tells what is being waited for, again when the instances or their states change. */
export function awaitedTeller(terminal: Terminal): (left: readonly InstanceView[]) => void {
  const teller = waitTeller(terminal, (words) => {
    terminal.tell(words);
  });
  return (left) => {
    teller.tell(describeAwaited(left, Date.now()), left.map(({ id, state }) => `${id} ${state}`).join());
  };
}

const COMING: ReadonlySet<StateName> = new Set(['waiting', 'starting', 'draining', 'killing', 'backoff']);

const isAwaited = (kind: Deed['kind'], instance: InstanceView): boolean =>
  kind === 'stop' ? instance.pid !== null || instance.state === 'draining' : COMING.has(instance.state);

/**
 * A matter of moments: waiting for another instance or for the end of a pause may take hours; and a looping one is retried for ever, and
 * may happen to be on its way up at any look.
 */
export function isComing({ state, waiting_for, flags }: InstanceView): boolean {
  if (flags.includes('looping')) return false;
  if (state === 'waiting')
    return waiting_for.some((wait) => wait.kind === 'turn' || wait.kind === 'leftovers' || wait.state === 'unknown');
  return state === 'starting' || state === 'draining' || state === 'killing';
}

/** Waits a second, less if `end` fires; returns whether to go on. */
async function tick(end: AbortSignal): Promise<boolean> {
  try {
    await sleep(1000, undefined, { signal: end });
    return true;
  } catch {
    return false; // Aborted: the deed is done.
  }
}

/** Waits until the supervisor is gone, so that a following `start` does not meet it. */
async function leaving(client: Client, pid: number): Promise<void> {
  await client.closed(5000);
  await hasGone(pid);
}

async function hasGone(pid: number): Promise<void> {
  for (let tries = 0; tries < 250 && isAlive(pid); tries++) await sleep(20);
}

function isAlive(pid: number): boolean {
  try {
    // A zombie whose parent has not reaped it yet holds nothing any more.
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false; // The process is gone.
  }
}

/** How many are named. */
const NAMED = 10;
