/**
 * systemd may have the kernel spare us when memory runs out (`OOMScoreAdjust=-500`), for without us nobody restarts what was
 * killed. A child inherits that; daemons shall not, or all else would be ended before them. So our own score is 0 for the
 * moment of a fork: a child has it from its first instruction on, and so have its helpers. Taking ours back needs no
 * rights: the kernel lets everybody go down to where a privileged one has put them.
 */
import fs from 'node:fs';
import { isErrno } from './errno.ts';

export class OomScore {
  /** Open as long as we live, for a fork must not fail for want of a descriptor; null where nothing spares us. */
  private own: Own | null;
  private readonly note: (words: string) => void;

  /** `note`: what does not work, in words, once. `file`: where the kernel keeps our score. */
  constructor(note: (words: string) => void, file = '/proc/self/oom_score_adj') {
    this.note = note;
    this.own = spared(file);
  }

  /** Runs what forks, so that the child is not spared. */
  lifted<T>(fork: () => T): T {
    const { own } = this;
    if (own === null) return fork();
    this.write(own, '0');
    try {
      return fork();
    } finally {
      this.write(own, own.score);
    }
  }

  private write(own: Own, score: string): void {
    if (this.own === null) return;
    try {
      fs.writeSync(own.fd, score, 0);
    } catch (error) {
      if (!isErrno(error)) throw error;
      const now = score === '0' ? 'daemons are spared like the supervisor' : 'the supervisor is no longer spared';
      this.note(`OOMScoreAdjust=${own.score}: the OOM score cannot be set (${error.code ?? ''}): from now on ${now}`);
      this.own = null;
    }
  }
}

interface Own {
  readonly fd: number;
  readonly score: string;
}

/** A score above 0 was put on a whole session (a desktop's), daemons included: only a lower one is ours alone. */
function spared(file: string): Own | null {
  try {
    const score = fs.readFileSync(file, 'utf8').trim();
    return Number(score) < 0 ? { fd: fs.openSync(file, 'r+'), score } : null;
  } catch (error) {
    if (!isErrno(error)) throw error;
    return null; // This kernel keeps no scores.
  }
}
