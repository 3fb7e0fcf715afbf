/** A real systemd for a test: pid 1 of separate namespaces, gone with the test. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync } from 'node:fs';
import path from 'node:path';
import { need, type Need } from './needs.ts';
import { isAlive, send } from './processes.ts';
import type { Outcome, Rig } from './supervise.ts';
import { waitFor } from './wait-for.ts';

/** Properties of a unit as printed by `systemctl show`. */
export type Shown = Readonly<Record<string, string>>;

const SYSTEMD = '/lib/systemd/systemd';
const SCRIPT = path.join(import.meta.dirname, 'systemd.sh');
/** Where the machine has the unified hierarchy; beside version 1 it is in a folder of its own. */
const CGROUPS = existsSync('/sys/fs/cgroup/unified') ? '/sys/fs/cgroup/unified' : '/sys/fs/cgroup';
const OURS = 'sv-test-';
/** No systemd command takes longer, whatever the load; it is then ended, and the test fails with its name. */
const COMMAND_S = '60';

/** What the tests need; if CI sets `MUST_RUN=systemd`, its absence is an error. */
export function needSystemd(): Need {
  const why = whyNot();
  if (why === null) return { missing: false, note: '' };
  if (process.env.MUST_RUN?.includes('systemd') === true) throw new Error(`a real systemd must run here: ${why}`);
  process.stderr.write(`skipped: tests with a real systemd (${why})\n`);
  return { missing: true, note: ` (skipped: no systemd here: ${why})` };
}

function whyNot(): string | null {
  if (process.getuid?.() !== 0) return 'it takes root';
  if (!existsSync(SYSTEMD)) return 'apt-get install systemd';
  for (const program of ['unshare', 'nsenter', 'timeout']) if (need(program, 'util-linux').missing) return program;
  const group = path.join(CGROUPS, `${OURS}${process.pid}-look`);
  try {
    mkdirSync(group);
    rmdirSync(group);
  } catch (error) {
    return `no control groups: ${String(error)}`;
  }
  const tried = spawnSync('unshare', [
    '--mount',
    '--pid',
    '--fork',
    '--uts',
    '--ipc',
    '--cgroup',
    '--mount-proc',
    'true',
  ]);
  return tried.status === 0 ? null : `no namespaces: ${tried.stderr.toString().trim()}`;
}

/** One boot of it. */
interface Boot {
  readonly unshare: ChildProcess;
  readonly cgroup: string;
  readonly pid: number;
}

export class PrivateSystemd {
  readonly #disk: string;
  #boot: Boot;

  constructor(disk: string, boot: Boot) {
    this.#disk = disk;
    this.#boot = boot;
  }

  /** Runs a command where this systemd is pid 1. */
  run(...argv: readonly string[]): Promise<Outcome> {
    return this.runFor(COMMAND_S, ...argv);
  }

