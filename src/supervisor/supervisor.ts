/** What can be asked of the supervisor: control's Api, on top of the running list, its logs and its journal. */
import { constants } from 'node:os';
import { fail, ok, type Result } from '../base/result.ts';
import type { Api, Dropped, LogsAsk, LogsEnd, Refusal, StopAsk, Whom } from '../control/api.ts';
import type {
  ChangeView,
  DeedView,
  EventView,
  InstanceView,
  LineView,
  ResourceView,
  StatusView,
  SupervisorView,
  VersionView,
  WhyView,
} from '../control/view.ts';
import { queryLogs } from '../logs/query.ts';
import { followChanges } from './changes.ts';
import type { CommandHow } from './commands.ts';
import type { Deed } from './deeds.ts';
import { explain } from './explain.ts';
import type { Journal } from './journal.ts';
import { isLive, type Slot } from './lifecycle/state.ts';
import { meant, selected } from './meant.ts';
import { limitsView, needViews } from './needs.ts';
import { logTargets, type Logs } from './outputs.ts';
import type { Reload } from './reload.ts';
import type { RunningList } from './running-list.ts';
import { instanceView, resourceViews, runViews } from './status.ts';
import { supervisorView } from './supervisor-view.ts';
import { isShortage } from './world/errno.ts';
import { send } from './world/kill.ts';
import { UsageMeter } from './world/usage.ts';

/** The program now on disk. */
export interface Successor {
  /** Why it cannot take our place, in words; null: it works. */
  isBroken(): Promise<string | null>;
  /** Saves what it would resume from. Returns why that failed, in words; null: saved. */
  writeDown(): Promise<string | null>;
  /** Hands everything over to it, soon. */
  goOn(): void;
}

export interface SupervisorParts {
  readonly running: RunningList;
  readonly journal: Journal;
  readonly output: Logs;
  readonly version: string;
  readonly successor: Successor;
  readonly reload: Reload;
  /** Looks for troubles that nothing reports by itself, when someone asks for the status. */
  readonly look: () => void;
  /** Surviving processes of earlier runs beside these, in words, by instance. */
  readonly strays: (slots: readonly Slot[]) => ReadonlyMap<string, string>;
}

export class Supervisor implements Api {
  private readonly running: RunningList;
  private readonly journal: Journal;
  private readonly output: Logs;
  private readonly ownVersion: string;
  private readonly successor: Successor;
  private readonly reloading: Reload;
  private readonly look: () => void;
  private readonly strays: SupervisorParts['strays'];
  private readonly meter = new UsageMeter();

  constructor({ running, journal, output, version, successor, reload, look, strays }: SupervisorParts) {
    this.running = running;
    this.journal = journal;
    this.output = output;
    this.ownVersion = version;
    this.successor = successor;
    this.reloading = reload;
    this.look = look;
    this.strays = strays;
  }

  version(): VersionView {
    const { id, file } = this.running.spec;
    return { version: this.ownVersion, pid: process.pid, id, list: file };
  }

  status({ names, runs }: { names: readonly string[]; runs: boolean }): Promise<Result<StatusView, Refusal>> {
    const slots = this.select(names);
    if (!slots.ok) return Promise.resolve(slots);
    this.look();
    const context = this.running.context(this.meter.read(sessionsOf(slots.value)));
    const { fleet } = this.running;
    const resources = resourceViews(fleet, context);
    const instances = slots.value.map((slot) => {
      const view = instanceView(fleet, slot, context);
      if (!runs) return view;
      const needs = needViews(fleet, slot, resources);
      return { ...view, runs: runViews(slot, context), needs, limits: limitsView(fleet, slot) };
    });
    const strays = [...this.strays(fleet.slots)].map(([id, words]) => `${id}: ${words}`);
    return Promise.resolve(ok({ supervisor: this.supervisorView(resources, strays), instances, resources }));
  }

  async changes(
    { names }: { names: readonly string[] },
    emit: (item: ChangeView | Dropped) => void,
    end: AbortSignal,
    room?: () => Promise<void> | undefined,
  ): Promise<Result<Record<string, never>, Refusal>> {
    const slots = this.select(names);
    if (!slots.ok) return slots;
    this.look();
    const ids = names.length === 0 ? null : new Set(slots.value.map(({ id }) => id));
    const picture = {
      fleet: () => this.running.fleet,
      context: () => this.running.context(new Map()),
      supervisor: (resources: readonly ResourceView[]) => this.supervisorView(resources),
      isMeant: ({ id }: Slot) => ids === null || ids.has(id),
      listen: (listener: () => void) => this.running.listen(listener),
    };
    await followChanges(picture, { emit, end, room: room ?? (() => undefined) });
    return ok({});
  }

  /** The instances that still have a process, without measuring its usage. */
  living(): readonly InstanceView[] {
    const context = this.running.context(new Map());
    const { fleet } = this.running;
    return fleet.slots.filter(({ state }) => isLive(state)).map((slot) => instanceView(fleet, slot, context));
  }

  why({ names }: { names: readonly string[] }): Result<readonly WhyView[], Refusal> {
    const slots = this.select(names);
    if (!slots.ok) return slots;
    const context = this.running.context(new Map());
    const strays = this.strays(slots.value);
    return ok(
      slots.value.map((slot) => {
        const view = explain(this.running.fleet, slot, context);
        const stray = strays.get(slot.id);
        return stray === undefined ? view : { ...view, words: [...view.words, stray] };
      }),
    );
  }

  start({ names, wait }: { names: readonly Whom[]; wait: boolean }): Promise<Result<DeedView, Refusal>> {
    return this.carryOut('start', names, { wait, now: false });
  }

