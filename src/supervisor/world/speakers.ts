/**
 * Who says where a run stands, where that is not its main process but a worker behind it (a wrapper, an entrypoint). Of its end nobody
 * tells us, so it is looked at while it may be in an iteration: outside of one its end cuts nothing. Where nobody is, no timer runs.
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

  /** Somebody of it may be at work. */
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
      // Once it was seen it is looked at again when it is at work again.
      if (running.speakerSeen !== null && !running.mayBeAtWork) this.watched.delete(running);
    }
    for (const running of gone) this.watched.delete(running);
    this.timer = this.watched.size === 0 ? undefined : setTimeout(this.look, LOOK_MS);
    for (const running of gone) this.gone(running);
  };
}

/**
 * It is known to be one of ours only where it is seen to live: in a pid namespace of its own it has told us another number. One that
 * has gone before the first look was perhaps a helper that only brings the words.
 */
function isSeen(running: Running): boolean {
  const { speakerPid: pid, process, ended } = running;
  if (ended || pid === null || process === null || pid === process.pid) return false;
  const stat = readStat(pid);
  if (!isAlive(stat) || stat.session !== process.pid) return false;
  running.speakerSeen = { pid, startTime: stat.startTime };
  return true;
}

/** After the end of the main process who is left is looked at anyway. */
const hasGone = ({ speakerSeen, ended }: Running): boolean => ended || (speakerSeen !== null && !lives(speakerSeen));
