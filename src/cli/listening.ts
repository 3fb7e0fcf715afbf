/** The control socket of a supervisor that does not end for lack of one: it is made as soon as possible. */
import type { Result } from '../base/result.ts';
import type { ControlServer } from '../control/server.ts';

const AGAIN_MS = 1_000;

export class Listening {
  private server: ControlServer | null = null;
  private timer: NodeJS.Timeout | undefined;
  private isWanted = false;
  private readonly make: () => Promise<Result<ControlServer>>;
  private readonly trouble: (words: string | null) => void;

  /** `trouble`: why we cannot be asked anything, in words, or (null) that is over. */
  constructor(make: () => Promise<Result<ControlServer>>, trouble: (words: string | null) => void) {
    this.make = make;
    this.trouble = trouble;
  }

  /** Tries once. Returns why there is none, in words, or null. */
  async open(): Promise<string | null> {
    this.isWanted = true;
    const made = await this.make();
    if (!made.ok) return made.error;
    if (this.wanted()) this.server = made.value;
    else await made.value.close();
    return null;
  }

  /** There is none, for this reason: keeps trying. */
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

  /** Like the server's; one made later knows the group by itself. */
  share(group: number | null): string | null {
    return this.server?.share(group) ?? null;
  }

  async close(): Promise<void> {
    this.isWanted = false;
    clearTimeout(this.timer);
    await this.server?.close();
    this.server = null;
  }

  /** Read again after an `await`: the compiler does not expect the field to change. */
  private wanted(): boolean {
    return this.isWanted;
  }
}
