/** What a supervisor reports and does about a slot that an earlier one left alive. */
import { speaks } from './lifecycle/boundary.ts';
import type { Fact } from './lifecycle/fact.ts';
import { isLive, type Slot } from './lifecycle/state.ts';
import type { AdoptOrder } from './world/world.ts';

/** Nothing is reported if the main process has ended: only its leftovers are waited for. */
export function factsOfAdoption({ id, state }: Slot): readonly Fact[] {
  if (!isLive(state) || state.run.process === null || state.run.end !== null) return [];
  const { number: run, process } = state.run;
  const adopted: Fact = { id, type: 'adopted', run, pid: process.pid };
  const isUnsure = state.is === 'draining' && state.drain.unsure;
  return isUnsure ? [adopted, { id, type: 'signal-unsure', signal: state.drain.signal }] : [adopted];
}

/** null: it has no process. */
export function orderOfAdoption({ id, daemon: name, number, state }: Slot): AdoptOrder | null {
  if (!isLive(state) || state.run.process === null) return null;
  const { process, end, talk, number: run } = state.run;
  return {
    ...{ id, run, name, number, process, speakerPid: talk.speaker },
    isBelieved: speaks(talk) && !talk.lost,
    isSignalled: 'drain' in state,
    hasEnded: end !== null,
  };
}
