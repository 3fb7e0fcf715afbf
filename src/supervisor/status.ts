/** Fleet -> status records (src/control/view.ts). */
import { counted } from '../base/counted.ts';
import { span } from '../control/describe.ts';
import type { ExitView, FlagName, InstanceView, ResourceView, RunView, WaitingForView } from '../control/view.ts';
import { isOpen, speaks } from './lifecycle/boundary.ts';
import { nameLeft } from './lifecycle/cut.ts';
import type { Gate } from './lifecycle/gate.ts';
import { LOOPING_AT, type Policy } from './lifecycle/policy.ts';
import { gatesOf } from './lifecycle/gates.ts';
import { isKnown } from './lifecycle/resource.ts';
import { policyOf, stopsAfter, type Fleet } from './lifecycle/roster.ts';
import {
  cutTime,
  earliest,
  isLive,
  isRemoved,
  stillRefuses,
  type Change,
  type Exit,
  type Run,
  type Slot,
} from './lifecycle/state.ts';
import { changeWords, endReason, inARow, refusalWords } from './words.ts';
import type { Usage } from './world/usage.ts';

/** Converts the fleet's clock to wall time, and holds what is known beside the fleet. */
export interface StatusContext {
  readonly now: number;
  readonly wall: number;
  readonly tagsOf: (daemon: string) => readonly string[];
  readonly usageOf: (pid: number) => Usage | null;
  /** Why nothing of the list has been started yet. */
  readonly held?: string | null;
}

export function instanceView(fleet: Fleet, slot: Slot, context: StatusContext): InstanceView {
  const { state } = slot;
  const at = (time: number): string => isoTime(time, context);
  const run = isLive(state) ? state.run : null;
  const lives = run !== null && run.end === null ? run : null;
  const usage = lives?.process == null ? null : context.usageOf(lives.process.pid);
  const open = lives !== null && isOpen(lives.talk);
  const [last] = slot.exits;
  const killAt = killTime(slot);
  return {
    id: slot.id,
    daemon: slot.daemon,
    number: slot.number,
    tags: context.tagsOf(slot.daemon),
    state: state.is,
    flags: flagsOf(slot),
    wanted: slot.wanted.up ? 'up' : 'down',
    pid: lives?.process?.pid ?? null,
    started_at: lives === null ? null : at(lives.startedAt),
    since: at(state.since),
    iterations: slot.speaks ? slot.iterations : null,
    // After our own death this is unknown until its next word.
    busy: lives !== null && speaks(lives.talk) && !(lives.adopted && lives.talk.lost) ? open : null,
    status: lives?.talk.status ?? null,
    progress: lives?.talk.progress ?? null,
    iteration_ms: open && lives.talk.openSince !== null ? Math.round(context.now - lives.talk.openSince) : null,
    starts: slot.starts,
    quick_ends: slot.rows.quick,
    cuts: slot.cuts,
    next_start_at: state.is === 'backoff' ? at(state.until) : null,
    kill_at: killAt === null ? null : at(killAt),
    waiting_for: waitingFor(fleet, slot, context),
    last_exit: last === undefined ? null : exitView(last, context),
    memory_bytes: usage?.memoryBytes ?? null,
    cpu_percent: usage?.cpuPercent ?? null,
    words: context.held == null ? wordsOf(slot, policyOf(fleet, slot)) : 'not started yet',
  };
}

/** When SIGKILL is due; null: not as things stand. */
function killTime(slot: Slot): number | null {
  const { state } = slot;
  if (state.is !== 'draining') return null;
  return earliest(cutTime(slot), state.drain.unsure ? null : state.drain.killAt);
}

export function resourceViews(fleet: Fleet, context: StatusContext): readonly ResourceView[] {
  return [...fleet.resources.values()].map((resource) => {
    const { name, state, since, error } = resource;
    const waiting = fleet.slots.filter((slot) =>
      waitingFor(fleet, slot, context).some((gate) => gate.kind === 'resource' && gate.name === name),
    ).length;
    // With no instance waiting it is not probed either, so it may have been up for long.
    const isStale = state === 'down' && waiting === 0 && !isKnown(resource, context.now);
    if (state === 'unknown' || isStale) return { name, state: 'unknown', error: null, since: null, waiting };
    return { name, state, error, since: isoTime(since, context), waiting };
  });
}

/** A resource that is down while instances wait for it is a trouble of the list. */
export const downWords = ({ name, state, error, waiting }: ResourceView): readonly string[] =>
  state === 'down' && waiting > 0
    ? [`${name} is down (${error ?? 'no reason was given'}): ${counted(waiting, 'waits', 'wait')} for it`]
    : [];

