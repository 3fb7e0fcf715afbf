/**
 * Everything outside: the clock and the processes of the slots. `linux.ts` is the real one, tests bring their own. What happens out there
 * comes back as events, through the `post` that the world was given.
 */
import type { Event } from '../lifecycle/event.ts';
import type { ProcessId } from '../lifecycle/state.ts';

export interface World {
  readonly clock: Clock;
  /** Starts a process. Answered by `spawned` or `spawn-failed`, later by `ended`. */
  spawn(order: RunOrder): void;
  /** Sends a signal after reading what the daemon said before it. A process that has just ended is no error. */
  signal(order: RunOrder & { readonly signal: string; readonly to: 'main' | 'group' | 'left' }): void;
  /** SIGKILL to every process of the run's session. */
  kill(order: RunOrder): void;
  /** Looks for living processes of the run's session. Answered by `looked`. */
  look(order: RunOrder): void;
  /** Asks whether a resource is up. Answered by `probed`. */
  probe(order: { readonly name: string; readonly probe: number }): void;
}

/** The real world: it can resume what an earlier supervisor started. */
export interface AdoptingWorld extends World {
  /** Reads on where that one stopped, and reports the end. If the process has already ended, that is reported later. */
  adopt(order: AdoptOrder): void;
  /** Their words are about to be handed over or judged: first reports those that have exec'd another program since they spoke. */
  doubtSpeakers(): void;
}

export interface AdoptOrder extends RunOrder {
  readonly name: string;
  readonly number: number;
  readonly process: ProcessId;
  /** The process that last introduced itself as the speaker; null: none has. */
  readonly speakerPid: number | null;
  /** What it has said about its loop is believed. */
  readonly isBelieved: boolean;
  /** It was sent its stop signal. */
  readonly isSignalled: boolean;
  /** Its main process has ended, and only what outlives it is waited for. */
  readonly hasEnded: boolean;
}

export interface RunOrder {
  readonly id: string;
  readonly run: number;
}

export type Post = (event: Event) => void;

export interface Clock {
  /** Milliseconds of the machine's monotonic clock, which is the same for every process until a reboot. */
  now(): number;
  wall(): Date;
  /** Uniform in 0..1. */
  chance(): number;
  /** Keeps one alarm: the latest order replaces the one before. null: none. */
  wakeAt(at: number | null, wake: () => void): void;
}
