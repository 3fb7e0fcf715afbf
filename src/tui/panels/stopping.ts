/** While the list stops: what is left, for how long, what comes next, and what a Ctrl-C does here. */
import { span as duration } from '../../control/describe.ts';
import type { InstanceView } from '../../control/view.ts';
import { cellText, measure, span } from '../cells.ts';
import { factsAt, type Model } from '../model.ts';
import type { Line } from '../screen.ts';
import { isShort } from '../sizes.ts';

/** One row if there is little room, else with the names and what can be done. */
export function stoppingLines(model: Model, width: number): readonly Line[] {
  const { instances, size } = model;
  const left = instances.filter(isLeft);
  const facts = span(factsLine(instances, factsAt(model), width), 'warning');
  if (isShort(size) || left.length === 0) return [[facts]];
  const hint = HINTS.find((each) => measure(each) <= width) ?? '';
  return [[facts], [span(namesLine(left, width), 'warning')], [span(hint, 'faint')]];
}

/** The longest that fits. */
const HINTS = [
  ' Ctrl-C leaves this screen and they drain on. What cuts them: supervise stop --now, or Ctrl-C once more where it runs',
  ' Ctrl-C leaves this screen and they drain on; supervise stop --now cuts them',
  ' Ctrl-C leaves, they drain on',
];

const isLeft = ({ state }: InstanceView): boolean =>
  state === 'draining' || state === 'killing' || state === 'running' || state === 'starting';

/** As many facts as fit, the most pressing first: `stopping for 21s: 3 draining, longest grace 39s`. */
function factsLine(instances: readonly InstanceView[], now: number, width: number): string {
  const leaving = instances.filter(({ state }) => state === 'draining' || state === 'killing');
  const toCome = instances.filter(({ state }) => state === 'running' || state === 'starting').length;
  const ends = leaving.flatMap(({ kill_at: at }) => (at === null ? [] : [Date.parse(at)]));
  const unlimited = leaving.filter(({ kill_at: at, state }) => at === null && state === 'draining').length;
  const since = leaving.reduce((oldest, { since: at }) => Math.min(oldest, Date.parse(at)), now);
  const facts = [
    leaving.length === 0 ? null : `${leaving.length} draining`,
    ends.length === 0 ? null : `longest grace ${duration(Math.max(...ends) - now)}`,
    unlimited === 0 ? null : `${unlimited} without limit`,
    toCome === 0 ? null : `${toCome} still to drain`,
    leaving.length === 0 ? null : `${duration(now - since)} so far`,
    leaving.length + toCome === 0 ? null : 'then the supervisor ends',
  ].filter((part) => part !== null);
  const [first = 'all have ended', ...others] = facts;
  return others.reduce(
    (so, fact) => (measure(`${so}, ${fact}`) <= width ? `${so}, ${fact}` : so),
    ` stopping: ${first}`,
  );
}

/** As many names as fit, starting with those likely to take longest. */
function namesLine(left: readonly InstanceView[], width: number): string {
  const names = left
    .toSorted((a, b) => (endOf(a) < endOf(b) ? 1 : endOf(a) > endOf(b) ? -1 : 0))
    .map(({ id }) => cellText(id));
  const more = (shown: number): string => (shown === names.length ? '' : ` and ${names.length - shown} more`);
  let line = ` ${names.length} left`;
  for (let shown = 1; shown <= names.length; shown += 1) {
    const words = ` left: ${names.slice(0, shown).join(', ')}${more(shown)}`;
    if (measure(words) > width) break;
    line = words;
  }
  return line;
}

/** The latest time at which it will have ended. */
function endOf({ state, kill_at: at, since }: InstanceView): number {
  if (at !== null) return Date.parse(at);
  return state === 'killing' ? Date.parse(since) : Infinity;
}
