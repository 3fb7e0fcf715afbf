/** What is reported and done about what an earlier supervisor left. */
import type { Adoption, Survey } from '../supervisor/adoption.ts';
import type { Journal } from '../supervisor/journal.ts';
import type { Logs } from '../supervisor/outputs.ts';
import { managerOf } from '../systemd/environment.ts';
import type { Told } from './guard.ts';

export function tellOfPast({ adoption, unseenEnds, endedByReboot, escaped }: Survey, journal: Journal): void {
  if (adoption?.isAlive === true) {
    const words = adoption.hasDied
      ? 'the supervisor before this one died; what it had started is adopted. What it had read of them and not yet written is lost: at most one read of each stream, and with log: stdout what waited for its reader; and of one that has ended meanwhile what waited in its pipes'
      : 'goes on with what the supervisor before this one has handed on';
    journal.add({ id: null, type: 'adopted', level: adoption.hasDied ? 'warning' : 'info', words });
    for (const { id, pid } of adoption.processes.filter(({ isHidden }) => isHidden))
      journal.add({
        id,
        type: 'hidden',
        level: 'warning',
        words: `pid ${pid} lives, and /proc does not show it to us (hidepid): that it is the daemon is taken from its pid alone. See who it is, as root: ps -p ${pid}`,
      });
  }
  for (const { id, words } of unseenEnds) journal.add({ id, type: 'ended', level: 'warning', words });
  if (endedByReboot > 0)
    journal.add({
      id: null,
      type: 'reboot',
      level: 'warning',
      words: `the machine was restarted while ${endedByReboot} of the list ran: whether their iterations were cut is not known`,
    });
  for (const { id, process } of escaped)
    journal.add({
      id,
      type: 'escaped',
      level: 'warning',
      words: `pid ${process.pid} (${process.command}) was started by a run that has ended, and lives on; supervise leaves it alone`,
    });
}

/** In the logs, at the place where output may be missing. */
export function tellOfUnread({ unread }: Survey, logs: Pick<Logs, 'tell'>): void {
  for (const { id, run, pid } of unread)
    logs.tell(
      id,
      `${id} (run ${run}, pid ${pid}) ended while no supervisor lived: what it printed last, up to 64 KiB of each stream, may be missing here`,
    );
}

/** A guard or systemd that starts us again, or a predecessor in our place, repeats what a person once asked for. */
export const isAskedForNow = ({ isGuarded, lock }: Told, adoption: Adoption | null): boolean =>
  adoption?.hasDied !== false && (isGuarded ? lock !== null : managerOf(process.env, process.pid) === null);

/** The previous supervisor was asked to stop the list, and nobody has asked for a start since. */
export const goesOnStopping = (told: Told, adoption: Adoption | null): boolean =>
  adoption?.wasStopping === true && !isAskedForNow(told, adoption);
