/** What the list wants to be told of (`supervisor.on_trouble`): one event after the other, each in bounded time, and not too many. */
import { counted } from '../base/counted.ts';
import { inTime } from '../base/in-time.ts';
import type { Fact } from './lifecycle/fact.ts';
import { runShort, type ShortCommand } from './world/short-command.ts';

/** What is on the stdin of the program, as JSON. */
export interface TroubleEvent {
  readonly type: 'failed' | 'looping' | 'stuck' | 'cut' | 'healthy';
  readonly at: string;
  /** The id of the list. */
  readonly list: string;
  readonly instance: string;
  readonly words: string;
  /** Events before this one that could not be told, since the program was too slow. */
  readonly dropped: number;
}

const PATIENCE_MS = 30_000;
/** At the end of the list, for all that waits: whoever has asked for the end waits for us. */
const LAST_PATIENCE_MS = 5_000;
/** So many wait; what comes besides is counted. */
const MOST_WAITING = 20;

/** What of it is trouble, or the end of one; null: it is neither. */
function troubleType(fact: Fact): TroubleEvent['type'] | null {
  if (fact.type === 'failed' || fact.type === 'looping') return fact.type;
  if (fact.type === 'held') return 'healthy';
  if (fact.type === 'draining' && fact.why === 'stuck') return 'stuck';
  if (fact.type === 'speaker-gone') return fact.cut ? 'cut' : null;
  return fact.type === 'ended' && fact.exit.cut === 'yes' ? 'cut' : null;
}

export interface TroubleOrder extends Pick<ShortCommand, 'folder' | 'environment'> {
  /** The id of the list. */
  readonly list: string;
  /** What the list says now; null: nobody wants to be told. */
  readonly argv: () => ShortCommand['argv'] | null;
}

/** What waits to be told: a successor tells it. */
export interface Untold {
  readonly waiting: readonly Omit<TroubleEvent, 'dropped'>[];
  readonly dropped: number;
}

export interface Teller {
  /** Hears of each fact, and tells of those that are trouble. */
  readonly hear: (fact: Fact, words: string) => void;
  /** The list has ended: waits for what is still to be told, a little. How many were not. */
  readonly end: () => Promise<number>;
  /** Without what is being told: its program goes on when we are another one. */
  readonly untold: () => Untold;
  /** What the supervisor before this one has left to be told. */
  readonly goOn: (untold: Untold) => void;
}

/** `trouble`: the program does not work, in words; null: it does. */
export function tellTrouble(
  { list, argv, folder, environment }: TroubleOrder,
  wall: () => Date,
  trouble: (words: string | null) => void,
): Teller {
  const teller = new TroubleTeller({ argv, folder, environment }, trouble);
  return {
    hear(fact, words) {
      const type = troubleType(fact);
      if (type === null || fact.id === null || argv() === null) return;
      teller.tell({ type, at: wall().toISOString(), list, instance: fact.id, words });
    },
    end: () => teller.end(),
    untold: () => teller.untold,
    goOn: (untold) => {
      teller.goOn(untold);
    },
  };
}

export const untoldWords = (count: number): string =>
  `${counted(count, 'event was', 'events were')} not told by on_trouble before the end`;

class TroubleTeller {
  private readonly command: Omit<TroubleOrder, 'list'>;
  private readonly trouble: (words: string | null) => void;
  private readonly waiting: Omit<TroubleEvent, 'dropped'>[] = [];
  private dropped = 0;
  /** Resolves when all is told; null: nothing is being told. */
  private telling: Promise<void> | null = null;

  constructor(command: TroubleTeller['command'], trouble: (words: string | null) => void) {
    this.command = command;
    this.trouble = trouble;
  }

  tell(event: Omit<TroubleEvent, 'dropped'>): void {
    if (this.waiting.length >= MOST_WAITING) {
      this.dropped += 1;
      return;
    }
    this.waiting.push(event);
    this.telling ??= this.tellAll();
  }

  get untold(): Untold {
    return { waiting: this.waiting, dropped: this.dropped };
  }

  goOn({ waiting, dropped }: Untold): void {
    this.dropped += dropped;
    for (const event of waiting) this.tell(event);
  }

  /** What is told just then has not been told either, and is ended with us. */
  async end(): Promise<number> {
    await inTime(this.telling ?? Promise.resolve(), LAST_PATIENCE_MS, () => undefined);
    return this.waiting.length + this.dropped + (this.telling === null ? 0 : 1);
  }

  private async tellAll(): Promise<void> {
    for (let event = this.waiting.shift(); event !== undefined; event = this.waiting.shift()) {
      const whole: TroubleEvent = { ...event, dropped: this.dropped };
      this.dropped = 0;
      await this.tellOne(whole);
    }
    this.telling = null;
  }

  private async tellOne(event: TroubleEvent): Promise<void> {
    const { folder, environment } = this.command;
    const argv = this.command.argv();
    // A reload has taken it away.
    if (argv === null) return;
    const why = await runShort(
      {
        ...{ argv, folder },
        environment: { ...environment, SUPERVISE_EVENT: event.type },
        input: `${JSON.stringify(event)}\n`,
      },
      PATIENCE_MS,
    ).catch((error: unknown) => String(error));
    const since = `(since ${event.at}, until one is told again)`;
    this.trouble(
      why === null ? null : `on_trouble could not tell that ${event.instance} ${event.words}: ${why} ${since}`,
    );
  }
}