/** The last runs, newest first. */
export function runViews(slot: Slot, context: StatusContext): readonly RunView[] {
  return slot.exits.map((exit) => ({
    ...exitView(exit, context),
    run: exit.run,
    pid: exit.pid,
    started_at: isoTime(exit.startedAt, context),
    iterations: exit.iterations,
  }));
}

export function exitView(exit: Exit, context: Pick<StatusContext, 'now' | 'wall'>): ExitView {
  const { code, signal, kind, cut, resource, words } = exit;
  const fault = exit.error === null ? exit.fault : 'not-started';
  return { at: isoTime(exit.at, context), code, signal, kind, cut, fault, resource, words };
}

export function isLooping(slot: Slot): boolean {
  return slot.rows.quick >= LOOPING_AT;
}

export function waitingFor(fleet: Fleet, slot: Slot, context: StatusContext): readonly WaitingForView[] {
  const since = isoTime(slot.state.since, context);
  const left = leftovers(slot);
  if (left !== null) return [{ kind: 'leftovers', name: nameLeft(left.left), since }];
  const stopping = stopsAfter(fleet, slot).map((name) => ({ kind: 'dependency' as const, name, since }));
  const gates = gatesOf(fleet, slot, context.now).map((gate) => ({
    ...gateView(gate),
    since: gate.kind === 'resource' && gate.since !== null ? isoTime(gate.since, context) : since,
  }));
  return [...gates, ...stopping];
}

/** A run whose main process has ended and whose leftovers have not. */
function leftovers(slot: Slot): Run | null {
  return isLive(slot.state) && slot.state.run.end !== null && slot.state.run.left.length > 0 ? slot.state.run : null;
}

function gateView(gate: Gate): Pick<WaitingForView, 'kind' | 'name' | 'until' | 'state'> {
  switch (gate.kind) {
    case 'turn':
      return { kind: 'turn', name: 'start_rate' };
    case 'leftovers':
    case 'scout':
      return { kind: gate.kind, name: gate.name };
    case 'resource':
      return { kind: 'resource', name: gate.name, state: gate.since === null ? 'unknown' : 'down' };
    case 'dependency':
      return { kind: 'dependency', name: gate.daemon, until: gate.until };
  }
}

function flagsOf(slot: Slot): readonly FlagName[] {
  const flags: FlagName[] = [];
  if ('drain' in slot.state && slot.state.drain.why === 'stuck') flags.push('stuck');
  if (isLooping(slot)) flags.push('looping');
  if (slot.noDrain) flags.push('no_drain');
  if (isLive(slot.state) && slot.state.run.adopted) flags.push('adopted');
  if (slot.goesFirst !== null) flags.push('scout');
  return flags;
}

function wordsOf(slot: Slot, { limits }: Policy): string | null {
  const { wanted, state, rows } = slot;
  if (state.is === 'stopped' && !wanted.up) {
    if (wanted.by === 'hand') return 'stopped by hand';
    if (wanted.by === 'removed') return 'no longer in the list';
    return wanted.by === 'list' ? 'not started with the list (autostart: false)' : 'stopped with the list';
  }
  const refusal = isLive(state) ? stillRefuses(state.run) : null;
  if (refusal !== null) return `${refusal.signal} refused: ${refusalWords(refusal)}`;
  if (isRemoved(slot) && isLive(state)) return 'no longer in the list';
  if (state.is === 'running' && state.outdatedBy !== null) return outdatedWords(state.outdatedBy);
  if (state.is === 'draining' && state.drain.why === 'stuck' && limits.iterationMs !== null)
    return `over its limit of ${span(limits.iterationMs)}`;
  if (state.is === 'draining' && state.drain.why === 'own' && state.drain.outdatedBy !== null)
    return changeWords(state.drain.outdatedBy);
  const [exit] = slot.exits;
  const reason = exit === undefined ? null : endReason(exit);
  // A shortage of ours has nothing to do with how it ended before.
  if (state.is === 'backoff') return state.because === 'ours' ? null : reason;
  if (state.is !== 'failed') return null;
  switch (state.because) {
    case 'attempts':
      return `gave up after ${inARow(rows.crashes)}${reason === null ? '' : `: ${reason}`}`;
    case 'fatal':
      // Only an exit code makes an end fatal.
      return `gave up: exit ${exit?.code ?? ''} is fatal`;
    case 'policy':
      return 'failed, and its list says restart: never';
    case 'unknown':
      return 'how it ended is not known, and its list says restart: never';
  }
}

function outdatedWords(change: Change): string {
  switch (change.of) {
    case 'files':
      return 'runs old code';
    case 'list':
      return 'runs as the list was';
    case 'restart':
      return 'to be restarted';
    case 'limit':
      return `to be replaced: ${changeWords(change)}`;
  }
}

function isoTime(time: number, { now, wall }: Pick<StatusContext, 'now' | 'wall'>): string {
  return new Date(wall - (now - time)).toISOString();
}
