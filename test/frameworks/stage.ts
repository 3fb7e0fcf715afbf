/** One framework at work under the built program: its fixture in the work folder, a Redis, and the ledger of its jobs. */
import { execFile, spawnSync } from 'node:child_process';
import { cpSync, existsSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import type { RunView } from '../../src/control/view.ts';
import type { Need } from '../support/needs.ts';
import type { HowToRun, Outcome, Program, Rig } from '../support/supervise.ts';
import { waitFor } from '../support/wait-for.ts';
import { Ledger } from './ledger.ts';
import { Redis } from './redis.ts';

export interface Framework {
  readonly name: string;
  /** The folder of its fixture, beside this file. */
  readonly folder: string;
  /** Exits 0 where it is installed. */
  readonly probe: readonly [string, ...string[]];
  /** What makes the probe exit 0. */
  readonly install: string;
  /** The command that puts jobs, its further arguments, into the queue. */
  readonly enqueue: readonly [string, ...string[]];
  /** How many jobs its two instances do at once. */
  readonly atOnce: number;
  /** Its jobs are done in sessions of their own: SIGKILL for the session of an instance does not reach them. */
  readonly leavesTheSession?: boolean;
  /** Its worker ends after a job whose end it cannot tell to Redis; others wait for Redis themselves. */
  readonly endsWithoutRedis?: boolean;
}

/** A job takes 12 s, and those before it as long; a machine that does other things besides may be slow. */
export const PATIENCE_MS = 100_000;
/** Debian's Python, which has Debian's packages, before any other. */
const PATH = `/usr/bin:/bin:${process.env.PATH ?? ''}`;

/** If CI sets `MUST_RUN=frameworks`, their absence is an error. */
export function needFramework({ name, folder, probe: [program, ...args], install }: Framework): Need {
  const missing = ['redis-server', 'setpriv'].filter((each) => spawnSync(each, ['--version']).status !== 0);
  const cwd = path.join(import.meta.dirname, folder);
  const { status } = spawnSync(program, args, { cwd, env: { ...process.env, PATH }, stdio: 'ignore' });
  if (status === 0 && missing.length === 0) return { missing: false, note: '' };
  const what = status === 0 ? `no ${missing.join(', ')} here` : `no ${name} here: ${install}`;
  if (process.env.MUST_RUN?.includes('frameworks') === true) throw new Error(`${name} must run here: ${what}`);
  process.stderr.write(`skipped: tests with ${name} (${what})\n`);
  return { missing: true, note: ` (skipped: ${what})` };
}

export class FrameworkStage {
  readonly jobs: string[] = [];
  readonly how: HowToRun;
  readonly redis: Redis;
  readonly #rig: Rig;
  readonly #framework: Framework;

  constructor(rig: Rig, framework: Framework, redis: Redis) {
    this.#rig = rig;
    this.#framework = framework;
    this.redis = redis;
    this.how = { env: { PATH, REDIS: redis.address, LEDGER: path.join(rig.work, 'ledger') } };
  }

  get ledger(): Ledger {
    return new Ledger(this.#rig.read('ledger'));
  }

  /** Runs a command of the program to its end. */
  supervise(...args: readonly string[]): Promise<Outcome> {
    return this.#rig.launch(args, this.how).ended;
  }

  start(...args: readonly string[]): Promise<Program> {
    return this.#rig.start(args, this.how);
  }

  /** Puts this many rounds of jobs into the queue, each with as many as can be done at once. */
  async enqueue(rounds: number): Promise<void> {
    const [program, ...args] = this.#framework.enqueue;
    const added = Array.from({ length: rounds * this.#framework.atOnce }, (_, n) => `job${this.jobs.length + n + 1}`);
    this.jobs.push(...added);
    const env = { ...this.#rig.environment(), ...this.how.env, REDIS_URL: `redis://${this.redis.address}` };
    await promisify(execFile)(program, [...args, ...added], { cwd: this.#rig.work, env });
  }

  /** Waits until all instances are in the middle of as many jobs as they can do, where they stay; returns these. */
  inTheMiddle(): Promise<readonly string[]> {
    const { atOnce } = this.#framework;
    return this.#until('jobs are in the middle', ({ inTheMiddle }) => inTheMiddle, atOnce);
  }

  /** From now on jobs continue: those in the middle need 12 s more, in the helper and after it. */
  letGo(): void {
    this.#rig.file('go', '');
  }

  async allDone(): Promise<void> {
    await this.#until('all jobs are done', ({ done }) => done, this.jobs.length);
  }

  /** Changes a file of the fixture. */
  edit(file: string, from: string, to: string): void {
    const text = this.#rig.read(file);
    if (!text.includes(from)) throw new Error(`${file} has no ${from}`);
    this.#rig.file(file, text.replace(from, to));
  }

  /** How the runs of all instances have ended. */
  async ends(): Promise<readonly RunView[]> {
    const { instances } = await this.#rig.status();
    return instances.flatMap(({ runs = [] }) => runs);
  }

  #until(what: string, look: (ledger: Ledger) => readonly string[], number: number): Promise<readonly string[]> {
    return waitFor(
      what,
      () => look(this.ledger),
      (seen) => seen.length >= number,
      PATIENCE_MS,
    );
  }
}

export async function openStage(rig: Rig, framework: Framework): Promise<FrameworkStage> {
  const fixture = path.join(import.meta.dirname, framework.folder);
  const packages = path.join(fixture, 'node_modules');
  cpSync(fixture, rig.work, { recursive: true, filter: (file) => file !== packages });
  if (existsSync(packages)) symlinkSync(packages, path.join(rig.work, 'node_modules'));
  cpSync(path.join(import.meta.dirname, 'helper.sh'), path.join(rig.work, 'helper.sh'));
  const redis = await Redis.open(rig.folder);
  rig.closers.push(() => {
    redis.close();
  });
  return new FrameworkStage(rig, framework, redis);
}
