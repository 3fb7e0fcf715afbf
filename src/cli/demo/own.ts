/** This very program as the one that runs the workers. */
import { existsSync, writeFileSync } from 'node:fs';
import { listText } from './list.ts';
import { supervise, type Scene } from './program.ts';
import type { Act, Tool } from './tool.ts';

export function ownTool(scene: Scene, jobMs: number): Tool {
  const command =
    (...args: readonly string[]): Act =>
    (end) =>
      supervise(scene, args, end);
  return {
    isOurs: true,
    prepare() {
      writeFileSync(scene.list, listText(jobMs));
    },
    start: command('start', '-d'),
    restart: command('restart'),
    stop: command('stop'),
    startAgain: null,
    async supervisorPid(end) {
      const { out } = await supervise(scene, ['status', '--json'], end);
      if (out === '') return null; // One that is just coming up does not answer yet.
      // As documented for `status --json`.
      const { supervisor } = JSON.parse(out) as { supervisor: { pid: number } | null };
      return supervisor?.pid ?? null;
    },
    unkillable: null,
    revive: null,
    async endAll() {
      if (existsSync(scene.list)) await supervise(scene, ['stop', '--now']);
    },
  };
}
