import { expect, onTestFinished, test } from 'vitest';
import type { ChangeView } from '../../../src/control/view.ts';
import { followChanges } from '../../../src/supervisor/changes.ts';
import { PostedFleet } from '../../support/posted-fleet.ts';
import { waitFor, waitUntil } from '../../support/wait-for.ts';
import { policy } from '../lifecycle/policies.ts';

test('the first picture is whole, the next ones have what has changed and nothing else', async () => {
  const stage = new PostedFleet([policy('a'), policy('b')]);
  const viewer = await look(stage);
  expect(viewer.seen).toMatchObject([{ whole: true, instances: [{ id: 'a', state: 'stopped' }, { id: 'b' }] }]);
  stage.post({ is: 'boot', ids: ['b'] });
  const [, change] = await viewer.pictures(2);
  expect(change).toMatchObject({ whole: false, instances: [{ id: 'b', state: 'starting' }] });
  expect(change?.instances).toHaveLength(1);
});

test('while nothing changes nothing is sent, and an event that changes nothing sends nothing', async () => {
  const stage = new PostedFleet([policy('a')]);
  const viewer = await look(stage);
  stage.post({ is: 'stop-asked', ids: [] });
  stage.post({ is: 'said', id: 'a', run: 9, word: { key: 'READY' }, sinceSignal: false });
  await pace();
  expect(viewer.seen).toHaveLength(1);
  stage.post({ is: 'boot', ids: ['a'] });
  await viewer.pictures(2);
});

test('many changes in a short time are one picture, of what is in the end', async () => {
  const stage = new PostedFleet([policy('a')]);
  const viewer = await look(stage);
  stage.post({ is: 'boot', ids: ['a'] });
  stage.post({ is: 'spawned', id: 'a', run: 1, process: { pid: 7, startTime: 1 } });
  for (let done = 1; done <= 500; done += 1)
    stage.post({ is: 'said', id: 'a', run: 1, word: { key: 'ITERATION', done }, sinceSignal: false });
  const [, change] = await viewer.pictures(2);
  expect(change?.instances).toMatchObject([{ id: 'a', iterations: 500 }]);
  await pace();
  expect(viewer.seen).toHaveLength(2);
});

test('a viewer that is behind is sent nothing, and one picture of all that it missed when it has caught up', async () => {
  const stage = new PostedFleet([policy('a'), policy('b')]);
  const slow = await look(stage);
  const quick = await look(stage);
  slow.fallBehind();
  stage.post({ is: 'boot', ids: ['a'] });
  await quick.pictures(2);
  stage.post({ is: 'boot', ids: ['b'] });
  await quick.pictures(3);
  stage.post({ is: 'spawned', id: 'b', run: 1, process: { pid: 7, startTime: 1 } });
  await quick.pictures(4);
  expect(slow.seen).toHaveLength(1);
  slow.catchUp();
  const [, change] = await slow.pictures(2);
  expect(change?.instances.map(({ id, state, pid }) => [id, state, pid])).toEqual([
    ['a', 'starting', null],
    ['b', 'starting', 7],
  ]);
});

test('what an instance waits for is sent although only others have moved', async () => {
  const stage = new PostedFleet([policy('x'), policy('y'), policy('late', { needs: { x: 'ready', y: 'ready' } })]);
  const viewer = await look(stage);
  stage.post({ is: 'boot', ids: ['late', 'x', 'y'] });
  const waits = (): readonly string[] | undefined =>
    viewer.seen
      .flatMap(({ instances }) => instances.filter(({ id }) => id === 'late'))
      .at(-1)
      ?.waiting_for.map(({ name }) => name);
  await waitFor('late waits for both', waits, (names) => names?.join() === 'x,y');
  stage.post({ is: 'spawned', id: 'x', run: 1, process: { pid: 7, startTime: 1 } });
  stage.post({ is: 'said', id: 'x', run: 1, word: { key: 'READY' }, sinceSignal: false });
  await waitFor('late waits for one', waits, (names) => names?.join() === 'y');
});

test('what does not fit into one message comes in several, of which the first says that it is whole', async () => {
  const stage = new PostedFleet([policy('many', { instances: 250 })]);
  const parts = await (await look(stage)).pictures(3);
  expect(parts.map(({ whole, more, instances }) => [whole, more, instances.length])).toEqual([
    [true, true, 100],
    [false, true, 100],
    [false, false, 50],
  ]);
});

test('trouble of the supervisor itself is a change', async () => {
  const stage = new PostedFleet([policy('a')]);
  const viewer = await look(stage);
  stage.trouble('the disk is full');
  const [, change] = await viewer.pictures(2);
  expect(change).toMatchObject({ supervisor: { problems: ['the disk is full'] }, instances: [] });
});

test('resources are in the first picture, and in each in which one of them has changed', async () => {
  const stage = new PostedFleet([policy('a', { resources: ['db'] })], [{ name: 'db', intervalMs: 500 }]);
  const viewer = await look(stage);
  expect(viewer.seen[0]).toMatchObject({ resources: [{ name: 'db', state: 'unknown' }] });
  stage.trouble('something else');
  const [, other] = await viewer.pictures(2);
  expect(other).not.toHaveProperty('resources');
  stage.post({ is: 'boot', ids: ['a'] });
  stage.post({ is: 'probed', name: 'db', probe: 1, error: 'refused' });
  const last = (): ChangeView | undefined => viewer.seen.findLast(({ resources }) => resources !== undefined);
  await waitFor('it is known to be down', last, (change) => change?.resources?.[0]?.state === 'down');
  expect(last()?.resources).toMatchObject([{ name: 'db', state: 'down', error: 'refused', waiting: 1 }]);
});

test('when the viewer leaves, nobody listens any more', async () => {
  const stage = new PostedFleet([policy('a')]);
  const viewer = await look(stage);
  const behind = await look(stage);
  behind.fallBehind();
  expect(stage.listeners).toBe(2);
  viewer.leave();
  behind.leave();
  await waitUntil('nobody listens', () => stage.listeners === 0);
});

/** A viewer that has seen the first picture. */
async function look(stage: PostedFleet): Promise<Viewer> {
  const viewer = new Viewer();
  const emit = (change: ChangeView): void => void viewer.seen.push(change);
  void followChanges(stage.picture(), { emit, end: viewer.end.signal, room: () => viewer.room() });
  onTestFinished(() => {
    viewer.leave();
  });
  await viewer.pictures(1);
  return viewer;
}

/** Waits long enough for a viewer of another stage to have been sent its next picture. */
async function pace(): Promise<void> {
  const stage = new PostedFleet([policy('marker')]);
  const viewer = await look(stage);
  stage.trouble('marker');
  await viewer.pictures(2);
}

class Viewer {
  readonly seen: ChangeView[] = [];
  readonly end = new AbortController();
  private behind: { readonly promise: Promise<void>; readonly resolve: () => void } | null = null;

  room(): Promise<void> | undefined {
    return this.behind?.promise;
  }

  fallBehind(): void {
    let resolve: () => void = () => undefined;
    const promise = new Promise<void>((done) => (resolve = done));
    this.behind = { promise, resolve };
  }

  catchUp(): void {
    const behind = this.behind;
    this.behind = null;
    behind?.resolve();
  }

  leave(): void {
    this.end.abort();
    this.catchUp();
  }

  pictures(count: number): Promise<readonly ChangeView[]> {
    return waitFor(
      `${count} pictures`,
      () => this.seen,
      (seen) => seen.length >= count,
    );
  }
}
