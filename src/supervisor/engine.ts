/** Mailbox, clock, step, perform, one alarm: where the pure lifecycle meets the world. */
import type { Effect } from './lifecycle/effect.ts';
import type { Event } from './lifecycle/event.ts';
import type { Fact } from './lifecycle/fact.ts';
import { step } from './lifecycle/fleet.ts';
import { nextDeadline } from './lifecycle/gates.ts';
import type { Fleet } from './lifecycle/roster.ts';
import { perform } from './perform.ts';
import type { World } from './world/world.ts';

export interface EngineObserver {
  /** Something happened. Told inside a step: it must not post events. */
  record(fact: Fact): void;
  /** A stop signal is about to be sent to the processes of these slots: what must survive our death is written now. */
  signalling(fleet: Fleet, ids: ReadonlySet<string>): void;
  /** All waiting events are done; the fleet is at rest until the next one. */
  settled(fleet: Fleet): void;
  /** The list has stopped, and the last process is gone. */
  finished(): void;
}

export class Engine {
  private present: Fleet;
  private readonly world: World;
  private readonly observer: EngineObserver;
  private readonly mailbox: Event[] = [];
  private turning = false;

  constructor(fleet: Fleet, world: World, observer: EngineObserver) {
    this.present = fleet;
    this.world = world;
    this.observer = observer;
  }

  get fleet(): Fleet {
    return this.present;
  }

  /** An event posted while others are carried out queues behind them. */
  post(event: Event): void {
    this.mailbox.push(event);
    if (!this.turning) this.turn();
  }

  private turn(): void {
    const { world, observer, mailbox } = this;
    this.turning = true;
    const chance = (): number => world.clock.chance();
    let finished = false;
    try {
      for (let event = mailbox.shift(); event !== undefined; event = mailbox.shift()) {
        const { fleet, effects } = step(this.present, event, world.clock.now(), chance);
        this.present = fleet;
        const told = toldToStop(effects);
        if (told.size > 0) observer.signalling(fleet, told);
        for (const effect of effects) {
          if (effect.do === 'record') observer.record(effect.fact);
          else if (effect.do === 'finish') finished = true;
          else perform(effect, world);
        }
      }
    } finally {
      this.turning = false;
    }
    world.clock.wakeAt(nextDeadline(this.present), () => {
      this.post({ is: 'tick' });
    });
    observer.settled(this.present);
    if (finished) observer.finished();
  }
}

/** The instances whose main process is about to get its stop signal. Not those with only leftovers: these have no iteration. */
function toldToStop(effects: readonly Effect[]): ReadonlySet<string> {
  return new Set(effects.flatMap((effect) => (effect.do === 'signal' && effect.to !== 'left' ? [effect.id] : [])));
}
