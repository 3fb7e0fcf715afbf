import path from 'node:path';
import { launchBeside } from './interpreter.ts';
import type { Court, Rule } from './rules.ts';
import type { ProbeSpec } from './spec.ts';

/** A shared resource must have a name of its own, be needed, and be probed in a way that can tell. */
export const RESOURCE_RULES: readonly Rule[] = [
  ownNames,
  neededByOne,
  probesAreThere,
  troubleIsThere,
  databasesAreAskedForALogin,
];

/** `depends_on: [photos]` would mean two things. */
function ownNames({ list, report }: Court): void {
  const daemons = new Map(list.daemons.map(({ spec, at }) => [spec.name, at]));
  for (const { written } of list.resources) {
    const daemon = daemons.get(written.name);
    if (daemon === undefined) continue;
    const what = `the resource ${written.name} has the name of a daemon: that is on line ${report.lineOf(daemon)}`;
    report.problem(written.at, what, 'give one of them another name');
  }
}

function neededByOne({ list, report }: Court): void {
  const needed = new Set(list.daemons.flatMap(({ spec }) => spec.resources));
  for (const { name, at } of list.resources.map(({ written }) => written)) {
    if (needed.has(name)) continue;
    const hint = `write depends_on: { ${name}: up } at those that do; what nobody needs is never probed`;
    report.warning(at, `no daemon needs the resource ${name}`, hint);
  }
}

function probesAreThere({ list, file, environment, report }: Court): void {
  for (const { spec, written } of list.resources) {
    if (spec?.probe.kind !== 'exec') continue;
    const launch = launchBeside(spec.probe.argv, path.dirname(file), environment);
    if (launch.ok) continue;
    report.problem(written.keys.exec?.at ?? written.at, `resource ${spec.name} cannot be probed: ${launch.error}`);
  }
}

function troubleIsThere({ list, file, environment, report }: Court): void {
  if (list.onTrouble === null) return;
  const launch = launchBeside(list.onTrouble.value, path.dirname(file), environment);
  if (!launch.ok) report.problem(list.onTrouble.at, `on_trouble cannot be run: ${launch.error}`);
}

/** A server that is full, starting or refusing us still accepts connections; only an answer to a question tells. */
function databasesAreAskedForALogin({ list, report }: Court): void {
  for (const { spec, written } of list.resources) {
    const doubt = spec === null ? undefined : doubtOf(spec.probe);
    if (spec === null || doubt === undefined) continue;
    const place = written.keys.tcp?.at ?? written.keys.exec?.at ?? written.at;
    report.warning(place, `resource ${spec.name}: ${doubt.what}`, doubt.hint);
  }
}

interface Doubt {
  readonly what: string;
  readonly hint: string;
}

/** An administrator is let in when others are not: a server reserves connections for that. */
const AS_WORKERS = 'as the user that the daemons log in as';
const MYSQL = `write exec: [mysqladmin, status], ${AS_WORKERS}`;
const POSTGRES = `write exec: [psql, -c, "SELECT 1"], ${AS_WORKERS}`;
const REDIS = 'write exec: [redis-cli, -e, ping]';

const PORTS: Readonly<Record<number, Doubt>> = {
  3306: {
    what: 'a connect without a login counts as a failed one for MySQL, and "Too many connections" comes only after the connect',
    hint: MYSQL,
  },
  5432: {
    what: 'PostgreSQL accepts the connect and says only then that it has too many clients or is starting up',
    hint: POSTGRES,
  },
  6379: {
    what: 'Redis accepts the connect and says only then that it has too many clients or is loading its data',
    hint: REDIS,
  },
};

/** Commands that ask but exit with 0 even if the answer is no. Each was tried against a full server. */
const ASKS: readonly {
  readonly programs: readonly string[];
  readonly fits: (args: readonly string[]) => boolean;
  readonly doubt: Doubt;
}[] = [
  {
    programs: ['mysqladmin', 'mariadb-admin'],
    fits: (args) => args.includes('ping'),
    doubt: {
      what: 'mysqladmin ping exits with 0 also where the answer is "Too many connections" or "Access denied"',
      hint: `write status instead of ping, ${AS_WORKERS}`,
    },
  },
  {
    programs: ['pg_isready'],
    fits: () => true,
    doubt: { what: 'pg_isready exits with 0 also where all connections are taken', hint: POSTGRES },
  },
  {
    programs: ['redis-cli', 'valkey-cli'],
    fits: (args) => !args.includes('-e'),
    doubt: { what: 'redis-cli exits with 0 whatever the answer is', hint: REDIS },
  },
];

function doubtOf(probe: ProbeSpec): Doubt | undefined {
  if (probe.kind === 'tcp') return PORTS[probe.port];
  if (probe.kind !== 'exec') return undefined;
  const [program, ...args] = probe.argv;
  return ASKS.find(({ programs, fits }) => programs.includes(path.basename(program)) && fits(args))?.doubt;
}
