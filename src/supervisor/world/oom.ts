/**
 * systemd may tell the kernel to spare us when memory runs out (`OOMScoreAdjust=-500`), since without us nothing restarts what was killed.
 * A child inherits that; daemons must not, or everything else would be killed before them. So our own score is 0 for the moment of a fork:
 * a child and its helpers have it from their first instruction on. Restoring ours needs no rights: the kernel lets anyone go back down to
 * where a privileged process put them.
 */
import fs from 'node:fs';
import { isErrno } from './errno.ts';

/** Our own score, as the kernel keeps it. */
export interface KernelScore {
  readonly score: number;
  /** Throws if the kernel does not allow it. */
  set(score: number): void;
}

export class OomScore {
  private own: KernelScore | null;
  private readonly note: (words: string) => void;

  /** `own`: null if nothing spares us. `note`: what does not work, in words, once. */
  constructor(own: KernelScore | null, note: (words: string) => void) {
    this.own = own;
    this.note = note;
  }

  /** Runs something that forks so that the child is not spared. */
  lifted<T>(fork: () => T): T {
    const { own } = this;
    if (own === null) return fork();
    this.set(own, 0);
    try {
      return fork();
    } finally {
      this.set(own, own.score);
    }
  }

  private set(own: KernelScore, score: number): void {
    if (this.own === null) return;
    try {
      own.set(score);
    } catch (error) {
      if (!isErrno(error)) throw error;
      const now = score === 0 ? 'daemons are spared like the supervisor' : 'the supervisor is no longer spared';
      this.note(`OOMScoreAdjust=${own.score}: the score cannot be set (${error.code ?? ''}): from now on ${now}`);
      this.own = null;
    }
  }
}

/** null: nothing spares us. A score above 0 was set for a whole session (a desktop's), daemons included: only a lower one is ours. */
export function ownScore(): KernelScore | null {
  try {
    const score = Number(fs.readFileSync(FILE, 'utf8'));
    if (score >= 0) return null;
    // Kept open as long as we live: a fork must not fail for lack of a descriptor.
    const fd = fs.openSync(FILE, 'r+');
    return {
      score,
      set: (wanted) => {
        fs.writeSync(fd, String(wanted), 0);
      },
    };
  } catch (error) {
    if (!isErrno(error)) throw error;
    return null; // This kernel keeps no scores.
  }
}

const FILE = '/proc/self/oom_score_adj';
