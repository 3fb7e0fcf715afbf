/** A plan in words: the same before it is carried out and in `--dry-run`. */
import { listed } from '../base/listed.ts';
import type { ChangedView, PlanView } from './view.ts';

/** Nothing would change. */
export const isUnchanged = ({ added, removed, changed, list }: PlanView): boolean =>
  added.length + removed.length + changed.length + list.length === 0;

export const UNCHANGED = 'list unchanged: for new code, supervise restart';

/** One line per item: `+` for what comes, `-` for what goes, `~` for what changes; last, what stays. */
export function describePlan({ added, removed, changed, unchanged, list, starts, stops }: PlanView): readonly string[] {
  const owned = (name: string, ids: readonly string[]): readonly string[] =>
    ids.filter((id) => id === name || id.startsWith(`${name}:`));
  const whom = (ids: readonly string[]): string => listed(ids, NAMED);
  return [
    ...added.map((name) => {
      const ids = owned(name, starts);
      return `+ ${name}: ${ids.length === 0 ? 'new, and not started with the list (autostart: false)' : `new, starts ${whom(ids)}`}`;
    }),
    ...removed.map((name) => {
      const ids = owned(name, stops);
      return `- ${name}: ${ids.length === 0 ? 'goes' : `goes when its iteration is done: ${whom(ids)}`}`;
    }),
    ...changed.map(
      (change) =>
        `~ ${change.name}: ${change.keys.join(', ')}: ${effectOf(change, owned(change.name, starts), owned(change.name, stops))}`,
    ),
    ...list.map((key) => `~ ${key}: holds from now on`),
    ...(unchanged.length === 0 ? [] : [`= unchanged: ${whom(unchanged)}`]),
  ];
}

function effectOf(
  { keys, instances, again = [] }: ChangedView,
  starts: readonly string[],
  stops: readonly string[],
): string {
  const replaced = instances.filter((id) => !again.includes(id));
  const effects = [
    replaced.length === 0
      ? null
      : `${instances.length === 1 ? '' : 'one first, then the rest, '}replaced at the boundary: ${listed(replaced, NAMED)}`,
    again.length === 0 ? null : `starts again what has ended: ${listed(again, NAMED)}`,
    starts.length === 0 ? null : `starts ${listed(starts, NAMED)}`,
    stops.length === 0 ? null : `drains ${listed(stops, NAMED)}`,
  ].filter((effect) => effect !== null);
  return effects.length === 0 ? `holds from now on, nothing restarts${exceptionOf(keys)}` : effects.join('; ');
}

/** What began under the previous list ends under it. */
function exceptionOf(keys: readonly string[]): string {
  const begun = [
    keys.some((key) => key.startsWith('stop')) ? 'a stop' : null,
    keys.some((key) => key.startsWith('restart')) ? 'a gap' : null,
  ].filter((each) => each !== null);
  return begun.length === 0 ? '' : `; ${begun.join(' or ')} that has begun stays as it is`;
}

/** How many are named. */
const NAMED = 10;
