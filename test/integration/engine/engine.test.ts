import { describe, expect, test } from 'vitest';
import { Engine, type EngineObserver } from '../../../src/supervisor/engine.ts';
import type { Event } from '../../../src/supervisor/lifecycle/event.ts';
import type { Fact } from '../../../src/supervisor/lifecycle/fact.ts';
import type { Policy } from '../../../src/supervisor/lifecycle/policy.ts';
import { newFleet, slotOf } from '../../../src/supervisor/lifecycle/roster.ts';
import type { RunOrder, World } from '../../../src/supervisor/world/world.ts';
import { policy } from '../../unit/lifecycle/policies.ts';

describe('the engine', () => {
  test('carries effects out in order, and what happens meanwhile waits behind them', () => {
    const stage = new Stage([policy('a'), policy('b')]);
    stage.engine.post({ is: 'boot', ids: ['a', 'b'] });
    // Both are ordered before the report of the first arrives.
    expect(stage.heard).toEqual(['spawn a 1', 'spawn b 1', 'a started', 'b started', 'alarm 1000', 'settled']);
  });

  test('keeps one alarm, for the next moment at which anything is due', () => {
    const stage = new Stage([policy('a', { ready: { by: 'time', afterMs: 300 } }), policy('b')]);
    stage.engine.post({ is: 'boot', ids: ['a', 'b'] });
    expect(stage.alarmAt).toBe(300);
    stage.advanceToAlarm();
    expect([stage.stateOf('a'), stage.stateOf('b'), stage.alarmAt]).toEqual(['running', 'starting', 1_000]);
    stage.advanceToAlarm();
    // When they will have held.
    expect([stage.stateOf('b'), stage.alarmAt]).toEqual(['running', 10_300]);
    stage.advanceToAlarm();
    stage.advanceToAlarm();
    expect(stage.alarmAt).toBeNull();
  });

  test('drops news of a run that is over', () => {
    const stage = new Stage([policy('a')]);
    stage.engine.post({ is: 'boot', ids: ['a'] });
    stage.end('a', 1, 1);
    stage.advanceToAlarm();
    expect(stage.stateOf('a')).toBe('starting');
    const before = stage.engine.fleet.slots;
    stage.end('a', 1, 1);
    stage.engine.post({ is: 'said', id: 'a', run: 1, word: { key: 'READY' }, sinceSignal: false });
    expect(stage.engine.fleet.slots).toEqual(before);
  });

  test('hears of a spawn that fails within the order as it hears of any other', () => {
    const stage = new Stage([policy('a')], (id, run) => ({
      is: 'spawn-failed',
      id,
      run,
      ours: false,
      error: 'no such program',
    }));
    stage.engine.post({ is: 'boot', ids: ['a'] });
    expect(stage.heard).toEqual(['spawn a 1', 'a ended', 'a backoff', 'alarm 1000', 'settled']);
    expect(slotOf(stage.engine.fleet, 'a')?.exits[0]?.error).toBe('no such program');
  });

  test('a world that throws is a bug that surfaces, and the engine hears the next event all the same', () => {
    let broken = true;
    const stage = new Stage([policy('a'), policy('b')], (id, run) => {
      if (broken) throw new Error('a bug in the world');
      return { is: 'spawned', id, run, process: { pid: 7, startTime: 7 } };
    });
    expect(() => {
      stage.engine.post({ is: 'boot', ids: ['a'] });
    }).toThrow('a bug in the world');
    broken = false;
    stage.engine.post({ is: 'start-asked', ids: ['b'] });
    expect(stage.heard).toContain('b started');
  });

  test('says once that it has finished: when the list has stopped and the last process has gone', () => {
    const stage = new Stage([policy('a'), policy('b')]);
    stage.engine.post({ is: 'boot', ids: ['a', 'b'] });
    stage.engine.post({ is: 'shutdown-asked', signal: 'SIGINT' });
    expect(stage.heard.filter((what) => what.startsWith('signal'))).toEqual([
      // Once for both, and before the first.
      'signalling a b',
      'signal a SIGINT main',
      'signal b SIGINT main',
    ]);
    stage.end('a', 1, 0);
    expect(stage.heard).not.toContain('finished');
    stage.end('b', 1, 0);
    stage.engine.post({ is: 'tick' });
    expect(stage.heard.filter((what) => what === 'finished')).toHaveLength(1);
    expect(stage.heard.at(-1)).toBe('settled');
    expect(stage.alarmAt).toBeNull();
  });
});

/** An engine in a world whose time moves only by hand, and whose processes do nothing by themselves. */
class Stage {
  readonly heard: string[] = [];
  readonly engine: Engine;
  alarmAt: number | null = null;
  private now = 0;
  private wake: () => void = () => undefined;

  constructor(
    policies: readonly Policy[],
    answer: (id: string, run: number) => Event = (id, run) => ({
      is: 'spawned',
      id,
      run,
      process: { pid: 100 + run, startTime: 1 },
    }),
  ) {
    const note = (what: string): void => {
      this.heard.push(what);
    };
    const world: World = {
      clock: {
        now: () => this.now,
        wall: () => new Date(this.now),
        chance: () => 0,
        wakeAt: (at, wake) => {
          if (at !== this.alarmAt) note(`alarm ${String(at)}`);
          this.alarmAt = at;
          this.wake = wake;
        },
      },
      spawn: ({ id, run }: RunOrder) => {
        note(`spawn ${id} ${run}`);
        this.engine.post(answer(id, run));
      },
      signal: ({ id, signal, to }) => {
        note(`signal ${id} ${signal} ${to}`);
      },
      kill: ({ id }) => {
        note(`kill ${id}`);
      },
      probe: ({ name }) => {
        note(`probe ${name}`);
      },
      look: ({ id }) => {
        note(`look ${id}`);
      },
    };
    const observer: EngineObserver = {
      record: (fact: Fact) => {
        note(`${fact.id} ${fact.type}`);
      },
      signalling: (_, ids) => {
        note(`signalling ${[...ids].join(' ')}`);
      },
      settled: () => {
        note('settled');
      },
      finished: () => {
        note('finished');
      },
    };
    this.engine = new Engine(newFleet(policies, null, 0), world, observer);
  }

  stateOf(id: string): string | undefined {
    return slotOf(this.engine.fleet, id)?.state.is;
  }

  end(id: string, run: number, code: number): void {
    this.engine.post({ is: 'ended', id, run, code, signal: null, left: [] });
  }

  advanceToAlarm(): void {
    if (this.alarmAt === null) throw new Error('no alarm is set');
    this.now = this.alarmAt;
    this.alarmAt = null;
    this.wake();
  }
}
