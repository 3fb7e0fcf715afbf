/**
 * What may be said about the cut, for all ways to end (docs/decisions/006). `no` is the costliest word: it is used only if it is known that
 * no iteration was open.
 */
import { describe, expect, it } from 'vitest';
import { hear, SILENCE, type Word } from '../../../src/supervisor/lifecycle/boundary.ts';
import { judge } from '../../../src/supervisor/lifecycle/cut.ts';
import type { Drain, End, MainEnd, Run } from '../../../src/supervisor/lifecycle/state.ts';
import { wordFact } from '../../../src/supervisor/words.ts';
import { asked, FleetWorld } from '../../support/fleet-world.ts';
import type { Behaviour } from '../../support/scripted-process.ts';
import { policy } from './policies.ts';

const STARTED = 0;
const STOPPED = 100_000;

type Said = 'nothing' | 'BUSY' | 'IDLE' | 'ITERATION' | 'EXIT_STATUS alone' | 'EXIT_STATUS' | 'IDLE, then lost';
/**
 * When the last word came: long before the stop; just after the signal was sent; long after, shortly or long before the end; or after
 * another boundary.
 */
type When = 'before' | 'at once after' | 'after' | 'long before the end, after' | 'twice after';
type Way =
  'exit 0' | 'exit 1' | 'stop signal' | 'our SIGKILL' | 'exit 0, as we kill' | 'strange SIGKILL' | 'status unknown';

const wordsOf: Record<Said, readonly Word[]> = {
  nothing: [],
  BUSY: [{ key: 'BUSY' }],
  IDLE: [{ key: 'BUSY' }, { key: 'IDLE' }],
  ITERATION: [{ key: 'ITERATION', done: 7 }],
  'EXIT_STATUS alone': [{ key: 'EXIT_STATUS', code: 0 }],
  EXIT_STATUS: [{ key: 'BUSY' }, { key: 'EXIT_STATUS', code: 0 }],
  'IDLE, then lost': [{ key: 'IDLE' }],
};
const endOf: Record<Way, Pick<End, 'code' | 'signal'>> = {
  'exit 0': { code: 0, signal: null },
  'exit 1': { code: 1, signal: null },
  'stop signal': { code: null, signal: 'SIGTERM' },
  'our SIGKILL': { code: null, signal: 'SIGKILL' },
  'exit 0, as we kill': { code: 0, signal: null },
  'strange SIGKILL': { code: null, signal: 'SIGKILL' },
  'status unknown': { code: null, signal: null },
};

function verdict(said: Said, when: When, way: Way, asked: boolean, endAfterMs = 10_000) {
  const after = {
    before: -5_000,
    'at once after': 10,
    after: 9_500,
    'long before the end, after': 5_000,
    'twice after': 9_000,
  }[when];
  const saidAt = STOPPED + after;
  let talk = wordsOf[said].reduce((talk, word) => hear(talk, word, saidAt, asked && when !== 'before'), SILENCE);
  if (said === 'IDLE, then lost') talk = { ...talk, lost: true };
  const run: Run = {
    number: 1,
    startedAt: STARTED,
    adopted: false,
    process: null,
    readyAt: STARTED,
    heldAt: null,
    spread: 0,
    talk,
    byHand: null,
    refused: null,
    end: null,
    left: [],
  };
  const boundaryAt = when === 'twice after' ? STOPPED + 5_000 : when.endsWith('after') && after > 50 ? saidAt : null;
  const drain: Drain = {
    why: 'asked',
    outdatedBy: null,
    signal: 'SIGTERM',
    askedAt: STOPPED,
    killAt: null,
    boundaryAt,
    lookAt: null,
    unsure: false,
  };
  const killed = way === 'our SIGKILL' || way === 'exit 0, as we kill';
  const at = STOPPED + endAfterMs;
  const end = mainEnd({ at, ...endOf[way], drain: asked || killed ? drain : null, killed });
  return judge(run, end, { at, left: 'gone' });
}

function mainEnd(how: Partial<MainEnd>): MainEnd {
  const nothing = { at: 0, code: null, signal: null, error: null, drain: null };
  return { ...nothing, killed: false, outOfMemory: false, isHeld: false, catches: false, isSpokenFor: false, ...how };
}

