/** The result of a deed -> one sentence for the foot of the screen. */
import { listed } from '../base/listed.ts';
import { describeDeed } from '../control/describe.ts';
import { leftWords } from '../control/seen.ts';
import type { DeedView, PlanView, ReloadView } from '../control/view.ts';
import { labelOf } from './keys.ts';

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

/** The worst comes first: what is left, what does not come up, what was cut although nobody asked for that. */
export function toldOf(deed: DeedKind, view: DeedView): Told {
  const bad = troubleOf(view);
  if (bad !== null) return { level: 'bad', words: bad };
  const { left = [] } = view;
  const others = left.length === 0 ? '' : `; left alone: ${leftWords(left)}`;
  return {
    level: left.length > 0 ? 'bad' : levelOf(deed, view),
    words: `${DONE[deed]} ${listed(view.instances, 3)}${countsOf(view)}${others}`,
  };
}

/** The same for a replaced list: what was started, restarted, stopped, and what applies from now on. */
export function toldOfReload(view: ReloadView): Told {
  const { plan } = view;
  const bad = troubleOf(view);
  if (bad !== null) return { level: 'bad', words: `reloaded, but ${bad}` };
  const restarted = plan.changed.flatMap(({ restarts, instances }) => (restarts ? instances : []));
  const moved = [...plan.starts, ...plan.stops];
  // If its instances come or go, that is told already.
  const isMoved = (name: string): boolean => moved.some((id) => id === name || id.startsWith(`${name}:`));
  const kept = [...plan.changed.flatMap(({ restarts, name }) => (restarts || isMoved(name) ? [] : name)), ...plan.list];
  const parts = [
    plan.starts.length === 0 ? null : `started ${listed(plan.starts, 3)}`,
    restarted.length === 0 ? null : `restarted ${listed(restarted, 3)}`,
    plan.stops.length === 0 ? null : `stopped ${listed(plan.stops, 3)}`,
    kept.length === 0 ? null : `holds from now on: ${listed(kept, 3)}`,
    warningWords(plan),
  ].filter((part) => part !== null);
  const words = parts.length === 0 ? '' : `: ${parts.join('; ')}`;
  return { level: levelOf('reload', view), words: `reloaded${words}${countsOf(view)}` };
}

function troubleOf(view: DeedView): string | null {
  const [problem] = view.problems;
  if (problem !== undefined) return problem;
  const [down] = view.not_up;
  if (down === undefined) return null;
  const more = view.not_up.length > 1 ? ` (and ${view.not_up.length - 1} more)` : '';
  const left = view.untouched.length;
  const others = left === 0 ? more : `; the other ${left} ${left === 1 ? 'was' : 'were'} not touched`;
  return `${down.id} does not come up: ${down.state}, ${down.words}${others}`;
}

const levelOf = (deed: DeedKind | 'reload', { cut }: DeedView): Told['level'] =>
  cut > 0 && deed !== 'cut' ? 'bad' : 'info';

const countsOf = (view: DeedView): string => (view.ends.length === 0 ? '' : `: ${describeDeed(view)}`);

function warningWords({ warnings = [] }: PlanView): string | null {
  if (warnings.length === 0) return null;
  return `${warnings.length} ${warnings.length === 1 ? 'warning' : 'warnings'} (${labelOf('list', 'plan')})`;
}
