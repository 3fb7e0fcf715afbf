/** A detached supervisor and its guard, as tests see them. */
import { readdirSync, readlinkSync } from 'node:fs';
import path from 'node:path';
import { PUPPET, type Puppet, type Stage } from './puppet.ts';
import type { HowToRun, Outcome, Program, Rig } from './supervise.ts';
import { waitFor } from './wait-for.ts';

export const SLEEPER = { shell: 'exec sleep 1000' };

interface Detached extends Outcome {
  readonly guard: number;
  readonly pid: number;
}

/** Runs `start -d` of the rig's list; returns the guard and the supervisor that it leaves. */
export async function detached(rig: Rig, args: readonly string[] = [], how: HowToRun = {}): Promise<Detached> {
  const outcome = await rig.launch(['start', '-d', ...args], how).ended;
  const [[guard, ...guards], [pid, ...pids]] = [rig.guards(), rig.supervisors()];
  if (guard === undefined || pid === undefined || guards.length + pids.length > 0)
    throw new Error(`there is not one guard and one supervisor: ${outcome.out}${outcome.err}`);
  return { ...outcome, guard, pid };
}

/** A detached supervisor with one puppet. */
export async function onStage(rig: Rig): Promise<Detached & { readonly daemon: Puppet; readonly stage: Stage }> {
  const stage = await rig.stage();
  rig.list([{ name: 'p', script: PUPPET, cwd: '.' }]);
  const all = await detached(rig);
  return { ...all, daemon: await stage.enter('p'), stage };
}

/** The same in the foreground. */
export async function foreground(
  rig: Rig,
  how: HowToRun = {},
): Promise<{ readonly daemon: Puppet; readonly supervise: Program }> {
  const stage = await rig.stage();
  rig.list([{ name: 'p', script: PUPPET, cwd: '.' }]);
  const supervise = await rig.start([], how);
  const daemon = await stage.enter('p');
  await rig.untilState('p', 'running');
  return { daemon, supervise };
}

/** Stops the list, of which this is the only daemon. */
export const stop = (rig: Rig, daemon: Puppet): Promise<void> => stopAll(rig, [daemon]);

/** Stops the list: these daemons get the signal and end with exit 0, in this order. */
export async function stopAll(rig: Rig, daemons: readonly Puppet[]): Promise<void> {
  const stopping = rig.run('stop');
  for (const daemon of daemons) {
    await daemon.heard('SIGTERM');
    await daemon.exit(0);
  }
  const { code, err } = await stopping;
  if (code !== 0) throw new Error(`stop has failed: ${err}`);
}

/** A guard ends once it has seen the end of its supervisor, so after anything that waited for that. */
export const nobodyLeft = (rig: Rig): Promise<unknown> =>
  waitFor(
    'nobody is left',
    () => left(rig),
    ({ length }) => length === 0,
  );

/** Anything of this rig that is running: guards, detached supervisors, daemons. */
export function left(rig: Rig): readonly number[] {
  return [...rig.guards(), ...rig.supervisors(), ...rig.daemons().map(({ pid }) => pid)];
}

/** What the detached supervisor and its guard have said. */
export const messages = (rig: Rig): string => rig.read(path.join(rig.state, 'supervise.log'));

/** The files, pipes and sockets that a process has open. */
export function openFiles(pid: number): ReadonlySet<string> {
  const folder = `/proc/${pid}/fd`;
  return new Set(
    readdirSync(folder).flatMap((fd) => {
      try {
        return [readlinkSync(path.join(folder, fd))];
      } catch {
        return []; // Closed between the two looks.
      }
    }),
  );
}