  /** The same for a command that takes longer than any of systemd's, in seconds. */
  runFor(seconds: string, ...argv: readonly string[]): Promise<Outcome> {
    return runIn(this.#boot.pid, seconds, argv);
  }

  /** Runs a shell line there; an error fails the test. */
  async sh(line: string): Promise<string> {
    const { code, out, err } = await this.run('sh', '-ec', line);
    if (code !== 0) throw new Error(`${line}: exit ${String(code)}\n${out}${err}`);
    return out;
  }

  /** Adds to a unit, as `systemctl edit` does. */
  async edit(unit: string, ...lines: readonly string[]): Promise<void> {
    const folder = `/etc/systemd/system/${unit}.d`;
    await this.sh(
      `mkdir -p ${folder}; printf '%s\\n' ${lines.map((line) => `'${line}'`).join(' ')} >${folder}/test.conf; systemctl daemon-reload`,
    );
  }

  /** Every file and folder below these places, except what systemd and its journal keep for themselves. */
  async files(...places: readonly string[]): Promise<readonly string[]> {
    const found = await this.sh(
      `for each in ${places.join(' ')}; do [ ! -e $each ] || find $each; done | grep -v '^/run/\\(systemd\\|log\\)/' | sort`,
    );
    return found.trim().split('\n');
  }

  /** Everything in the places where an installation could leave something: the machine's, and the folders of a test. */
  filesAround({ work, home }: Pick<Rig, 'work' | 'home'>): Promise<readonly string[]> {
    return this.files('/etc', '/run', '/usr/local', '/var/cache', '/var/lib', '/var/log', work, home);
  }

  async show(unit: string): Promise<Shown> {
    const lines = (await this.sh(`systemctl show ${unit}`)).split('\n');
    return Object.fromEntries(
      lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
    );
  }

  /** Waits until a unit satisfies `met`. */
  until(unit: string, what: string, met: (shown: Shown) => boolean): Promise<Shown> {
    return waitFor(`${unit} ${what}`, () => this.show(unit), met, 90_000);
  }

  /** The journal of a unit: its own words (`MESSAGE`) and those of systemd about it. */
  async journal(
    unit: string,
  ): Promise<readonly { readonly MESSAGE: string; readonly PRIORITY: string; readonly _COMM?: string }[]> {
    const out = await this.sh(`journalctl --no-pager -o json -u ${unit}`);
    return out
      .split('\n')
      .flatMap((line) => (line === '' ? [] : [JSON.parse(line) as { MESSAGE: string; PRIORITY: string }]));
  }

  /** Resolves when it is up again; its disk is unchanged. It must have been asked to reboot, or is cut off here. */
  async bootAgain(how: 'it reboots' | 'power loss'): Promise<void> {
    if (how === 'it reboots')
      await waitFor('systemd has gone down', () => hasEnded(this.#boot.unshare), Boolean, 90_000);
    await this.close();
    this.#boot = await boot(this.#disk);
  }

  /** Ends all of it: without pid 1 nothing in the namespace lives. */
  async close(): Promise<void> {
    const { unshare, cgroup } = this.#boot;
    const gone = new Promise((resolve) => unshare.once('close', resolve));
    if (!hasEnded(unshare)) {
      // It blocks SIGTERM and SIGINT.
      unshare.kill('SIGKILL');
      await gone;
    }
    await waitFor('the control groups of systemd are gone', () => removeGroups(cgroup), Boolean);
  }
}

/** Boots one with this folder as its disk. */
export async function bootSystemd(disk: string): Promise<PrivateSystemd> {
  return new PrivateSystemd(disk, await boot(disk));
}

/** An earlier run that was killed has left empty control groups: they are removed. */
async function boot(disk: string): Promise<Boot> {
  sweep();
  const cgroup = path.join(CGROUPS, `${OURS}${process.pid}-${randomUUID().slice(0, 8)}`);
  // If this process dies, so does all of it: the kernel tells the holder of the namespace.
  const unshare = spawn('setpriv', ['--pdeathsig', 'KILL', 'bash', SCRIPT, cgroup, disk], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  unshare.stdout.on('data', (text: Buffer) => (said += text.toString()));
  unshare.stderr.on('data', (text: Buffer) => (said += text.toString()));
  const child = (): number => Number(read(`/proc/${unshare.pid ?? 0}/task/${unshare.pid ?? 0}/children`).trim());
  try {
    const pid = await waitFor(`systemd begins; ${said}`, child, (found) => found > 0 && commandOf(found) === 'systemd');
    const look = async (): Promise<string> =>
      (await runIn(pid, COMMAND_S, ['systemctl', 'is-system-running'])).out.trim();
    await waitFor('systemd is up', look, (state) => state === 'running', 90_000);
    return { unshare, cgroup, pid };
  } catch (error) {
    unshare.kill('SIGKILL');
    await waitFor('the control groups of systemd are gone', () => removeGroups(cgroup), Boolean);
    throw new Error(`systemd does not boot: ${said}`, { cause: error });
  }
}

function runIn(pid: number, seconds: string, argv: readonly string[]): Promise<Outcome> {
  const inside = ['nsenter', '-t', String(pid), '-m', '-p', '-u', '-i', '-C'];
  return ended(spawn('timeout', ['-k', '1', seconds, ...inside, ...argv], { stdio: ['ignore', 'pipe', 'pipe'] }));
}

const hasEnded = ({ exitCode, signalCode }: ChildProcess): boolean => exitCode !== null || signalCode !== null;

function sweep(): void {
  for (const name of readdirSync(CGROUPS)) {
    const pid = Number(new RegExp(`^${OURS}(\\d+)-`).exec(name)?.[1] ?? process.pid);
    if (!isAlive(pid)) removeGroups(path.join(CGROUPS, name));
  }
}

/** Depth first. False: one of them still has a member. */
function removeGroups(folder: string): boolean {
  if (!existsSync(folder)) return true;
  for (const entry of readdirSync(folder, { withFileTypes: true }))
    if (entry.isDirectory()) removeGroups(path.join(folder, entry.name));
  try {
    rmdirSync(folder);
    return true;
  } catch {
    for (const pid of read(path.join(folder, 'cgroup.procs')).split('\n').filter(Boolean)) send(Number(pid), 'SIGKILL');
    return false;
  }
}

function ended(child: ChildProcess): Promise<Outcome> {
  const texts = { out: '', err: '' };
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (texts.out += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (texts.err += text));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      resolve({ code, signal, ...texts });
    });
  });
}

const commandOf = (pid: number): string => read(`/proc/${pid}/comm`).trim();

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return ''; // It is gone.
  }
}
