/** What a deed came to -> one sentence for the foot of the screen. */
import { listed } from '../base/listed.ts';
import { describeDeed } from '../control/describe.ts';
import type { DeedView } from '../control/view.ts';

export type DeedKind = 'start' | 'stop' | 'restart' | 'cut';

export interface Told {
  readonly level: 'info' | 'bad';
  readonly words: string;
}

const DONE: Readonly<Record<DeedKind, string>> = {
  start: 'started',
  stop: 'stopped',
  restart: 'restarted',
  cut: 'killed',
};

/** The worst comes first: what is left of it, who does not come up, what was cut though nobody had asked for that. */
export function toldOf(deed: DeedKind, view: DeedView): Told {
  const [problem] = view.problems;
  if (problem !== undefined) return { level: 'bad', words: problem };
  const [down] = view.not_up;
  if (down !== undefined) {
    const more = view.not_up.length > 1 ? ` (and ${view.not_up.length - 1} more)` : '';
    const left = view.untouched.length;
    const others = left === 0 ? more : `; the other ${left} ${left === 1 ? 'was' : 'were'} not touched`;
    return { level: 'bad', words: `${down.id} does not come up: ${down.state}, ${down.words}${others}` };
  }
  const counts = view.ends.length === 0 ? '' : `: ${describeDeed(view)}`;
  const words = `${DONE[deed]} ${listed(view.instances, 3)}${counts}`;
  return { level: view.cut > 0 && deed !== 'cut' ? 'bad' : 'info', words };
}