// One row per last word, one column per way to end.
const WAYS = [
  'exit 0',
  'exit 1',
  'stop signal',
  'our SIGKILL',
  'exit 0, as we kill',
  'strange SIGKILL',
  'status unknown',
] as const;
type Row = readonly [said: Said, when: When, asked: boolean, ...verdicts: ('no' | 'yes' | '?' | '-')[]];
const ASKED: readonly Row[] = [
  // said, when, asked            exit 0 exit 1 signal  kill  0+kill  strange  unknown
  ['nothing', 'before', true, '?', '?', '?', 'yes', '?', '?', '?'],
  ['EXIT_STATUS alone', 'after', true, '?', '?', '?', 'yes', '?', '?', '?'],
  ['BUSY', 'before', true, 'yes', 'yes', 'yes', 'yes', 'yes', 'yes', 'yes'],
  ['BUSY', 'after', true, 'yes', 'yes', 'yes', 'yes', 'yes', 'yes', 'yes'],
  ['IDLE', 'before', true, 'no', 'no', 'no', 'no', 'no', 'no', 'no'],
  ['IDLE', 'after', true, 'no', 'no', 'no', 'no', 'no', 'no', 'no'],
  ['EXIT_STATUS', 'after', true, 'no', 'no', 'no', 'no', 'no', 'no', 'no'],
  ['ITERATION', 'before', true, 'yes', 'yes', 'yes', 'yes', 'yes', 'yes', 'yes'],
  // Its program may not have seen the signal yet, and may have gone on with the next one.
  ['ITERATION', 'at once after', true, '?', '?', '?', 'yes', '?', '?', '?'],
  ['ITERATION', 'after', true, 'no', '?', '?', 'yes', 'no', '?', '?'],
  // It ended not at that boundary but later: a handler that exits 0 looks the same in the middle of the next one.
  ['ITERATION', 'long before the end, after', true, '?', '?', '?', 'yes', '?', '?', '?'],
  // It has passed a boundary without ending: it ignores the stop and may be anywhere.
  ['ITERATION', 'twice after', true, '?', '?', '?', 'yes', '?', '?', '?'],
  ['IDLE, then lost', 'before', true, '?', '?', '?', 'yes', '?', '?', '?'],
];
const BY_ITSELF: readonly Row[] = [
  ['nothing', 'before', false, '?', '?', '?', '-', '-', '?', '?'],
  ['EXIT_STATUS alone', 'before', false, '?', '?', '?', '-', '-', '?', '?'],
  ['BUSY', 'before', false, 'yes', 'yes', 'yes', '-', '-', 'yes', 'yes'],
  ['IDLE', 'before', false, 'no', 'no', 'no', '-', '-', 'no', 'no'],
  ['EXIT_STATUS', 'before', false, 'no', 'no', 'no', '-', '-', 'no', 'no'],
  // At the boundary after its last iteration, or in the middle of the next: with 0, or unseen, nobody can know.
  ['ITERATION', 'before', false, '?', 'yes', 'yes', '-', '-', 'yes', '?'],
  ['IDLE, then lost', 'before', false, '?', '?', '?', '-', '-', '?', '?'],
];

describe('the cut', () => {
  const cells = [...ASKED, ...BY_ITSELF].flatMap(([said, when, asked, ...verdicts]) =>
    WAYS.flatMap((way, column) => {
      const expected = verdicts[column];
      return expected === undefined || expected === '-' ? [] : [{ said, when, asked, way, expected }];
    }),
  );
  it.each(cells)('$said $when the stop (asked: $asked), $way: $expected', ({ said, when, asked, way, expected }) => {
    expect(verdict(said, when, way, asked).cut).toBe(expected === '?' ? 'unknown' : expected);
  });

  it('of a process that could not be started is none', () => {
    const run: Run = {
      number: 1,
      startedAt: 0,
      adopted: false,
      process: null,
      readyAt: null,
      heldAt: null,
      spread: 0,
      talk: SILENCE,
      byHand: null,
      refused: null,
      end: null,
      left: [],
    };
    expect(judge(run, mainEnd({ at: 5, error: 'ENOENT' }), { at: 5, left: 'gone' })).toMatchObject({
      cut: 'no',
      words: 'could not be started: ENOENT',
    });
  });

  it.each(cells.filter(({ expected }) => expected === '?'))(
    'unknown is never worded as a boundary: $said $way',
    (cell) => {
      expect(verdict(cell.said, cell.when, cell.way, cell.asked).words).not.toMatch(/at (a|the|its) boundary|drained/);
    },
  );

  it('gives the evidence in words', () => {
    const words = (...of: Parameters<typeof verdict>): string => verdict(...of).words;
    expect(words('nothing', 'before', 'exit 0', true, 3_100)).toBe('ended by itself, exit 0, 3.1 s after SIGTERM');
    expect(words('nothing', 'before', 'stop signal', true, 5)).toBe('died of SIGTERM: it has no handler');
    expect(words('nothing', 'before', 'stop signal', true, 9_000)).toBe('died of SIGTERM, 9.0 s after it was sent');
    expect(words('nothing', 'before', 'our SIGKILL', true)).toBe('killed by supervise (SIGKILL, 10.0 s after SIGTERM)');
    expect(words('nothing', 'before', 'strange SIGKILL', false)).toBe('died of SIGKILL, which supervise did not send');
    expect(words('BUSY', 'before', 'exit 0', true)).toBe(
      'ended by itself, exit 0, 10.0 s after SIGTERM, inside an iteration; its last word was BUSY, 15.0 s before',
    );
  });
});

