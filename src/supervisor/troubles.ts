/** Troubles of the supervisor itself: each told once, and shown as long as it lasts. */
import type { Journal } from './journal.ts';

export class Troubles {
  private readonly journal: Journal;
  private readonly changed: () => void;
  private readonly known = new Map<string, string>();

  constructor(journal: Journal, changed: () => void) {
    this.journal = journal;
    this.changed = changed;
  }

  get words(): readonly string[] {
    return [...this.known.values()];
  }

  /** The words of a lasting trouble, or null. */
  with(what: string): string | null {
    return this.known.get(what) ?? null;
  }

  /** It is in trouble, or (null) no longer. */
  tell(what: string, words: string | null): void {
    if (words === null) {
      if (!this.known.delete(what)) return;
      this.journal.add({ id: null, type: 'mended', level: 'info', words: `${what}: works again` });
    } else {
      if (this.known.has(what)) return;
      this.known.set(what, words);
      this.journal.add({ id: null, type: 'trouble', level: 'error', words });
    }
    this.changed();
  }
}
