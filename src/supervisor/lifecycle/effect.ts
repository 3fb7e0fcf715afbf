import type { Fact } from './fact.ts';

/** Every act that a step can ask for. A failed act comes back as an event. */
export type Effect =
  | { readonly do: 'spawn'; readonly id: string; readonly run: number }
  /** `main`: the main process alone. `group`: its process group. `left`: the leftovers last seen. */
  | {
      readonly do: 'signal';
      readonly id: string;
      readonly run: number;
      readonly signal: string;
      readonly to: 'main' | 'group' | 'left';
    }
  /** SIGKILL to every process of the run's session. */
  | { readonly do: 'kill'; readonly id: string; readonly run: number }
  /** Which processes of the session are still alive? Answered by `looked`. */
  | { readonly do: 'look'; readonly id: string; readonly run: number }
  /** Is this resource up? Answered by `probed`. */
  | { readonly do: 'probe'; readonly name: string; readonly probe: number }
  | { readonly do: 'record'; readonly fact: Fact }
  /** The list is stopping and the last process is gone. */
  | { readonly do: 'finish' };
