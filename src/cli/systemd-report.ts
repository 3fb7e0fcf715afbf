/** Connects a running list with the systemd that started us, if one did. */
import { headline, isWorthWaiting } from '../supervisor/headline.ts';
import type { Journal } from '../supervisor/journal.ts';
import type { RunningList } from '../supervisor/running-list.ts';
import { monotonicMs } from '../supervisor/world/clock.ts';
import { managerOf } from '../systemd/environment.ts';

export interface SystemdReport {
  /** Resolves when systemd has the last word, or does not take it. */
  close(): Promise<void>;
}

/** Tells systemd that we are ready, and from now on how things are. null: nobody wants to know, so nothing is loaded or armed. */
export async function reportToSystemd(running: RunningList, journal: Journal): Promise<SystemdReport | null> {
  const manager = managerOf(process.env, process.pid);
  if (manager === null) return null;
  const [{ openNotifier }, { Report }] = await Promise.all([
    import('../systemd/notifier.ts'),
    import('../systemd/report.ts'),
  ]);
  const notifier = await openNotifier(manager.socket, {
    note: (words) => {
      journal.add({ id: null, type: 'systemd', level: 'info', words });
    },
    trouble: (words) => {
      running.trouble('systemd', words);
    },
  });
  const service = {
    words: () => headline(running.fleet, running.problems.length),
    get isStopping() {
      return running.end.isAsked;
    },
    isWorthWaiting: () => isWorthWaiting(running.fleet, monotonicMs()),
    turn: () => running.turn(),
  };
  const report = new Report(manager, service, (fields) => {
    notifier.send(fields);
  });
  report.ready();
  const unlisten = running.listen(() => {
    report.changed();
  });
  // A stop may have been requested while this was loaded.
  if (running.end.isAsked) report.changed();
  return {
    async close() {
      unlisten();
      report.close();
      await notifier.close();
    },
  };
}
