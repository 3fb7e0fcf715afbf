/**
 * `npm run incident`: the incident twice, with workers kept up by a loop that restarts at once and by `supervise`; about two minutes. It
 * prints the figures and draws docs/pictures/incident.svg. `npm run incident -- --crossed` shows the other two pairings of keeper and
 * client, and draws nothing.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { BEFORE_S, curvesOf, figuresOf, type Curves, type Figures } from './figures.ts';
import { drawIncident, type Line } from './picture.ts';
import { Stage, type Acts, type Scene } from './scene.ts';

const root = path.resolve(import.meta.dirname, '../..');
const picture = path.join(root, 'docs/pictures/incident.svg');
const WORKERS = 40;
const AFTER_MS = 18_000;

type Cast = Pick<Scene, 'keeper' | 'client'>;
const DRAWN: readonly Cast[] = [
  { keeper: 'loop', client: 'naive' },
  { keeper: 'supervise', client: 'careful' },
];
const CROSSED: readonly Cast[] = [
  { keeper: 'loop', client: 'careful' },
  { keeper: 'supervise', client: 'naive' },
];
const sceneOf = (cast: Cast): Scene => ({
  ...cast,
  workers: WORKERS,
  startsASecond: 4,
  pauseMs: 400,
  timeoutMs: 1_500,
  store: { limit: 50, loginMs: 150, questionMs: 1 },
  trouble: { slowMs: 5_000, backlogMs: 2_400, fullMs: 10_000 },
});

interface Shown {
  readonly cast: Cast;
  readonly acts: Acts;
  readonly curves: Curves;
  readonly figures: Figures;
}

async function show(cast: Cast): Promise<Shown> {
  const folder = mkdtempSync(path.join(tmpdir(), 'supervise-incident-'));
  const stage = new Stage(sceneOf(cast), folder, path.join(root, 'dist/cli/main.js'));
  try {
    await stage.open();
    await allAtWork(stage);
    await sleep(BEFORE_S * 1000);
    const acts = await stage.trouble();
    await sleep(AFTER_MS);
    const endAt = Date.now();
    const noted = [stage.ledger(), stage.storeLog(), acts, endAt] as const;
    return { cast, acts, curves: curvesOf(...noted), figures: figuresOf(...noted) };
  } finally {
    await stage.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function allAtWork(stage: Stage): Promise<void> {
  const giveUpAt = Date.now() + 60_000;
  while (stage.atWorkSince(0) < WORKERS) {
    if (Date.now() > giveUpAt) throw new Error('the workers do not come up in one minute: is the machine so busy?');
    await sleep(200);
  }
}

function tell({ cast: { keeper, client }, figures }: Shown): void {
  const back = figures.backAfterMs === null ? 'no' : `after ${(figures.backAfterMs / 1000).toFixed(1)} s`;
  console.log(
    [
      `${keeper}, ${client} client`,
      `  starts in the trouble, after it     ${figures.startsInTrouble}, ${figures.startsAfter}`,
      `  connections refused, likewise       ${figures.refusedInTrouble}, ${figures.refusedAfter}`,
      `  answers for another question        ${figures.wrong}`,
      `  time-outs                           ${figures.late}`,
      `  all got what they asked for again   ${back}`,
      `  got what they asked for, last 5 s   ${figures.atWorkAtTheEnd} of ${WORKERS}`,
    ].join('\n'),
  );
}

function lineOf(words: string, { figures, curves }: Shown): Line {
  const { wrong, atWorkAtTheEnd } = figures;
  return {
    words: `${words}: ${wrong} answers for another question; at the end ${atWorkAtTheEnd} of ${WORKERS} get what they ask for`,
    curves,
  };
}

const { crossed } = parseArgs({ options: { crossed: { type: 'boolean', default: false } } }).values;
console.log(`load ${loadavg()[0]?.toFixed(1) ?? '?'} on ${availableParallelism()} processors`);
const shown: Shown[] = [];
for (const cast of crossed ? CROSSED : DRAWN) {
  const one = await show(cast);
  tell(one);
  shown.push(one);
}
const [loop, supervised] = shown;
if (!crossed && loop !== undefined && supervised !== undefined) {
  const { slowAt, fullAt, wellAt } = loop.acts;
  const drawn = drawIncident({
    loop: lineOf('restarted at once', loop),
    supervise: lineOf('under supervise', supervised),
    fullAt: (fullAt - slowAt) / 1000,
    wellAt: (wellAt - slowAt) / 1000,
  });
  writeFileSync(picture, drawn);
  console.log(path.relative(process.cwd(), picture));
}
