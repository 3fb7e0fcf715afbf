import { NEWLINE } from '../base/lines.ts';
import type { StreamName } from './line.ts';

/** Whose line it is: one stream of one instance. */
export interface Owner {
  readonly id: string;
  readonly stream: StreamName;
}

/** The beginning of a line that is not yet in the log. */
export interface HeldLine {
  readonly owner: Owner;
  readonly bytes: Buffer;
}

const LINE_END = Buffer.from('\n');

export function heldRecord(owner: Owner, bytes: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`+${keyOf(owner)} `), bytes, LINE_END]);
}

export function tookRecord(owner: Owner): Buffer {
  return Buffer.from(`-${keyOf(owner)} \n`);
}

/** What an owner may be besides holding a line. */
export type Mark = 'busy' | 'lost';

const SIGNS = { busy: ['!', '.'], lost: ['~', ','] } as const;

export function markRecord(owner: Owner, mark: Mark, isSet: boolean): Buffer {
  return Buffer.from(`${SIGNS[mark][isSet ? 0 : 1]}${keyOf(owner)} \n`);
}

/** What an outage has taken so far. */
export interface OutageRecord {
  readonly lines: number;
  readonly sinceMs: number;
  readonly lastMs: number;
  readonly words: string;
}

export function outageRecord({ lines, sinceMs, lastMs, words }: OutageRecord): Buffer {
  return Buffer.from(`#${lines} ${sinceMs} ${lastMs} ${words.replaceAll('\n', ' ')}\n`);
}

/** A key for the owner. */
export function keyOf({ id, stream }: Owner): string {
  return `${id} ${stream}`;
}

export function ownerOf(key: string): Owner | null {
  const [, id, stream] = /^(\S+) (out|err)$/.exec(key) ?? [];
  return id === undefined ? null : { id, stream: stream === 'err' ? 'err' : 'out' };
}

export interface Records {
  readonly held: readonly HeldLine[];
  readonly busy: readonly Owner[];
  readonly lost: readonly Owner[];
  readonly outage: OutageRecord | null;
}

/** What was held and not taken, who was last marked, and what an outage has taken. */
export function recordsIn(bytes: Buffer): Records {
  const held = new Map<string, Buffer>();
  const marked = { busy: new Set<string>(), lost: new Set<string>() };
  for (const { sign, key, said } of linesIn(bytes)) {
    if (sign === '-') held.delete(key);
    else if (sign === '+') held.set(key, Buffer.concat([held.get(key) ?? NOTHING, said]));
    for (const mark of ['busy', 'lost'] as const) {
      if (sign === SIGNS[mark][0]) marked[mark].add(key);
      else if (sign === SIGNS[mark][1]) marked[mark].delete(key);
    }
  }
  const ownersOf = (keys: ReadonlySet<string>): Owner[] => [...keys].flatMap((key) => ownerOf(key) ?? []);
  return {
    held: [...held].flatMap(([key, all]) => {
      const owner = ownerOf(key);
      return owner === null ? [] : [{ owner, bytes: all }];
    }),
    busy: ownersOf(marked.busy),
    lost: ownersOf(marked.lost),
    outage: outageIn(bytes),
  };
}

function outageIn(bytes: Buffer): OutageRecord | null {
  const [, lines, since, last, words] = /^#(\d+) (\d+) (\d+) (.*)\n/.exec(bytes.toString('utf8', 0, 4096)) ?? [];
  if (words === undefined) return null;
  return { lines: Number(lines), sinceMs: Number(since), lastMs: Number(last), words };
}

interface RecordLine {
  readonly sign: string;
  readonly key: string;
  readonly said: Buffer;
}

/** A truncated record is the beginning of what was held. */
function linesIn(bytes: Buffer): readonly RecordLine[] {
  const lines: RecordLine[] = [];
  for (let at = 0; at < bytes.length;) {
    const newline = bytes.indexOf(NEWLINE, at);
    const end = newline === -1 ? bytes.length : newline;
    const line = bytes.subarray(at, end);
    at = end + 1;
    const [start, , key] = /^([-+!.~,])(\S+ (?:out|err)) /.exec(line.toString('latin1', 0, 256)) ?? [];
    if (start === undefined || key === undefined) continue;
    lines.push({ sign: start.charAt(0), key, said: line.subarray(start.length) });
  }
  return lines;
}

const NOTHING: Buffer = Buffer.alloc(0);
