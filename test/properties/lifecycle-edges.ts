/** The edges that a slot may take, those that the lives have taken, and their drawing. */
import type { Event } from '../../src/supervisor/lifecycle/event.ts';
import type { Slot, State } from '../../src/supervisor/lifecycle/state.ts';

type Is = State['is'];

/** All legal ways out of each state. */
export const LEGAL: Readonly<Record<Is, readonly Is[]>> = {
  stopped: ['waiting'],
  waiting: ['starting', 'stopped', 'backoff', 'failed'],
  starting: ['running', 'draining', 'killing', 'backoff', 'waiting', 'stopped', 'exited', 'failed'],
  running: ['draining', 'killing', 'backoff', 'waiting', 'stopped', 'exited', 'failed'],
  draining: ['killing', 'stopped', 'waiting', 'backoff', 'exited', 'failed'],
  killing: ['stopped', 'waiting', 'backoff', 'exited', 'failed'],
  backoff: ['waiting', 'stopped'],
  exited: ['waiting'],
  failed: ['waiting', 'stopped'],
};

/** What moves a slot, in the words of the drawing. */
const CAUSE: Readonly<Record<Event['is'], string>> = {
  boot: 'start',
  'start-asked': 'start',
  'stop-asked': 'stop',
  'restart-asked': 'restart',
  'shutdown-asked': 'shutdown',
  'cut-asked': 'cut',
  hurried: 'stop',
  changed: 'change',
  list: 'change',
  tick: 'time',
  probed: 'probe',
  spawned: 'spawned',
  'spawn-failed': 'spawn failed',
  said: 'its word',
  'reports-lost': 'reports lost',
  'word-missed': 'reports lost',
  'fell-silent': 'reports lost',
  'speaker-gone': 'reports lost',
  ended: 'its end',
  looked: 'leftovers gone',
  'pipes-closed': 'leftovers gone',
  measured: 'memory',
  'signal-refused': 'signal',
  'sent-by-hand': 'signal',
};

export class Edges {
  private readonly seen = new Map<string, Set<string>>();

  /** A step may lead through `waiting` without staying there: a slot with a new process has waited for it. */
  note(was: Slot, slot: Slot, event: Event): void {
    const from = was.state.is;
    const to = slot.state.is;
    const others = 'id' in event ? event.id !== slot.id : 'ids' in event && !event.ids.includes(slot.id);
    const cause = others ? 'another slot' : CAUSE[event.is];
    const respawned = slot.starts > was.starts;
    if (respawned && from !== 'waiting') {
      this.add(from, 'waiting', cause);
      this.add('waiting', to, 'gates open');
    } else if (from !== to) this.add(from, to, respawned ? 'gates open' : cause);
  }

  private add(from: Is, to: Is, cause: string): void {
    if (!LEGAL[from].includes(to)) throw new Error(`${from} -> ${to} by ${cause} is not legal`);
    const key = `${from} --> ${to}`;
    this.seen.set(key, (this.seen.get(key) ?? new Set()).add(cause));
  }

  get taken(): readonly string[] {
    return [...this.seen.keys()].sort();
  }

  /** A Mermaid drawing of all edges taken, each with its causes. */
  draw(): string {
    const lines = this.taken.map((edge) => `    ${edge} : ${[...(this.seen.get(edge) ?? [])].sort().join(', ')}`);
    return ['```mermaid', 'stateDiagram-v2', '    [*] --> stopped', ...lines, '```'].join('\n');
  }
}