describe('no_drain', () => {
  it.each([
    ['of the stop signal at once', 'stop signal', true, 5, true],
    ['of it long after, so it had been caught', 'stop signal', true, 9_000, false],
    ['by exit 0', 'exit 0', true, 5, false],
    ['of SIGTERM that nobody asked us to send', 'stop signal', false, 5, false],
    ['of SIGKILL', 'our SIGKILL', true, 5, false],
  ] as const)('said of one that ended %s', (_, way, asked, afterMs, expected) => {
    for (const said of ['nothing', 'BUSY', 'IDLE', 'IDLE, then lost'] as const)
      expect(verdict(said, 'before', way, asked, afterMs).noDrain).toBe(expected);
  });
  it('is not said in the first second: it may not have set its handler yet', () => {
    const run: Run = {
      number: 1,
      startedAt: 0,
      adopted: false,
      process: null,
      readyAt: null,
      heldAt: null,
      spread: 0,
      talk: SILENCE,
      byHand: null,
      refused: null,
      end: null,
      left: [],
    };
    const drain: Drain = {
      why: 'asked',
      outdatedBy: null,
      signal: 'SIGTERM',
      askedAt: 990,
      killAt: null,
      boundaryAt: null,
      lookAt: null,
      unsure: false,
    };
    const died = (at: number) => judge(run, mainEnd({ at, signal: 'SIGTERM', drain }), { at, left: 'gone' });
    expect(died(999)).toMatchObject({ noDrain: false, words: 'died of SIGTERM, 0.0 s after it was sent' });
    expect(died(1_000)).toMatchObject({ noDrain: true });
    // As puma and graphile-worker do when they are done.
    const ended = mainEnd({ at: 1_050, signal: 'SIGTERM', drain, catches: true });
    expect(judge(run, ended, { at: 1_050, left: 'gone' }).words).toBe('died of SIGTERM, 0.1 s after it was sent');
  });
});

it('where several speak at once, the word of one says nothing of the others, whatever it is', () => {
  const beside: Word = { key: 'SPEAKER', pid: 8, beside: 7 };
  for (const last of ['IDLE', 'EXIT_STATUS', 'ITERATION'] as const) {
    const behave = (): Partial<Behaviour> => ({ onStop: 'ignores it' });
    const world = new FleetWorld([policy('d')], { behave }).boot().pass(2_000);
    for (const word of [{ key: 'BUSY' }, beside, { key: 'BUSY' }, ...wordsOf[last]] as const)
      world.send({ is: 'said', id: 'd', run: 1, word, sinceSignal: false });
    world.send(asked('stop-asked', ['d'])).pass(50_000);
    for (const word of wordsOf[last]) world.send({ is: 'said', id: 'd', run: 1, word, sinceSignal: true });
    expect(world.sent('d').map(([what]) => what)).toEqual(['SIGTERM main']);
    world.pass(15_000);
    expect(world.slot('d').exits[0]).toMatchObject({ cut: 'yes', words: expect.stringMatching(/several/) as string });
    expect(world.factsOf('several-speak')).toMatchObject([{ pids: [7, 8] }]);
  }
});