  stop({ names, wait, now, within_ms }: StopAsk): Promise<Result<DeedView, Refusal>> {
    return this.carryOut('stop', names, { wait, now, withinMs: within_ms });
  }

  restart({ names, wait, how }: Parameters<Api['restart']>[0]): Promise<Result<DeedView, Refusal>> {
    return this.carryOut('restart', names, { wait, now: false, how });
  }

  plan(): ReturnType<Api['plan']> {
    return this.reloading.plan();
  }

  reload(ask: Parameters<Api['reload']>[0]): ReturnType<Api['reload']> {
    return this.reloading.carryOut(ask);
  }

  signal({ names, signal }: { names: readonly string[]; signal: string }): Result<readonly string[], Refusal> {
    const name = signal.startsWith('SIG') ? signal : `SIG${signal}`;
    if (!Object.hasOwn(constants.signals, name))
      return fail({ reason: 'invalid', words: `${signal} is no signal: write for example SIGUSR1 or HUP` });
    const slots = this.select(names);
    if (!slots.ok) return slots;
    this.running.lookOnceMore();
    const sent = slots.value.filter(({ id, state }) => {
      if (!isLive(state) || state.run.end !== null || state.run.process === null) return false;
      if (!send(state.run.process.pid, name)) return false;
      this.running.sentByHand(id, state.run.number, name);
      return true;
    });
    for (const { id } of sent)
      this.journal.add({ id, type: 'signal', level: 'info', words: `was sent ${name}, as asked` });
    return ok(sent.map(({ id }) => id));
  }

  async shutdown({ now, wait, within_ms }: Parameters<Api['shutdown']>[0]): Promise<DeedView> {
    if (!this.running.end.isAsked)
      this.journal.add({ id: null, type: 'stopping', level: 'info', words: 'stopping, as asked by a command' });
    if (now) this.running.end.cut();
    else this.running.end.ask('SIGTERM', within_ms);
    return wait ? this.running.over : this.running.end.view();
  }

  async upgrade(): Promise<Result<VersionView, Refusal>> {
    const broken = await this.successor.isBroken();
    // Before anything is given up for it.
    const missing = broken ?? this.unwritten() ?? (await this.successor.writeDown());
    if (missing !== null) return fail({ reason: 'held', words: `nothing is handed on: ${missing}` });
    if (this.running.end.isAsked)
      return fail({
        reason: 'stopping',
        words: 'the list is stopping, so nothing is handed on: start the new version when it has stopped',
      });
    this.journal.add({
      id: null,
      type: 'upgrade',
      level: 'info',
      words: 'hands all on to the program that is on disk now',
    });
    this.successor.goOn();
    return ok(this.version());
  }

  /** What a successor would need to know and cannot be told now, in words. */
  private unwritten(): string | null {
    const [daemon] = this.output.uncounted();
    if (daemon !== undefined)
      return `the log of ${daemon} cannot be written, and how many of its lines were dropped would be forgotten: make room on that disk first`;
    return this.running.troubleWith('state.json');
  }

  async logs(
    ask: LogsAsk,
    emit: (item: LineView | Dropped) => void,
    end: AbortSignal,
    room?: () => Promise<void>,
  ): Promise<Result<LogsEnd, Refusal>> {
    const slots = this.select(ask.names);
    if (!slots.ok) return slots;
    const passOn = (item: LineView | Dropped): void | Promise<void> => {
      emit(item);
      return room?.();
    };
    const targets = logTargets(
      this.output,
      slots.value,
      (daemon) => this.running.fleet.policies.get(daemon)?.instances ?? 0,
    );
    try {
      const answer = await queryLogs(targets, ask, passOn, end);
      return answer.ok ? answer : fail({ reason: 'invalid', words: answer.error });
    } catch (error) {
      if (!isShortage(error)) throw error;
      return fail({ reason: 'invalid', words: `the logs cannot be read now (${error.code ?? ''}): try again` });
    }
  }

  events(
    { since, follow }: { since: number; follow: boolean },
    emit: (item: EventView | Dropped) => void,
    end: AbortSignal,
  ): Promise<void> {
    const { events, dropped } = this.journal.since(since);
    if (since > 0 && dropped > 0) emit({ dropped });
    events.forEach(emit);
    if (!follow || end.aborted) return Promise.resolve();
    const unlisten = this.journal.listen(emit);
    return new Promise((resolve) => {
      end.addEventListener('abort', () => {
        unlisten();
        resolve();
      });
    });
  }

  private async carryOut(
    kind: Deed['kind'],
    names: readonly Whom[],
    how: CommandHow,
  ): Promise<Result<DeedView, Refusal>> {
    if (this.running.end.isAsked && kind !== 'stop')
      return fail({
        reason: 'stopping',
        words: 'the list is stopping, so nothing is started: try again when it has stopped',
      });
    if (this.running.held !== null && kind !== 'stop') return fail({ reason: 'held', words: this.running.held });
    const whom = meant(how.now ? 'cut' : kind, names, this.running);
    if (!whom.ok) return whom;
    const { slots, left } = whom.value;
    const view = await this.running.carryOut(
      kind,
      slots.map(({ id }) => id),
      how,
    );
    return ok(left.length === 0 ? view : { ...view, left });
  }

  private supervisorView(resources: readonly ResourceView[], strays: readonly string[] = []): SupervisorView {
    return supervisorView(this.running, this.ownVersion, resources, strays);
  }

  private select(names: readonly string[]): Result<readonly Slot[], Refusal> {
    return selected(this.running, names);
  }
}

function sessionsOf(slots: readonly Slot[]): ReadonlySet<number> {
  return new Set(
    slots.flatMap(({ state }) => (isLive(state) && state.run.process !== null ? [state.run.process.pid] : [])),
  );
}
