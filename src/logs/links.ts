import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readlinkSync,
  statfsSync,
  type Stats,
} from 'node:fs';
import { codeOf } from '../base/error-words.ts';
import { refusal } from './disk.ts';

/** How a file is opened, or made if missing. */
export interface Opening {
  readonly flags: number;
  readonly mode?: number;
  /** Missing folders on the way are made. */
  readonly makeFolders?: boolean;
}

/** A link, and the user who made it. */
interface Lead {
  readonly path: string;
  readonly maker: number;
}

/** A name on the way; or a link that led here, whose target must belong to its maker. */
type Step = string | Lead;

/** Linux has it on every machine that Node is built for, but Node does not name it. */
const O_PATH = 0o10000000;
const { O_CREAT, O_DIRECTORY, O_NOFOLLOW } = constants;
const LINKS_MAX = 40;
const PROC_SUPER_MAGIC = 0x9fa0;

/**
 * Opens a file by a path on which others may have planted links, without being led to a place where they may not write themselves. Such a
 * link is followed if root or our own user made it, or if its target belongs to its maker; otherwise this fails with words. Each folder on
 * the way is held open while the next name is looked up in it, so that nothing can be exchanged meanwhile.
 */
export function openWithoutDetour(file: string, opening: Opening): number {
  const way = new Way(file, opening.makeFolders === true);
  try {
    for (;;) {
      way.goOn(1);
      const fd = way.open(opening);
      if (fd !== null) return fd;
    }
  } finally {
    way.close();
  }
}

/** Acts in a folder through this path, which remains the same folder whatever happens to its name. */
export function inFolder<T>(folder: string, deed: (there: string) => T): T {
  const way = new Way(folder, false);
  try {
    way.goOn(0);
    return deed(way.there);
  } finally {
    way.close();
  }
}

class Way {
  readonly #makesFolders: boolean;
  #steps: Step[];
  #folder = openSync('/', O_PATH | O_DIRECTORY);
  #links = 0;

  constructor(file: string, makesFolders: boolean) {
    this.#steps = namesOf(file);
    this.#makesFolders = makesFolders;
  }

  /** A path of the folder reached so far. */
  get there(): string {
    return `/proc/self/fd/${this.#folder}`;
  }

  /** Continues until `left` names remain. */
  goOn(left: number): void {
    for (;;) {
      const [step] = this.#steps;
      const names = this.#steps.filter((each) => typeof each === 'string').length;
      if (step === undefined || (typeof step === 'string' && names <= left)) return;
      this.#steps.shift();
      if (typeof step === 'string') this.#enter(step);
      else mustBelong(this.#folder, step);
    }
  }

  /** Opens the last name. Null: it is a link, and there are more names to follow. */
  open({ flags, mode }: Opening): number | null {
    const [first, ...ends] = this.#steps;
    const name = typeof first === 'string' ? first : '.';
    const at = `${this.there}/${name}`;
    const led = ends.filter((end) => typeof end !== 'string');
    // Someone's link may lead to an existing file, but a new file is only made by our own path.
    const safe = (led.length > 0 ? flags & ~O_CREAT : flags) | O_NOFOLLOW;
    let fd: number;
    try {
      fd = openSync(at, safe, mode);
    } catch (error) {
      if (codeOf(error) === 'ENOENT' && led[0] !== undefined && (flags & O_CREAT) !== 0) throw detour(led[0]);
      if (codeOf(error) !== 'ELOOP') throw error;
      if (this.#isProc()) return openSync(at, flags, mode);
      this.#steps.shift();
      this.#follow(name, lstatSync(at));
      return null;
    }
    try {
      for (const end of led) mustBelong(fd, end);
      return fd;
    } catch (error) {
      closeSync(fd);
      throw error;
    }
  }

  close(): void {
    closeSync(this.#folder);
  }

  #enter(name: string): void {
    const at = `${this.there}/${name}`;
    const next = this.#lookUp(at);
    const stat = fstatSync(next);
    if (stat.isDirectory()) {
      this.#move(next);
      return;
    }
    closeSync(next);
    if (stat.isSymbolicLink() && !this.#isProc()) this.#follow(name, stat);
    // Nobody plants links in /proc, and its targets often have no name. Anything else is no folder, and says so.
    else this.#move(openSync(at, O_PATH | O_DIRECTORY));
  }

  #lookUp(at: string): number {
    try {
      return openSync(at, O_PATH | O_NOFOLLOW);
    } catch (error) {
      if (!this.#makesFolders || codeOf(error) !== 'ENOENT') throw error;
      const led = this.#steps.find((step) => typeof step !== 'string');
      if (led !== undefined) throw detour(led);
      mkdirSync(at, 0o750);
      return openSync(at, O_PATH | O_NOFOLLOW);
    }
  }

  #follow(name: string, stat: Stats): void {
    const link = `${readlinkSync(this.there)}/${name}`;
    this.#links += 1;
    if (this.#links > LINKS_MAX) throw refusal(`too many symbolic links encountered (ELOOP): ${link} is one of them`);
    const target = readlinkSync(`${this.there}/${name}`);
    const ends: readonly Step[] = isTrusted(stat.uid) ? [] : [{ path: link, maker: stat.uid }];
    this.#steps = [...namesOf(target), ...ends, ...this.#steps];
    if (target.startsWith('/')) this.#move(openSync('/', O_PATH | O_DIRECTORY));
  }

  #move(folder: number): void {
    closeSync(this.#folder);
    this.#folder = folder;
  }

  #isProc(): boolean {
    return statfsSync(this.there).type === PROC_SUPER_MAGIC;
  }
}

const namesOf = (file: string): string[] => file.split('/').filter((name) => name !== '');

const isTrusted = (uid: number): boolean => uid === 0 || uid === process.geteuid?.();

function mustBelong(fd: number, led: Lead): void {
  if (fstatSync(fd).uid !== led.maker) throw detour(led);
}

function detour({ path, maker }: Lead): Error {
  return refusal(`${path} is a link that user ${maker} has made, to something that is not his: it is not followed`);
}