describe('who spoke has gone in the middle of an iteration, and its main process lives on', () => {
  const speaker: Word = { key: 'SPEAKER', pid: 7, beside: null };
  const gone = (words: readonly Word[]): FleetWorld => {
    const world = new FleetWorld([policy('d')], { behave: () => ({ onStop: 'ignores it' }) }).boot().pass(2_000);
    for (const word of [speaker, ...words]) world.send({ is: 'said', id: 'd', run: 1, word, sinceSignal: false });
    return world.send({ is: 'speaker-gone', id: 'd', run: 1, pid: 7 });
  };
  const killedAfter = (world: FleetWorld): readonly number[] => {
    const at = world.now;
    world.send(asked('stop-asked', ['d'])).pass(100_000);
    return world.sent('d').flatMap(([what, when]) => (what === 'SIGKILL' ? [when - at] : []));
  };

  it('it is told once, and a stop gives it its grace', () => {
    const world = gone([{ key: 'BUSY' }]).send({ is: 'speaker-gone', id: 'd', run: 1, pid: 7 });
    expect(world.factsOf('speaker-gone')).toMatchObject([{ pid: 7, cut: true }]);
    expect(killedAfter(world)[0]).toBe(60_000);
    expect(world.slot('d')).toMatchObject({ cuts: 1, exits: [{ cut: 'yes' }] });
  });

  it('also where it goes while the stop waits for it', () => {
    const world = new FleetWorld([policy('d')], { behave: () => ({ onStop: 'ignores it' }) }).boot().pass(2_000);
    for (const word of [speaker, { key: 'BUSY' }] as const)
      world.send({ is: 'said', id: 'd', run: 1, word, sinceSignal: false });
    world.send(asked('stop-asked', ['d'])).pass(100_000);
    expect(world.sent('d').map(([what]) => what)).toEqual(['SIGTERM main']);
    world.send({ is: 'speaker-gone', id: 'd', run: 1, pid: 7 }).pass(59_000);
    expect(world.sent('d').map(([what]) => what)).toEqual(['SIGTERM main']);
    world.pass(2_000);
    expect(world.sent('d').map(([what]) => what)).toContain('SIGKILL');
  });

  it('another one in its place opens an iteration of its own, and the cut of the first is counted', () => {
    const world = gone([{ key: 'BUSY' }]).pass(5_000);
    for (const word of [{ key: 'SPEAKER', pid: 8, beside: null }, { key: 'BUSY' }] as const)
      world.send({ is: 'said', id: 'd', run: 1, word, sinceSignal: false });
    expect(world.slot('d')).toMatchObject({
      cuts: 1,
      state: { run: { talk: { last: 'BUSY', openSince: world.now } } },
    });
    expect(killedAfter(world)).toEqual([]);
  });

  it.each([[{ key: 'IDLE' }], [{ key: 'EXIT_STATUS', code: 0 }]] as const)(
    'at its boundary it tells nothing: %o',
    (word) => {
      expect(gone([{ key: 'BUSY' }, word]).factsOf('speaker-gone')).toEqual([]);
    },
  );

  it('of one that did not speak last it tells nothing', () => {
    const world = gone([{ key: 'SPEAKER', pid: 8, beside: null }, { key: 'BUSY' }]);
    expect(world.factsOf('speaker-gone')).toEqual([]);
  });
});

it('no_drain of one that died in its boot is taken back when it has heeded a stop', () => {
  const behave = (_: string, run: number): Partial<Behaviour> => ({
    ...(run === 1 ? { onStop: 'dies of it' } : { onStop: 'exits at once' }),
    iterationMs: 3_600_000,
  });
  const world = new FleetWorld([policy('d')], { behave }).boot().pass(2_000);
  world.send(asked('restart-asked', ['d'])).pass(2_000);
  expect(world.slot('d').noDrain).toBe(true);
  world.send(asked('restart-asked', ['d'])).pass(2_000);
  expect(world.slot('d').noDrain).toBe(false);
});

it('no_drain is taken back where a later stop takes its time, though it ends by that signal again (puma)', () => {
  const behave = (_: string, run: number): Partial<Behaviour> => ({
    onStop: run === 1 ? 'dies of it' : 'ignores it',
    iterationMs: 3_600_000,
  });
  const world = new FleetWorld([policy('d')], { behave }).boot().pass(2_000);
  world.send(asked('restart-asked', ['d'])).pass(2_000);
  expect(world.slot('d').noDrain).toBe(true);
  world.send(asked('stop-asked', ['d'])).pass(2_500);
  world.send({ is: 'ended', id: 'd', run: 2, code: null, signal: 'SIGTERM', left: [] });
  expect(world.slot('d')).toMatchObject({ state: { is: 'stopped' }, noDrain: false });
});

it('who is known to have no handler is not said to be restarted at its boundary', () => {
  const behave = (): Partial<Behaviour> => ({ onStop: 'dies of it', iterationMs: 3_600_000 });
  const world = new FleetWorld([policy('d')], { behave }).boot().pass(2_000);
  const told: string[] = [];
  for (const path of ['a', 'b']) {
    world.send({ is: 'changed', ids: ['d'], path, more: 0 }).pass(5_000);
    const fact = world.factsOf('draining').at(-1);
    if (fact !== undefined) told.push(wordFact(fact).words);
  }
  expect(told).toEqual([
    'code changed (a): restarting at the boundary; sent SIGTERM, waits as long as it takes',
    'code changed (b): restarting; it was seen to die of SIGTERM, so what it has in hand may be cut; sent SIGTERM, waits as long as it takes',
  ]);
});
