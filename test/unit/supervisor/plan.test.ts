/** What a reload would do: for every key of the schema, and for living processes. */
import { beforeEach, describe, expect, test } from 'vitest';
import { DAEMON, LIST } from '../../../src/config/schema.ts';
import type { Section } from '../../../src/config/section.ts';
import type { ListSpec } from '../../../src/config/spec.ts';
import type { PlanView } from '../../../src/control/view.ts';
import { newFleet, type Fleet } from '../../../src/supervisor/lifecycle/roster.ts';
import { step } from '../../../src/supervisor/lifecycle/fleet.ts';
import { madeOf } from '../../../src/supervisor/made.ts';
import { MadeRuns } from '../../../src/supervisor/made-runs.ts';
import { planOf } from '../../../src/supervisor/plan.ts';
import { PresentList } from '../../../src/supervisor/present-list.ts';
import { ListFolder } from '../../support/list-folder.ts';
import { DAEMON_ROWS, ELSEWHERE, LIST_ROWS } from '../../support/one-key-changed.ts';

let here: ListFolder;
beforeEach(() => {
  here = new ListFolder();
  here.programs('sh');
  here.write('d.sh', '#!/bin/sh\n');
  here.write('more.env', 'FROM_FILE=1\n');
  here.write('other/x', '');
});

/** Everything in the list that should be started is running. */
class Running {
  readonly present: PresentList;
  readonly made: MadeRuns;
  fleet: Fleet;
  #now = 0;

  constructor(list: ListSpec) {
    this.present = new PresentList(list, []);
    this.made = new MadeRuns((id) => this.present.specOf(id), new Map());
    this.fleet = newFleet(list.daemons, null, 0, list.resources);
    this.send({
      is: 'boot',
      ids: list.daemons.filter(({ autostart }) => autostart).flatMap(({ name }) => this.idsOf(name)),
    });
    for (const { id, starts } of this.fleet.slots)
      this.send({ is: 'spawned', id, run: starts, process: { pid: 1, startTime: 1 } });
  }

  idsOf(daemon: string): readonly string[] {
    return this.fleet.slots.filter((slot) => slot.daemon === daemon).map(({ id }) => id);
  }

