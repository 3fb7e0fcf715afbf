/** Whatever a daemon or its helper writes on fd 3: words or nothing, the same however the reads split it, and the loop goes on. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { hear, heardInDrain, isOpen, SILENCE, type Word } from '../../src/supervisor/lifecycle/boundary.ts';
import type { Drain } from '../../src/supervisor/lifecycle/state.ts';
import { listener, parseWord } from '../../src/supervisor/world/notify.ts';
import { runs } from './runs.ts';

const key = fc.constantFrom(
  ...[
    'READY',
    'BUSY',
    'IDLE',
    'ITERATION',
    'EXIT_STATUS',
    'STOPPING',
    'EXTEND_TIMEOUT_USEC',
    'STATUS',
    'PROGRESS',
    'MAINPID',
    '',
  ],
);
const value = fc.oneof(
  fc.constantFrom(
    '1',
    '0',
    '-1',
    '',
    '1e9',
    '999999999999999',
    '9999999999999999',
    '3/4',
    '4/0',
    '/',
    'NaN',
    ' 1',
    '1 ',
  ),
  fc.string({ unit: 'binary' }),
  fc.nat().map(String),
);
const line = fc.oneof(
  fc.tuple(key, value).map(([name, text]) => `${name}=${text}`),
  fc.string({ unit: 'binary', maxLength: 50 }),
  fc.constantFrom('', '=', 'READY', 'STATUS=\u001B]0;x\u0007', `STATUS=${'x'.repeat(5_000)}`),
);
const bytes = fc.oneof(
  fc.array(line, { maxLength: 30 }).map((lines) => Buffer.from(`${lines.join('\n')}\n`)),
  fc.uint8Array({ maxLength: 10_000 }).map((array) => Buffer.from(array)),
);

function heardIn(chunks: readonly Buffer[]): readonly Word[] {
  const words: Word[] = [];
  const ear = listener();
  for (const chunk of chunks)
    ear.hear(chunk, {
      take: (word) => words.push(word),
      misheard: () => undefined,
      missed: () => undefined,
    });
  return words;
}

test('the same words however the bytes are cut into reads', () => {
  fc.assert(
    fc.property(bytes, fc.array(fc.nat({ max: 200 })), (all, cuts) => {
      const chunks: Buffer[] = [];
      let at = 0;
      for (const cut of cuts) {
        chunks.push(all.subarray(at, at + cut));
        at += cut;
      }
      chunks.push(all.subarray(at));
      expect(heardIn(chunks)).toEqual(heardIn([all]));
    }),
    runs(300),
  );
});

test('a word has a number that is one, and a text that no terminal obeys', () => {
  fc.assert(
    fc.property(line, (text) => {
      const word = parseWord(text);
      if (typeof word === 'string') return;
      const numbers = Object.values(word).filter((each) => typeof each === 'number');
      expect(numbers.every((number) => Number.isSafeInteger(Math.round(number)) && number >= 0)).toBe(true);

      if (word.key === 'STATUS') expect(word.text).not.toMatch(/[\u0000-\u001F\u007F-\u009F]/);
    }),
    runs(2_000),
  );
});

test('after any words it is known or open where a daemon stands, and a drain has an end or waits for a boundary', () => {
  const drain: Drain = {
    ...{
      why: 'asked',
      outdatedBy: null,
      signal: 'SIGTERM',
      askedAt: 0,
      killAt: 60_000,
      boundaryAt: null,
      lookAt: null,
      unsure: false,
    },
  };
  fc.assert(
    fc.property(bytes, fc.boolean(), (all, sinceSignal) => {
      let [talk, now, draining] = [SILENCE, 0, drain];
      for (const word of heardIn([all])) {
        now += 10;
        talk = hear(talk, word, now, sinceSignal);
        draining = heardInDrain(draining, word, talk, { graceMs: 60_000, iterationMs: null }, now);
        expect(Number.isFinite(talk.iterations)).toBe(true);
        // Grace is ten times itself at most, from the last boundary.
        expect(draining.killAt === null || draining.killAt <= now + 600_000).toBe(true);
        expect(typeof isOpen(talk)).toBe('boolean');
      }
    }),
    runs(300),
  );
});
