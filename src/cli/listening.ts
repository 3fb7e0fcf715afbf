/** The control socket of a supervisor that does not end for want of one: it is made as soon as that can be done. */
import type { Result } from '../base/result.ts';
import type { ControlServer } from '../control/server.ts';

const AGAIN_MS = 1_000;

export class Listening {
  private server: ControlServer | null = null;
  private timer: NodeJS.Timeout | undefined;
  private isWanted = false;
  private readonly make: () => Promise<Result<ControlServer>>;
  private readonly trouble: (words: string | null) => void;

  /** `trouble`: nobody can ask us anything, and why, in words; null: that is over. */
  constructor(make: () => Promise<Result<ControlServer>>, trouble: (words: string | null) => void) {
    this.make = make;
    this.trouble = trouble;
  }

  /** Tries it once. Why there is none, in words; null: there is one. */
  async open(): Promise<string | null> {
    this.isWanted = true;
    const made = await this.make();
    if (!made.ok) return made.error;
    if (this.wanted()) this.server = made.value;
    else await made.value.close();
    return null;
  }

  /** There is none, for this reason: tries it again and again. */
  insist(error: string): void {
    this.trouble(error);
    this.timer = setTimeout(() => {
      void this.openOrInsist();
    }, AGAIN_MS);
  }

  async openOrInsist(): Promise<void> {
    const error = await this.open();
    if (error === null) this.trouble(null);
    else if (this.wanted()) this.insist(error);
  }

  /** As that of the server; one that is made later knows the group by itself. */
  share(group: number | null): string | null {
    return this.server?.share(group) ?? null;
  }

  async close(): Promise<void> {
    this.isWanted = false;
    clearTimeout(this.timer);
    await this.server?.close();
    this.server = null;
  }

  /** Asked anew after an `await`, which the compiler does not expect of the field. */
  private wanted(): boolean {
    return this.isWanted;
  }
}
