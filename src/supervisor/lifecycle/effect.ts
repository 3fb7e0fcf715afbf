import type { Fact } from './fact.ts';

/** Every act that can be asked for. An act that fails comes back as an event. */
export type Effect =
  | { readonly do: 'spawn'; readonly id: string; readonly run: number }
  /** `main`: the main process alone. `group`: its process group. `left`: the leftovers that were last seen. */
  | {
      readonly do: 'signal';
      readonly id: string;
      readonly run: number;
      readonly signal: string;
      readonly to: 'main' | 'group' | 'left';
    }
  /** SIGKILL to every process of the run's session. */
  | { readonly do: 'kill'; readonly id: string; readonly run: number }
  /** Who of the session still lives? Answered by `looked`. */
  | { readonly do: 'look'; readonly id: string; readonly run: number }
  /** Is this resource up? Answered by `probed`. */
  | { readonly do: 'probe'; readonly name: string; readonly probe: number }
  | { readonly do: 'record'; readonly fact: Fact }
  /** The list is stopping and the last process has gone. */
  | { readonly do: 'finish' };
