import { execaSync } from 'execa';
import { readFileSync } from 'node:fs';
import { getPriority } from 'node:os';
import { formatBytes } from '../base/bytes.ts';
import { launchOf } from './interpreter.ts';
import type { Draft } from './normalize.ts';
import { quoted } from './problem.ts';
import type { Court, Rule } from './rules.ts';
import { checkSetpriv, isUs, setprivArguments } from './setpriv.ts';
import type { UserSpec } from './spec.ts';
import { ULIMITS, ulimitsOf } from './ulimits.ts';

/** Capability numbers from linux/capability.h. Root in a container often lacks some of them. */
const CAP_SYS_NICE = 23n;
const CAP_SYS_RESOURCE = 24n;

export const RUN_AS_RULES: readonly Rule[] = [usersMayBeTaken, limitsMayBeSet, variablesPassTheShell, socketMayBeGiven];

const isRoot = (): boolean => process.geteuid?.() === 0;

/** Only root may run a daemon as another user, with setpriv; and that user must be able to reach what it is to run. */
function usersMayBeTaken({ list, environment, report }: Court): void {
  const others = list.daemons.flatMap((draft) =>
    draft.spec.user === null || isUs(draft.spec.user) ? [] : [{ draft, user: draft.spec.user }],
  );
  if (others.length === 0) return;
  const setpriv = isRoot() ? checkSetpriv(environment.PATH) : null;
  const groups = new Map<string, { user: UserSpec; drafts: Draft[] }>();
  for (const { draft, user } of others) {
    const { spec, written, at } = draft;
    const place = written.user?.at ?? at;
    if (setpriv === null)
      report.problem(
        place,
        `daemon ${spec.name} cannot run as ${shown(user)}: only root may start it as another user`,
        'start supervise as root, or as that user and without this key',
      );
    else if (!setpriv.ok) report.problem(place, `daemon ${spec.name} cannot start: ${setpriv.error}`);
    else {
      const known = groups.get(`${user.uid}:${user.gid}`);
      if (known === undefined) groups.set(`${user.uid}:${user.gid}`, { user, drafts: [draft] });
      else known.drafts.push(draft);
    }
  }
  if (setpriv?.ok !== true) return;
  for (const { user, drafts } of groups.values()) tryAs(user, drafts, setpriv.value, { environment, report });
}

interface Need {
  readonly draft: Draft;
  readonly path: string;
  readonly test: 'x' | 'r';
  readonly verb: string;
}

/** One process for all daemons of a user: it becomes that user and asks the kernel itself what the user may do. */
function tryAs(
  user: UserSpec,
  drafts: readonly Draft[],
  setpriv: string,
  { environment, report }: Pick<Court, 'environment' | 'report'>,
): void {
  const needs = drafts.flatMap((draft) => needsOf(draft, environment)).slice(0, MOST_NEEDS);
  const script = 'for each do test "-${each%%:*}" "${each#*:}" || echo "$each"; done';
  const words = [...new Set(needs.map(({ test, path }) => `${test}:${path}`))];
  const tried = execaSync(setpriv, [...setprivArguments(user), '/bin/sh', '-c', script, 'sh', ...words], {
    reject: false,
    timeout: 10_000,
    cwd: '/',
    env: { PATH: environment.PATH },
    extendEnv: false,
  });
  if (tried.failed) {
    for (const { spec, written, at } of drafts)
      report.problem(
        written.user?.at ?? at,
        `daemon ${spec.name} cannot run as ${shown(user)}: ${firstLine(tried.stderr) ?? tried.shortMessage}`,
        'supervise needs the rights of root for it (CAP_SETUID and CAP_SETGID), which a container may have taken away',
      );
    return;
  }
  const refused = new Set(tried.stdout.split('\n'));
  for (const { draft, path, test, verb } of needs) {
    if (!refused.has(`${test}:${path}`)) continue;
    report.problem(
      draft.written.user?.at ?? draft.at,
      `daemon ${draft.spec.name} cannot start: its user ${shown(user)} may not ${verb} ${path}`,
      `namei -l ${path} shows which folder, or the file itself, is closed to that user`,
    );
  }
}

const firstLine = (text: string): string | undefined => text.split('\n').find((line) => line !== '');

/** This many fit into a command line; for the others the start will tell. */
const MOST_NEEDS = 3000;

