/**
 * systemd may have the kernel spare us when memory runs out (`OOMScoreAdjust=-500`), for without us nobody restarts what was
 * killed. A child inherits that; daemons shall not, or all else would be ended before them. So our own score is 0 for the
 * moment of a fork: a child has it from its first instruction on, and so have its helpers. Taking ours back needs no
 * rights: the kernel lets everybody go down to where a privileged one has put them.
 */
import fs from 'node:fs';
import { isErrno } from './errno.ts';

/** Our own score, as the kernel keeps it. */
export interface KernelScore {
  readonly score: number;
  /** Throws where the kernel does not allow it. */
  set(score: number): void;
}

export class OomScore {
  private own: KernelScore | null;
  private readonly note: (words: string) => void;

  /** `own`: null where nothing spares us. `note`: what does not work, in words, once. */
  constructor(own: KernelScore | null, note: (words: string) => void) {
    this.own = own;
    this.note = note;
  }

  /** Runs what forks, so that the child is not spared. */
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

/** null: nothing spares us. A score above 0 was put on a whole session (a desktop's), daemons included: only a lower one is ours. */
export function ownScore(): KernelScore | null {
  try {
    const score = Number(fs.readFileSync(FILE, 'utf8'));
    if (score >= 0) return null;
    // Open as long as we live: a fork must not fail for want of a descriptor.
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
