/** docs/incident.md on a small scale: the same trouble for workers restarted at once by a loop, and for those under `supervise`. */
import path from 'node:path';
import { expect, inject } from 'vitest';
import { figuresOf, type Figures } from '../../examples/incident/figures.ts';
import { Stage, type Acts, type Scene } from '../../examples/incident/scene.ts';
import { test, type Rig } from '../support/supervise.ts';
import { waitUntil } from '../support/wait-for.ts';

const WORKERS = 10;
/** Starts by the loop, including its first ones, beyond which it clearly hammers; a slow machine takes longer to get there. */
const HAMMERED = 5 * WORKERS;

type Cast = Pick<Scene, 'keeper' | 'client'> & { readonly fullMs: number };

const sceneOf = ({ keeper, client, fullMs }: Cast): Scene => ({
  ...{ keeper, client },
  workers: WORKERS,
  startsASecond: 10,
  pauseMs: 100,
  timeoutMs: 500,
  store: { limit: 12, loginMs: 40, questionMs: 1 },
  trouble: { slowMs: 2_500, backlogMs: 800, fullMs },
});

interface Waits {
  /** For what, before the trouble may end, and once the store is well again. */
  readonly inTrouble?: (stage: Stage) => Promise<void>;
  readonly after?: (stage: Stage, wellAt: number) => Promise<void>;
}

async function show(rig: Rig, cast: Cast, { inTrouble, after }: Waits): Promise<{ figures: Figures; acts: Acts }> {
  const stage = new Stage(sceneOf(cast), path.join(rig.folder, cast.keeper), inject('program'));
  try {
    await stage.open();
    await waitUntil('all workers have got an item', () => stage.atWorkSince(0) === WORKERS, 60_000);
    const acts = await stage.trouble(() => inTrouble?.(stage) ?? Promise.resolve());
    await after?.(stage, acts.wellAt);
    return { figures: figuresOf(stage.ledger(), stage.storeLog(), acts, Date.now()), acts };
  } finally {
    await stage.close();
  }
}

test(
  'restarts at once and a connection used again make it worse; under supervise nobody hammers, and all come back',
  {
    timeout: 240_000,
  },
  async ({ rig }) => {
    const { figures: loop, acts } = await show(
      rig,
      { keeper: 'loop', client: 'naive', fullMs: 6_000 },
      { inTrouble: (stage) => waitUntil('the loop hammers', () => stage.startsSoFar() > HAMMERED, 60_000) },
    );
    // Not a moment less trouble for ours.
    const { figures: supervised } = await show(
      rig,
      { keeper: 'supervise', client: 'careful', fullMs: acts.wellAt - acts.fullAt },
      { after: (stage, wellAt) => waitUntil('all are back', () => stage.atWorkSince(wellAt) === WORKERS, 60_000) },
    );

    expect(loop.wrong, 'asked for A and handed B').toBeGreaterThan(0);
    expect(loop.startsInTrouble).toBeGreaterThan(WORKERS);
    expect(loop.refusedInTrouble).toBeGreaterThan(WORKERS);

    // They were hit: all had to be started again, and something was refused, at least the probe.
    expect(supervised.startsInTrouble + supervised.startsAfter).toBeGreaterThanOrEqual(WORKERS);
    expect(supervised.refusedInTrouble).toBeGreaterThan(0);
    expect(supervised.wrong).toBe(0);
    expect(supervised.startsInTrouble).toBeLessThanOrEqual(12);
    expect(loop.startsInTrouble).toBeGreaterThan(3 * supervised.startsInTrouble);
    expect(supervised.backAfterMs).not.toBeNull();
  },
);