  send(event: Parameters<typeof step>[1]): void {
    this.fleet = step(this.fleet, event, (this.#now += 1), () => 0).fleet;
  }

  plan(list: ListSpec): Omit<PlanView, 'print' | 'warnings'> {
    for (const slot of this.fleet.slots) this.made.of(slot);
    return planOf({ list: this.present.accepted ?? this.present.list, fleet: this.fleet, made: this.made }, list).view;
  }
}

const daemonList = (daemon: object, rest: object = {}): string =>
  JSON.stringify({
    ...rest,
    daemons: [
      {
        name: 'd',
        ...('script' in daemon || 'command' in daemon || 'shell' in daemon ? {} : { script: './d.sh' }),
        ...daemon,
      },
      { name: 'needed', script: './d.sh' },
    ],
  });

describe('one key has changed', () => {
  test('there is a row for each key of the schema', () => {
    const flat = (rows: Section, above: string): readonly string[] =>
      Object.entries(rows).flatMap(([name, row]) => {
        const whole = ['ready', 'ulimit', 'resources'].includes(name);
        if ('later' in row) return [];
        const inner = whole ? undefined : row.kind.section;
        return inner === undefined ? [`${above}${name}`] : flat(inner, `${above}${name}.`);
      });
    const keys = [...flat(DAEMON, ''), ...flat({ resources: LIST.resources, supervisor: LIST.supervisor }, '')];
    expect([...new Set([...DAEMON_ROWS, ...LIST_ROWS].map(({ key }) => key)), ...ELSEWHERE].sort()).toEqual(
      keys.sort(),
    );
  });

  test.each(DAEMON_ROWS)('$key', ({ key, told = [key], before, after, restarts = false }) => {
    const running = new Running(here.good(daemonList(before)));
    const same = running.plan(here.good(daemonList(before)));
    expect(same).toMatchObject({ added: [], removed: [], changed: [], unchanged: ['d', 'needed'], list: [] });
    const plan = running.plan(here.good(daemonList(after)));
    const instances = restarts ? running.idsOf('d') : [];
    expect(plan.changed).toEqual([{ name: 'd', keys: told, restarts, instances, again: [] }]);
    expect([plan.added, plan.removed, plan.unchanged, plan.list]).toEqual([[], [], ['needed'], []]);
    expect([plan.starts, plan.stops]).toEqual(key === 'instances' ? [['d:3'], []] : [[], []]);
  });

  test.each(LIST_ROWS)('$key', ({ key, told = [key], before, after }) => {
    const running = new Running(here.good(daemonList({}, before)));
    expect(running.plan(here.good(daemonList({}, before))).list).toEqual([]);
    const plan = running.plan(here.good(daemonList({}, after)));
    expect(plan).toMatchObject({ changed: [], unchanged: ['d', 'needed'], list: told });
  });
});

describe('what lives', () => {
  const one = daemonList({ env: { A: '1' }, instances: 2 });
  const two = daemonList({ env: { A: '2' }, instances: 2 });

  test('was made from what it was made from, whatever the list said in between', () => {
    const running = new Running(here.good(one));
    running.plan(here.good(one));
    // A reload that was given up: the list is the new one, the processes are the previous ones.
    running.present.take(here.good(two), running.fleet);
    expect(running.plan(here.good(two)).changed).toEqual([
      { name: 'd', keys: ['env.A'], restarts: true, instances: ['d:1', 'd:2'], again: [] },
    ]);
    // And back: nothing is to be done.
    expect(running.plan(here.good(one)).changed).toEqual([
      { name: 'd', keys: ['env.A'], restarts: false, instances: [], again: [] },
    ]);
  });

  test('was given another variable besides: each is named that differs from what it was made from, and no other', () => {
    const running = new Running(here.good(one));
    running.plan(here.good(one));
    running.present.take(here.good(two), running.fleet);
    const three = here.good(daemonList({ env: { A: '2', B: '1' }, instances: 2 }));
    expect(running.plan(three).changed).toMatchObject([{ keys: ['env.B', 'env.A'], restarts: true }]);
    const back = here.good(daemonList({ env: { A: '1', B: '1' }, instances: 2 }));
    running.present.take(three, running.fleet);
    expect(running.plan(back).changed).toMatchObject([{ keys: ['env.A', 'env.B'], restarts: true }]);
  });

  test('was made by an earlier supervisor, which has written down no values: env has changed', () => {
    const list = here.good(one);
    const running = new Running(list);
    const [spec] = list.daemons;
    if (spec === undefined) throw new Error('no daemon');
    const before = new Map(['d:1', 'd:2'].map((id) => [id, { run: 1, made: madeOf(spec) }]));
    const made = new MadeRuns((id) => running.present.specOf(id), before);
    running.present.take(here.good(two), running.fleet);
    const { view } = planOf({ list: running.present.list, fleet: running.fleet, made }, here.good(two));
    expect(view.changed).toMatchObject([{ keys: ['env'], restarts: true }]);
  });

  test('is replaced, and what the list takes out at the same time is not', () => {
    const running = new Running(here.good(one));
    const plan = running.plan(here.good(daemonList({ env: { A: '2' }, instances: 1 })));
    expect(plan).toMatchObject({ changed: [{ restarts: false, instances: [] }], stops: ['d:1', 'd:2'], starts: ['d'] });
    const three = new Running(here.good(daemonList({ env: { A: '1' }, instances: 3 })));
    expect(three.plan(here.good(two))).toMatchObject({ changed: [{ instances: ['d:1', 'd:2'] }], stops: ['d:3'] });
  });

  test('is replaced, and what a person has stopped is not', () => {
    const running = new Running(here.good(one));
    running.send({ is: 'stop-asked', ids: ['d:2'] });
    expect(running.plan(here.good(two)).changed).toMatchObject([{ instances: ['d:1'] }]);
  });

  test('what has failed is tried again where its process is made differently, and else not', () => {
    const list = (command: string, delay: string): string =>
      daemonList({ command, restart: { policy: 'never', delay }, instances: 1 });
    const running = new Running(here.good(list('sh d.sh', '1s')));
    running.send({ is: 'ended', id: 'd', run: 1, code: 1, signal: null, left: [], error: null });
    expect(running.fleet.slots[0]?.state.is).toBe('failed');
    expect(running.plan(here.good(list('sh d.sh', '2s'))).changed).toMatchObject([{ instances: [] }]);
    expect(running.plan(here.good(list('sh d.sh 2', '1s'))).changed).toMatchObject([
      { instances: ['d'], again: ['d'] },
    ]);
  });

  test('comes and goes with its daemon, and with the number of instances', () => {
    const running = new Running(here.good(daemonList({ instances: 3 })));
    const plan = running.plan(
      here.good(
        JSON.stringify([
          { name: 'd', script: './d.sh', instances: 2 },
          { name: 'new', script: './d.sh' },
          { name: 'idle', script: './d.sh', autostart: false },
        ]),
      ),
    );
    expect(plan).toMatchObject({
      added: ['new', 'idle'],
      removed: ['needed'],
      starts: ['new'],
      stops: ['d:3', 'needed'],
    });
  });

  test('more instances of what a person has stopped are not started', () => {
    const running = new Running(here.good(one));
    running.send({ is: 'stop-asked', ids: ['d:1', 'd:2'] });
    expect(running.plan(here.good(daemonList({ env: { A: '1' }, instances: 3 }))).starts).toEqual([]);
  });
});
