import { existsSync } from 'node:fs';
import path from 'node:path';
import { nearest } from '../base/suggest.ts';
import { quoted } from './problem.ts';
import { namesIn } from './programs.ts';
import type { Court } from './rules.ts';

/** They may appear later; but a mistyped one never does. */
export function watchedPathsAreThere({ list, report }: Court): void {
  for (const { spec, written, at } of list.daemons) {
    if (spec.watch === null) continue;
    const place = written.watch?.at ?? at;
    // If one was written but refused, that has been reported already.
    if (spec.watch.paths.length === 0 && report.count === 0)
      report.problem(place, `watch of daemon ${spec.name} has no path`, 'write watch: [src], or remove the key');
    for (const watched of spec.watch.paths) {
      if (existsSync(watched)) continue;
      const meant = nearest(path.basename(watched), namesIn(path.dirname(watched)));
      const hint = meant === undefined ? undefined : `did you mean ${quoted(path.join(path.dirname(watched), meant))}?`;
      report.warning(place, `daemon ${spec.name} watches ${quoted(watched)}, which does not exist yet`, hint);
    }
  }
}

/** A daemon that writes into what it watches would be restarted for its own lines, so these are left out; but was that intended? */
export function logsAreNotWatched({ list, report }: Court): void {
  for (const { spec, written, at } of list.daemons) {
    for (const watched of spec.watch?.paths ?? []) {
      const inside = list.daemons.find(
        ({ spec: { log } }) => log.to !== 'stdout' && `${log.file}/`.startsWith(watched === '/' ? '/' : `${watched}/`),
      );
      if (inside === undefined) continue;
      const what = `daemon ${spec.name} watches ${quoted(watched)}, and the log of ${inside.spec.name} is in it: changes of that log are left out`;
      report.warning(
        written.watch?.at ?? at,
        what,
        'a log with a bare name (log: { file: NAME.log }) is kept in the logs folder instead',
      );
    }
  }
}
