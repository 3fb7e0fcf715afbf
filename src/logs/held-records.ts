import { NEWLINE } from '../base/lines.ts';
import type { StreamName } from './line.ts';

/** Whose line it is: one stream of one instance. */
export interface Owner {
  readonly id: string;
  readonly stream: StreamName;
}

/** The beginning of a line that is not in the log. */
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

export function busyRecord(owner: Owner, busy: boolean): Buffer {
  return Buffer.from(`${busy ? '!' : '.'}${keyOf(owner)} \n`);
}

/** A name of the owner. */
export function keyOf({ id, stream }: Owner): string {
  return `${id} ${stream}`;
}

export function ownerOf(key: string): Owner | null {
  const [, id, stream] = /^(\S+) (out|err)$/.exec(key) ?? [];
  return id === undefined ? null : { id, stream: stream === 'err' ? 'err' : 'out' };
}

/** What was held and not taken, and who was busy last. */
export function heldIn(bytes: Buffer): { readonly held: readonly HeldLine[]; readonly busy: readonly Owner[] } {
  const held = new Map<string, Buffer>();
  const busy = new Set<string>();
  for (const { sign, key, said } of recordsIn(bytes)) {
    if (sign === '-') held.delete(key);
    else if (sign === '+') held.set(key, Buffer.concat([held.get(key) ?? NOTHING, said]));
    else if (sign === '!') busy.add(key);
    else busy.delete(key);
  }
  return {
    held: [...held].flatMap(([key, all]) => {
      const owner = ownerOf(key);
      return owner === null ? [] : [{ owner, bytes: all }];
    }),
    busy: [...busy].flatMap((key) => ownerOf(key) ?? []),
  };
}

interface HeldRecord {
  readonly sign: string;
  readonly key: string;
  readonly said: Buffer;
}

/** A record that was broken off is the beginning of what was held. */
function recordsIn(bytes: Buffer): readonly HeldRecord[] {
  const records: HeldRecord[] = [];
  for (let at = 0; at < bytes.length;) {
    const newline = bytes.indexOf(NEWLINE, at);
    const end = newline === -1 ? bytes.length : newline;
    const line = bytes.subarray(at, end);
    at = end + 1;
    const [start, , key] = /^([-+!.])(\S+ (?:out|err)) /.exec(line.toString('latin1', 0, 256)) ?? [];
    if (start === undefined || key === undefined) continue;
    records.push({ sign: start.charAt(0), key, said: line.subarray(start.length) });
  }
  return records;
}

const NOTHING: Buffer = Buffer.alloc(0);
