/**
 * What must be true of every framework. Everything is done while all its instances are in the middle of jobs, with helper processes at
 * work; after that these jobs take 12 s more.
 */
import path from 'node:path';
import { describe, expect } from 'vitest';
import { detached, left } from '../support/detached.ts';
import type { Need } from '../support/needs.ts';
import { send } from '../support/processes.ts';
import { test, type Rig } from '../support/supervise.ts';
import { waitFor, waitUntil } from '../support/wait-for.ts';
import { needFramework, openStage, PATIENCE_MS, type Framework, type FrameworkStage } from './stage.ts';

const ALL_BY_THEMSELVES = /boundary 0 · ended by itself 2 · cut 0\n$/;

/** Returns whether it is here. */
export function cutsNoJob(framework: Framework): Need {
  const need = needFramework(framework);
  // They wait for their jobs, each with a Redis and a supervisor of its own.
  describe.skipIf(need.missing)(`${framework.name} under supervise${need.note}`, { concurrent: true }, () => {
    test('a restart in the middle of jobs lets them end, and the new processes do the rest', async ({ rig }) => {
      const stage = await openStage(rig, framework);
      await stage.start();
      const first = await inTheMiddle(stage, 3);
      const old = await pidsOf(rig);
      const restarting = stage.supervise('restart');
      await isDraining(rig);
      stage.letGo();
      const { code, out } = await restarting;
      expect(code, out).toBe(0);
      expect(out).toMatch(ALL_BY_THEMSELVES);
      expect(stage.ledger.done).toEqual(expect.arrayContaining([...first]));
      expect(await stillThere(old, rig)).toEqual([]);
      await comesToRest(rig, stage);
    });

    test('who is adopted after a SIGKILL of the supervisor goes on, and is drained by the next one', async ({
      rig,
    }) => {
      const stage = await openStage(rig, framework);
      await detached(rig, [], stage.how);
      const first = await inTheMiddle(stage, 2);
      const old = await pidsOf(rig);
      await killSupervisor(rig);
      expect(await pidsOf(rig)).toEqual(old);
      expect((await rig.status()).instances.map(({ flags }) => flags)).toEqual([['adopted'], ['adopted']]);
      await stage.supervise('restart', '--no-wait');
      // And again when its drains are saved: a worker that gets the stop signal twice cuts its job (Celery, RQ).
      await waitUntil('a drain is saved', () =>
        rig.read(path.join(rig.state, 'state.json')).includes('"is":"draining"'),
      );
      await killSupervisor(rig);
      stage.letGo();
      await waitUntil('all are replaced', async () => (await stillThere(old, rig)).length === 0, PATIENCE_MS);
      expect(stage.ledger.done).toEqual(expect.arrayContaining([...first]));
      await comesToRest(rig, stage);
    });

    test('a stop in the middle of jobs lets them end; what waits is done after the next start', async ({ rig }) => {
      const stage = await openStage(rig, framework);
      const supervise = await stage.start();
      const first = await inTheMiddle(stage, 2);
      const stopping = stage.supervise('stop');
      await isDraining(rig);
      stage.letGo();
      const { code, out } = await stopping;
      expect(code, out).toBe(0);
      expect(out).toMatch(ALL_BY_THEMSELVES);
      expect((await supervise.ended).code).toBe(0);
      await nobodyIsLeft(rig);
      expect(stage.ledger.done.toSorted()).toEqual(first.toSorted());
      await stage.start();
      await comesToRest(rig, stage);
    });

    test('a Ctrl-C in the middle of jobs lets them end', async ({ rig }) => {
      const stage = await openStage(rig, framework);
      const supervise = await stage.start();
      await inTheMiddle(stage, 1);
      supervise.signal('SIGINT');
      await isDraining(rig);
      stage.letGo();
      const { code, out } = await supervise.ended;
      expect(code, out).toBe(0);
      expect(out).toMatch(ALL_BY_THEMSELVES);
      expect(stage.ledger.faults(stage.jobs)).toEqual([]);
      await nobodyIsLeft(rig);
    });

    test('what stop --now ends in the middle is counted as cut', async ({ rig }) => {
      const stage = await openStage(rig, framework);
      await stage.start();
      await inTheMiddle(stage, 1);
      const { code, out, err } = await stage.supervise('stop', '--now');
      expect(code).toBe(1);
      expect(out).toMatch(/boundary 0 · ended by itself 0 · cut 2\n$/);
      if (framework.leavesTheSession !== true) return;
      // Out of reach, and named. They end their jobs.
      for (const job of stage.jobs) expect(out + err).toContain(`pid ${stage.ledger.workersOf(job).join()} `);
      stage.letGo();
      // A process that sets its title has no mark any more.
      await waitUntil(
        'all have ended',
        () => left(rig).length === 0 && stage.ledger.faults(stage.jobs).length === 0,
        PATIENCE_MS,
      );
    });

    test('Redis goes away in the middle of jobs and comes back empty: they end, no end is a crash, and new ones are done', async ({
      rig,
    }) => {
      const stage = await openStage(rig, framework);
      await stage.start();
      await inTheMiddle(stage, 1);
      await stage.redis.goAway();
      stage.letGo();
      await stage.allDone();
      if (framework.endsWithoutRedis === true)
        for (const id of ['photos:1', 'photos:2'])
          await rig.until(id, 'waits for Redis', ({ waiting_for: [first] }) => first?.kind === 'resource');
      await stage.redis.comeBack();
      await stage.enqueue(1);
      await comesToRest(rig, stage);
    });
  });
  return need;
}

function inTheMiddle(stage: FrameworkStage, rounds: number): Promise<readonly string[]> {
  return stage.enqueue(rounds).then(() => stage.inTheMiddle());
}

/** Waits for the rest of the jobs, then stops everything, which is idle. */
async function comesToRest(rig: Rig, stage: FrameworkStage): Promise<void> {
  await stage.allDone();
  for (const { cut, kind } of await stage.ends()) {
    // It did not tell us where it was: to call that `no` would be a guess.
    expect(cut).toBe('unknown');
    expect(kind).not.toBe('crash');
  }
  const { code, out } = await stage.supervise('stop');
  expect(code, out).toBe(0);
  expect(out).toMatch(ALL_BY_THEMSELVES);
  expect(stage.ledger.faults(stage.jobs)).toEqual([]);
  await nobodyIsLeft(rig);
}

/** What stop has stopped is gone when it returns; its supervisor and guard end a moment later. */
async function nobodyIsLeft(rig: Rig): Promise<void> {
  expect(rig.daemons()).toEqual([]);
  await waitUntil('supervisor and guard have ended', () => left(rig).length === 0);
}

async function killSupervisor(rig: Rig): Promise<void> {
  const of = async (): Promise<number | undefined> => (await rig.status()).supervisor?.pid;
  const dead = await of();
  if (dead === undefined) throw new Error('there is no supervisor to kill');
  send(dead, 'SIGKILL');
  await waitFor('the next supervisor', of, (pid) => pid !== undefined && pid !== dead);
}

async function isDraining(rig: Rig): Promise<void> {
  await waitUntil('one drains', async () => (await rig.status()).instances.some(({ state }) => state === 'draining'));
}

async function pidsOf(rig: Rig): Promise<readonly (number | null)[]> {
  return (await rig.status()).instances.map(({ pid }) => pid);
}

async function stillThere(old: readonly (number | null)[], rig: Rig): Promise<readonly (number | null)[]> {
  return (await pidsOf(rig)).filter((pid) => old.includes(pid));
}
