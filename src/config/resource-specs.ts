import path from 'node:path';
import type { WrittenNeed } from './compound.ts';
import type { WrittenResource } from './resources.ts';
import { RESOURCE } from './resources.ts';
import type { Found } from './section.ts';
import { builtIn } from './section.ts';
import type { CareSpec, Dependency, ProbeSpec, ResourceSpec } from './spec.ts';

/** A resource as written -> spec; one without a (valid) probe has already been complained about. */
export function resourceSpec({ name, keys }: WrittenResource, folder: string): ResourceSpec | null {
  const probe = probeOf(keys, folder);
  if (probe === null) return null;
  const intervalMs = keys.interval?.value ?? builtIn(RESOURCE.interval);
  return { name, probe, intervalMs, timeoutMs: keys.timeout?.value ?? builtIn(RESOURCE.timeout) };
}

function probeOf({ exec, tcp, http, file }: WrittenResource['keys'], folder: string): ProbeSpec | null {
  if (exec !== undefined) return { kind: 'exec', argv: besideList(exec.value, folder) };
  if (tcp !== undefined) return { kind: 'tcp', ...tcp.value };
  if (http !== undefined) return { kind: 'http', url: http.value };
  return file === undefined ? null : { kind: 'file', path: path.resolve(folder, file.value) };
}

/** A program with a slash in it is relative to the list; any other is found in the PATH. */
export function besideList(
  [program, ...args]: readonly [string, ...string[]],
  folder: string,
): readonly [string, ...string[]] {
  return [program.includes('/') ? path.resolve(folder, program) : program, ...args];
}

/** What a daemon needs -> daemons and resources. Here a name is taken as it is; a rule checks that it exists. */
export function needsOf(
  written: readonly Found<WrittenNeed>[],
  resources: ReadonlySet<string>,
): Pick<CareSpec, 'dependsOn' | 'resources'> {
  const isUp = ({ name, until }: WrittenNeed): boolean => until === 'up' || (until === null && resources.has(name));
  const needs = written.map(({ value }) => value);
  return {
    dependsOn: needs
      .filter((need) => !isUp(need))
      .map(({ name, until }): Dependency => ({ daemon: name, until: until === 'completed' ? until : 'ready' })),
    resources: needs.filter(isUp).map(({ name }) => name),
  };
}
