/** What a foreground `start` prints: its own messages, the daemons' lines too on a terminal, and the progress of the stop. */
import { counted } from '../base/counted.ts';
import { cleanText } from '../base/clean.ts';
import { describeAwaited } from '../control/describe-state.ts';
import { describeDeed } from '../control/describe.ts';
import type { DeedView, EventView, InstanceView } from '../control/view.ts';
import type { Supervisor } from '../supervisor/supervisor.ts';
import { colourOfName, type Role } from './print/colour.ts';
import type { Terminal } from './print/terminal.ts';
import { waitTeller } from './print/wait-teller.ts';

const REDRAW_MS = 1_000;

export interface Foreground {
  /** Says once more what is left, and that nothing is cut. */
  repeat(): void;
  /** The last lines: the result of the stop. null: no stop was requested, so there is nothing to count. */
  end(deed: DeedView | null): void;
}

/**
 * `canAsk`: there is someone who can ask a second time and is told what that does. `isShown`: the lines of this instance are not on the
 * screen anyway.
 */
export function foreground(
  supervisor: Supervisor,
  terminal: Terminal,
  canAsk: boolean,
  isShown: (id: string) => boolean,
): Foreground {
  const closing = new AbortController();
  const printEvent = (event: EventView): void => {
    terminal.say(eventLine(event, terminal), event.level, event);
    if (event.type === 'stopping') showWhoIsLeft();
  };
  void supervisor.events(
    { since: 0, follow: true },
    (item) => {
      if ('seq' in item) printEvent(item);
    },
    closing.signal,
  );
  if (terminal.isTerminal) showLines(supervisor, terminal, isShown, closing.signal);

  let timer: NodeJS.Timeout | undefined;
  const teller = waitTeller(terminal, (words) => {
    terminal.say(words);
  });
  const show = (): void => {
    const instances = supervisor.living();
    if (instances.length === 0 || closing.signal.aborted) return;
    teller.tell(waitWords(instances, canAsk), instances.map(({ id }) => id).join(' '));
  };

  /** From now on, and not before the stop has reached the daemons. */
  const showWhoIsLeft = (): void => {
    if (timer !== undefined) return;
    timer = setInterval(show, REDRAW_MS);
    setImmediate(show);
  };

  return {
    repeat() {
      teller.forget();
      terminal.say(`still stopping. ${waitWords(supervisor.living(), canAsk)}`);
    },
    end(deed) {
      closing.abort();
      clearInterval(timer);
      if (deed === null) return;
      // The journal already has a record of each such end, in the same words.
      for (const { id, exit } of terminal.isJournal ? [] : deed.ends)
        if (exit.cut === 'yes')
          terminal.say(terminal.colour('bad', `${id}: ${exit.words}. An iteration was cut`), 'error');
      terminal.say(describeDeed(deed));
    },
  };
}

function waitWords(instances: readonly InstanceView[], canAsk: boolean): string {
  const waits = describeAwaited(instances, Date.now());
  if (instances.every(({ state }) => state === 'killing')) return waits;
  return `${waits}. ${canAsk ? 'Ctrl-C again cuts them' : '`supervise stop --now` cuts them'}`;
}

const ROLES: Readonly<Record<EventView['level'], Role | null>> = { info: null, warning: 'warning', error: 'bad' };

function eventLine(event: EventView, terminal: Terminal): string {
  const { at, id, level, words } = event;
  const role = ROLES[level];
  const text = cleanText(words);
  // The journal has its own timestamps.
  const time = terminal.isJournal ? '' : `${terminal.colour('faint', terminal.isTerminal ? at.slice(11, 19) : at)} `;
  const who = id ?? 'supervise';
  return `${time}${terminal.colour('strong', who)} ${role === null ? text : terminal.colour(role, text)}`;
}

function showLines(
  supervisor: Supervisor,
  terminal: Terminal,
  isShown: (id: string) => boolean,
  end: AbortSignal,
): void {
  void supervisor.logs(
    { names: [], lines: 0, follow: true, since: null, stream: null, grep: null },
    (item) => {
      if ('dropped' in item)
        terminal.tell(
          `supervise: ${counted(item.dropped, 'line was', 'lines were')} left out here; the logs have them`,
        );
      else if (isShown(item.id))
        terminal.say(`${colourOfName(item.id, `${item.id} |`, terminal.colours)} ${cleanText(item.text)}`);
    },
    end,
    () => terminal.room() ?? Promise.resolve(),
  );
}
