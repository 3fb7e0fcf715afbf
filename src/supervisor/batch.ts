/** Merges many changes into one report: told when nothing more has changed for a while, and at growing gaps if they never end. */
export interface BatchNews {
  /** One of the changed files, and how many others. */
  readonly told: (file: string, more: number) => void;
  /** Changes follow each other so closely that from now on they are held back. */
  readonly storm: (file: string) => void;
}

/** When changes come so close together that one may cause the next: a daemon that writes into what it watches. */
export interface Suspicion {
  /** A change this soon after a report is suspicious. */
  readonly soonMs: number;
  /** This many in a row are still taken for someone who saves again and again. */
  readonly believed: number;
}

export const SUSPICION: Suspicion = { soonMs: 5_000, believed: 8 };
const FIRST_GAP_MS = 1_000;
const LONGEST_GAP_MS = 60_000;
/** Changes that never stop are reported all the same. */
const LONGEST_WAIT_MS = 30_000;
/** Enough for the words "and 9999 more". */
const MOST_COUNTED = 10_000;

interface Open {
  readonly since: number;
  /** File -> the watched path it is in. */
  readonly files: Map<string, string>;
  last: number;
}

export class Batch {
  private readonly debounceMs: number;
  private readonly isThere: (root: string) => boolean;
  private readonly news: BatchNews;
  private readonly suspicion: Suspicion;
  private open: Open | null = null;
  private held = false;
  private toldAt = -Infinity;
  /** How often in a row changes came soon after a report. */
  private row = 0;
  private timer: NodeJS.Timeout | undefined;

  /** `isThere`: whether a watched path exists. One that has gone entirely is no change yet: its return is. */
  constructor(debounceMs: number, isThere: (root: string) => boolean, news: BatchNews, suspicion = SUSPICION) {
    this.debounceMs = debounceMs;
    this.isThere = isThere;
    this.news = news;
    this.suspicion = suspicion;
  }

  /** `root` is the watched path that the file is in. */
  add(file: string, root: string): void {
    const now = performance.now();
    if (this.open === null) this.begin(file, now);
    const open = (this.open ??= { since: now, files: new Map(), last: now });
    open.last = now;
    if (open.files.size < MOST_COUNTED) open.files.set(file, root);
    this.timer ??= this.wake();
  }

  /** While held, more changes may come to light: they are waited for, though not for ever. */
  hold(isHeld: boolean): void {
    this.held = isHeld;
    clearTimeout(this.timer);
    this.timer = this.wake();
  }

  close(): void {
    clearTimeout(this.timer);
    this.open = null;
    this.held = true;
  }

  private begin(file: string, now: number): void {
    this.row = now - this.toldAt <= this.suspicion.soonMs ? this.row + 1 : 0;
    if (this.row === this.suspicion.believed) this.news.storm(file);
  }

  private get dueAt(): number {
    if (this.open === null) return Infinity;
    const quietAt = this.held ? Infinity : this.open.last + this.debounceMs;
    const latest = this.open.since + Math.max(LONGEST_WAIT_MS, 10 * this.debounceMs);
    const { believed } = this.suspicion;
    const gap = this.row < believed ? 0 : Math.min(LONGEST_GAP_MS, FIRST_GAP_MS * 2 ** (this.row - believed));
    return Math.max(Math.min(quietAt, latest), this.toldAt + gap);
  }

  private wake(): NodeJS.Timeout | undefined {
    const inMs = this.dueAt - performance.now();
    if (inMs === Infinity) return undefined;
    return setTimeout(
      () => {
        this.timer = undefined;
        this.look();
      },
      Math.max(0, Math.ceil(inMs)),
    );
  }

  private look(): void {
    if (this.dueAt > performance.now()) {
      this.timer = this.wake();
      return;
    }
    const files = this.open === null ? [] : [...this.open.files];
    this.open = null;
    const changed = files.filter(([, root]) => this.isThere(root)).map(([file]) => file);
    const [first] = changed;
    if (first === undefined) return;
    this.toldAt = performance.now();
    this.news.told(first, changed.length - 1);
  }
}