function needsOf(draft: Draft, environment: Court['environment']): readonly Need[] {
  const { command, cwd, env } = draft.spec;
  if (command === null) return [];
  const launch = launchOf({ command, cwd, env }, environment);
  if (!launch.ok) return []; // Told by the rule that looks for programs.
  const folder: Need = { draft, path: cwd, test: 'x', verb: 'enter' };
  const program: Need = { draft, path: launch.value.file, test: 'x', verb: 'execute' };
  if (command.kind !== 'script') return [folder, program];
  return [folder, program, { draft, path: command.path, test: 'r', verb: 'read' }];
}

/** What only root may grant is refused here, rather than reported by each start. */
function limitsMayBeSet({ list, report }: Court): void {
  const kernel = ourLimits();
  if (kernel === null) return;
  for (const { spec, written, at } of list.daemons) {
    if (spec.nice !== null && spec.nice < kernel.nice)
      report.problem(
        written.nice?.at ?? at,
        `daemon ${spec.name} cannot have nice: ${spec.nice}: without the rights of root ${kernel.nice} is the least here`,
      );
    for (const [name, value] of ulimitsOf(spec.ulimit)) {
      const most = kernel.most(ULIMITS[name].kernel);
      if ((value ?? Infinity) <= most) continue;
      const isSize = ULIMITS[name].step > 1;
      report.problem(
        written.ulimit?.value[name]?.at ?? written.ulimit?.at ?? at,
        `daemon ${spec.name} cannot have ulimit.${name}: ${value === null ? 'unlimited' : isSize ? formatBytes(value) : value}: ${isSize ? formatBytes(most) : most} is the most here, and only root may raise it`,
      );
    }
  }
}

/** Debian's shell passes on only variables with a name that it could have set itself. */
function variablesPassTheShell({ list, report }: Court): void {
  for (const { spec, written, at } of list.daemons) {
    const { user, umask, ulimit } = spec;
    if ((user === null || isUs(user)) && umask === null && ulimitsOf(ulimit).length === 0) continue;
    const odd = Object.keys(spec.env).find((name) => !/^[A-Za-z_][A-Za-z0-9_]*$/.test(name));
    if (odd === undefined) continue;
    const what = `daemon ${spec.name} has the variable ${quoted(odd)}, which a shell does not hand on; user, umask and ulimit need one`;
    report.problem(
      written.env?.at ?? written.env_file?.at ?? at,
      what,
      'a name made of letters, digits and "_" passes',
    );
  }
}

/** What a process of ours may be given; null: everything. */
function ourLimits(): { readonly nice: number; most(kernelName: string): number } | null {
  const status = readOurs('status');
  const limits = readOurs('limits');
  const capabilities = /^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1];
  if (capabilities === undefined) return null;
  const has = (capability: bigint): boolean => ((BigInt(`0x${capabilities}`) >> capability) & 1n) === 1n;
  const hard = (name: string): number => {
    const written = new RegExp(`^${name}\\s+\\S+\\s+(\\S+)`, 'm').exec(limits)?.[1];
    return written === undefined || written === 'unlimited' ? Infinity : Number(written);
  };
  const mostFiles = Number(readFileSync('/proc/sys/fs/nr_open', 'utf8'));
  return {
    // RLIMIT_NICE counts in the opposite direction.
    nice: has(CAP_SYS_NICE) ? -20 : Math.min(getPriority(), 20 - hard('Max nice priority')),
    most: (name) => {
      const most = has(CAP_SYS_RESOURCE) ? Infinity : hard(name);
      return name === ULIMITS.open_files.kernel ? Math.min(most, mostFiles) : most;
    },
  };
}

function readOurs(name: string): string {
  try {
    return readFileSync(`/proc/self/${name}`, 'utf8');
  } catch {
    return ''; // Not Linux: `start` says so.
  }
}

/** Except for root, a file may be given only to one of one's own groups. */
function socketMayBeGiven({ list, report }: Court): void {
  const group = list.socketGroup;
  const ours = [process.getegid?.(), ...(process.getgroups?.() ?? [])];
  if (group === null || isRoot() || ours.includes(group.value.gid)) return;
  report.problem(
    group.at,
    `the control socket cannot be given to the group ${group.value.name}: this user is no member of it`,
    'start supervise as root, or as a member of that group',
  );
}

const shown = ({ name, uid, gid }: UserSpec): string => name ?? `${uid}:${gid}`;
