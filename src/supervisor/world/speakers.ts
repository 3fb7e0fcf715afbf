/**
 * The process that reports where a run stands, if that is not its main process but a worker behind it (a wrapper, an entrypoint). Nothing
 * reports its end, so it is polled while it may be in an iteration: outside of one its end cuts nothing. With none to watch no timer runs.
 */
import { unlessShort } from './errno.ts';
import { isAlive, lives, readStat } from './proc.ts';
import type { Running } from './run.ts';

const LOOK_MS = 1000;

export class Speakers {
  private readonly gone: (running: Running) => void;
  private readonly watched = new Set<Running>();
  private timer: NodeJS.Timeout | undefined;

  constructor(gone: (running: Running) => void) {
    this.gone = gone;
  }

  /** One of its processes may be at work. */
  add(running: Running): void {
    const { speakerPid, process } = running;
    if (speakerPid === null || speakerPid === process?.pid) return;
    this.watched.add(running);
    this.timer ??= setTimeout(this.look, LOOK_MS);
  }

  close(): void {
    clearTimeout(this.timer);
    this.watched.clear();
  }

  private readonly look = (): void => {
    const gone: Running[] = [];
    for (const running of this.watched) {
      if (running.speakerSeen === null) {
        if (unlessShort(() => isSeen(running)) === false) this.watched.delete(running);
      } else if (unlessShort(() => hasGone(running)) === true) gone.push(running);
      // Once seen, it is checked again only when it is at work again.
      if (running.speakerSeen !== null && !running.mayBeAtWork) this.watched.delete(running);
    }
    for (const running of gone) this.watched.delete(running);
    this.timer = this.watched.size === 0 ? undefined : setTimeout(this.look, LOOK_MS);
    for (const running of gone) this.gone(running);
  };
}

/**
 * It is known to be ours only once seen alive: in a pid namespace of its own it has told us another number. One that is gone before the
 * first look may have been a helper that only delivers the words.
 */
function isSeen(running: Running): boolean {
  const { speakerPid: pid, process, ended } = running;
  if (ended || pid === null || process === null || pid === process.pid) return false;
  const stat = readStat(pid);
  if (!isAlive(stat) || stat.session !== process.pid) return false;
  running.speakerSeen = { pid, startTime: stat.startTime };
  return true;
}

/** After the main process ends, what is left is checked anyway. */
const hasGone = ({ speakerSeen, ended }: Running): boolean => ended || (speakerSeen !== null && !lives(speakerSeen));
