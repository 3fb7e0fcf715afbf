/** What the deeds wait for. */
import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive, readStat } from '../../supervisor/world/proc.ts';
import { only, openHelpers, openJobs, type Note } from './ledger.ts';
import { WORKERS } from './list.ts';
import { processesOf } from './program.ts';
import type { Stage } from './stage.ts';
import type { Tool } from './tool.ts';

export interface Play {
  readonly stage: Stage;
  readonly tool: Tool;
  readonly jobMs: number;
  /** Aborted when someone ends the demo. */
  readonly end: AbortSignal;
  /** Shows what is waited for. */
  readonly waitFor: (what: string) => void;
}

/** The demo cannot continue: something expected did not happen. */
export class Unmet extends Error {}

export const STOPPED = 'its supervisor is gone: somebody has stopped it';

/** Longer than anything that may be waited for. */
const TOO_LONG_MS = 120_000;

/** How long the workers of another program are waited for before they are given up. */
export const patienceMs = ({ jobMs }: Play): number => 10_000 + 2.5 * jobMs;

type Met = (notes: readonly Note[]) => boolean | Promise<boolean>;

/** Polls until the condition holds; returns the notes at that point. */
export async function until(play: Play, what: string, isSo: Met): Promise<readonly Note[]> {
  const notes = await within(play, TOO_LONG_MS, what, isSo);
  if (notes === null) throw new Unmet(`waited ${TOO_LONG_MS / 1000} s for ${what}`);
  return notes;
}

/** The same with a time limit. null: time is up. */
export async function within(play: Play, limitMs: number, what: string, isSo: Met): Promise<readonly Note[] | null> {
  play.waitFor(what);
  const begun = performance.now();
  for (let tries = 1; performance.now() - begun < limitMs; tries++) {
    const notes = play.stage.notes();
    if (await isSo(notes)) return notes;
    if (tries % 20 === 0 && play.tool.isOurs && processesOf(play.stage).length === 0) throw new Unmet(STOPPED);
    await sleep(50, undefined, { signal: play.end });
  }
  return null;
}

export const areBusy = (notes: readonly Note[]): boolean =>
  living(openJobs(notes)).length >= WORKERS && living(openHelpers(notes)).length >= WORKERS / 2;

/** The notes of living processes. */
export const living = (notes: readonly Note[]): readonly Note[] => notes.filter(({ pid }) => isAlive(readStat(pid)));

/** How many have begun a job and a helper within one of theirs. */
export function withHelper(notes: readonly Note[]): number {
  const helped = new Set(only(notes, 'helper-begin').map(({ about }) => about));
  return atWork(notes.filter(({ about }) => helped.has(about)));
}

/** How many have begun a job. */
export const atWork = (notes: readonly Note[]): number => new Set(only(notes, 'begin').map(({ pid }) => pid)).size;

export async function timed<T>(act: () => Promise<T>): Promise<{ readonly outcome: T; readonly seconds: string }> {
  const begun = performance.now();
  const outcome = await act();
  return { outcome, seconds: `${((performance.now() - begun) / 1000).toFixed(1)} s` };
}
