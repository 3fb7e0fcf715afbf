/** What happened, numbered: the latest events in memory, and the listeners for new ones. */
import type { EventView } from '../control/view.ts';
import type { Level } from './words.ts';

const KEPT = 1_000;

export interface Entry {
  readonly id: string | null;
  readonly type: string;
  readonly level: Level;
  readonly words: string;
}

export class Journal {
  private readonly wall: () => Date;
  private readonly events: EventView[] = [];
  private readonly listeners = new Set<(event: EventView) => void>();
  /** The last entry about each instance, and how often it was repeated. */
  private readonly last = new Map<string | null, { readonly words: string; again: number }>();
  private seq = 0;

  constructor(wall: () => Date) {
    this.wall = wall;
  }

  /**
   * A start that is put off repeatedly with nothing in between (a shortage of ours) is only counted; the count is told before the next
   * entry about that instance. Otherwise it would push everything else out.
   */
  add(entry: Entry): void {
    const before = this.last.get(entry.id);
    if (entry.type === 'backoff' && before?.words === entry.words) {
      before.again += 1;
      return;
    }
    if (before !== undefined && before.again > 0)
      this.append({ ...entry, type: 'again', level: 'info', words: `put off ${before.again} times more` });
    this.last.set(entry.id, { words: entry.words, again: 0 });
    this.append(entry);
  }

  private append(entry: Entry): void {
    this.seq += 1;
    const { id, type, level, words } = entry;
    const event: EventView = { seq: this.seq, at: this.wall().toISOString(), level, id, type, words };
    this.events.push(event);
    if (this.events.length > KEPT) this.events.shift();
    for (const listener of this.listeners) listener(event);
  }

  /** The events after number `seq`, and how many of them are no longer kept. */
  since(seq: number): { readonly events: readonly EventView[]; readonly dropped: number } {
    const oldest = this.events[0]?.seq ?? this.seq + 1;
    return { events: this.events.filter((event) => event.seq > seq), dropped: Math.max(0, oldest - 1 - seq) };
  }

  /** Calls the listener for each new event until the returned function is called. It must not block. */
  listen(listener: (event: EventView) => void): () => void {
    this.listeners.add(listener);
    return () => {
      this.listeners.delete(listener);
    };
  }
}
