/** Tells the list's program of trouble (`supervisor.on_trouble`): one event at a time, each in bounded time, and not too many. */
import { counted } from '../base/counted.ts';
import { inTime } from '../base/in-time.ts';
import type { Fact } from './lifecycle/fact.ts';
import { runShort, type ShortCommand } from './world/short-command.ts';

/** Passed to the program on stdin, as JSON. */
export interface TroubleEvent {
  readonly type: 'failed' | 'looping' | 'stuck' | 'cut' | 'healthy';
  readonly at: string;
  /** The id of the list. */
  readonly list: string;
  readonly instance: string;
  readonly words: string;
  /** Earlier events that were dropped because the program was too slow. */
  readonly dropped: number;
}

const PATIENCE_MS = 30_000;
/** For everything still waiting at the end of the list: whoever asked for the end is waiting for us. */
const LAST_PATIENCE_MS = 5_000;
/** How many may wait; further ones are counted. */
const MOST_WAITING = 20;

/** The kind of trouble, or of its end; null: it is neither. */
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
  /** The program in the list now; null: nobody wants to be told. */
  readonly argv: () => ShortCommand['argv'] | null;
}

/** What is still to be told: a successor does so. */
export interface Untold {
  readonly waiting: readonly Omit<TroubleEvent, 'dropped'>[];
  readonly dropped: number;
}

export interface Teller {
  /** Takes each fact and tells those that are trouble. */
  readonly hear: (fact: Fact, words: string) => void;
  /** The list has ended: waits briefly for what is still to be told. Returns how many were not. */
  readonly end: () => Promise<number>;
  /** Without the one being told: its program continues when we have been replaced. */
  readonly untold: () => Untold;
  /** What the previous supervisor left to be told. */
  readonly goOn: (untold: Untold) => void;
}

/** `trouble`: the program fails, in words, or (null) works. */
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
  /** Resolves when everything is told; null: nothing is being told. */
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

  /** The one being told at that moment counts as untold too, and is ended with us. */
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
    // A reload has removed it.
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
