import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseLine } from '../../src/logs/line.ts';
import { DaemonLog } from '../../src/logs/pump.ts';
import { rotatedFiles } from '../../src/logs/rotated.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'logs-weave-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const SOURCES = [
  { id: 'photos:1', stream: 'out' },
  { id: 'photos:1', stream: 'err' },
  { id: 'photos:2', stream: 'out' },
  { id: 'photos:3', stream: 'err' },
] as const;

/** Before this turn a successor takes over: everything was handed over to it, or the previous one was killed. */
interface Change {
  readonly turn: number;
  readonly how: 'handed on' | 'killed';
}

interface Turn {
  readonly source: number;
  readonly bytes: number;
  /** Comes long after the previous one. */
  readonly late: boolean;
  /** Then the stream ends, wherever it is; later bytes belong to the next run. */
  readonly end: boolean;
}

/** Each stream prints its own numbered lines; `turns` says whose bytes are read when, and in what portions. */
const life = fc.record({
  timestamps: fc.boolean(),
  named: fc.boolean(),
  maxSizeBytes: fc.oneof(fc.integer({ min: 200, max: 4000 }), fc.integer({ min: 1, max: 4000 })),
  lengths: fc.array(fc.oneof(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 0, max: 900 })), {
    minLength: 1,
    maxLength: 40,
  }),
  turns: fc.array(
    fc.record<Turn>({
      source: fc.nat(SOURCES.length - 1),
      bytes: fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 1500 })),
      late: fc.boolean(),
      end: fc.nat(9).map((one) => one === 0),
    }),
    { maxLength: 60 },
  ),
});

const changesBy = (how: Change['how']): fc.Arbitrary<readonly Change[]> =>
  fc.array(fc.record<Change>({ turn: fc.nat(59), how: fc.constant(how) }), { maxLength: 2 });
type Life = typeof life extends fc.Arbitrary<infer L> ? L : never;

describe('any interleaving of chunks', () => {
  it('leaves each line whole, in order, once, in files that end at line ends; also over changes of the supervisor', () => {
    fc.assert(
      fc.property(life, changesBy('handed on'), (one, changes) => {
        const { here, printed } = live(one, changes);
        const { seen, told } = seenIn(here, one);
        seen.forEach((lines, source) => {
          expect(lines).toEqual(at(printed, source).lines());
        });
        expect(told).toBe(0);
      }),
      { numRuns: 100 },
    );
  }, 60_000);

  it('leaves each line whole, in order, at most once, where supervisors are killed; what is missing is told', () => {
    fc.assert(
      fc.property(life, changesBy('killed'), (one, changes) => {
        const { here, printed } = live(one, changes);
        const { seen, told } = seenIn(here, one);
        const missing = seen.map((lines, source) => {
          const all = at(printed, source).lines();
          let next = 0;
          for (const line of lines) {
            const place = all.indexOf(line, next);
            expect({ line, place }).not.toEqual({ line, place: -1 });
            next = place + 1;
          }
          return all.length - lines.length;
        });
        // One line per stream and death.
        expect(Math.max(...missing)).toBeLessThanOrEqual(told);
      }),
      { numRuns: 100 },
    );
  }, 60_000);
});

type Printer = ReturnType<typeof printerOf>;

/** Where it left its log, and what was printed. */
function live(one: Life, changes: readonly Change[]): { readonly here: string; readonly printed: readonly Printer[] } {
  const here = mkdtempSync(path.join(folder, 'life-'));
  const file = path.join(here, 'photos.log');
  const open = (): DaemonLog =>
    new DaemonLog({
      daemon: 'photos',
      file,
      openLines: `${file}.open`,
      maxSizeBytes: one.maxSizeBytes,
      maxFiles: 100_000,
      timestamps: one.timestamps,
      named: one.named,
      wallNow: () => new Date(nowMs),
      onTrouble: (words) => {
        if (words !== null) throw new Error(words);
      },
    });
  let nowMs = Date.parse('2026-11-24T17:00:00.123Z');
  let log = open();
  const printed = SOURCES.map((_, source) => printerOf(source, one.lengths));
  const reused = Buffer.alloc(4096);
  one.turns.forEach(({ source, bytes, late, end }, turn) => {
    if (late) nowMs += 2_000;
    for (const { how } of changes.filter((change) => change.turn === turn)) {
      if (how === 'handed on') log.handOn();
      // The previous one is left as it is; it does nothing more.
      log = open();
      log.resume(new Set(SOURCES.map(({ id }) => id)));
    }
    const { id, stream } = at(SOURCES, source);
    const chunk = at(printed, source).next(bytes);
    chunk.copy(reused);
    log.write(id, stream, reused.subarray(0, chunk.length));
    reused.fill('!');
    if (!end) return;
    log.endOf(id, stream);
    at(printed, source).end();
  });
  log.close();
  return { here, printed };
}

/** The lines of each stream in the files, and how often missing lines are reported. */
function seenIn(here: string, { timestamps, named, maxSizeBytes, lengths }: Life): { seen: string[][]; told: number } {
  const seen = SOURCES.map(() => new Array<string>());
  let told = 0;
  for (const content of readAll(here)) {
    expect(content.endsWith('\n')).toBe(true);
    const lines = content.slice(0, -1).split('\n');
    const prefix = timestamps ? '2026-11-24T17:00:00.123Z out photos:1 ' : named ? 'photos:1 | ' : '';
    const longest = Math.max(...lengths, TOLD_MAX_BYTES) + 20 + prefix.length;
    expect(content.length).toBeLessThanOrEqual(maxSizeBytes + longest);
    for (const line of lines) {
      const { id, stream, text } = parseLine(line, 'photos', named);
      if (text.startsWith('supervise: ')) {
        told += 1;
        continue;
      }
      const source = Number(text.slice(0, 1));
      at(seen, source).push(text);
      if (timestamps) expect({ id, stream }).toEqual(SOURCES[source]);
      else if (named) expect(id).toBe(at(SOURCES, source).id);
    }
  }
  return { seen, told };
}

const TOLD_MAX_BYTES = 200;

/** What one stream prints, line by line: its number, a count, and as many characters as the list of lengths says. */
function printerOf(source: number, lengths: readonly number[]) {
  let text = '';
  let taken = 0;
  let count = 0;
  return {
    next(bytes: number): Buffer {
      while (text.length - taken < bytes) {
        text += `${source} ${count} ${'x'.repeat(at(lengths, count % lengths.length))}\n`;
        count += 1;
      }
      taken += bytes;
      return Buffer.from(text.slice(taken - bytes, taken));
    },
    end(): void {
      if (taken === 0 || text[taken - 1] === '\n') return;
      text = `${text.slice(0, taken)}\n`;
      taken += 1;
    },
    /** The lines as they must be found: the close ends the last one. */
    lines(): string[] {
      const all = text.slice(0, taken).split('\n');
      return all.at(-1) === '' ? all.slice(0, -1) : all;
    },
  };
}

/** Oldest first. */
function readAll(here: string): string[] {
  const names = [...rotatedFiles(here, 'photos.log')].reverse().map(({ number }) => `photos.log.${number}`);
  return [...names, 'photos.log'].flatMap((name) => {
    try {
      return [readFileSync(path.join(here, name), 'utf8')];
    } catch {
      return [];
    }
  });
}

function at<T>(list: readonly T[], index: number): T {
  const item = list[index];
  if (item === undefined) throw new Error(`no item ${index}`);
  return item;
}
