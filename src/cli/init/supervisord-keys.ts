import { constants } from 'node:os';
import { SIGNALS, wrongVariable } from '../../config/compound.ts';
import type { Known } from './expansions.ts';
import { expanded } from './expansions.ts';
import type { Carried, Keys, Note } from './sketch.ts';
import { allowedName } from './sketch.ts';
import { attemptsKeys, countOf, secondsOf, sizeOf, wholeOf } from './theirs.ts';

const BOTH = 'both streams go to one file; supervise logs --stream err shows one of them';
const NOBODY_LISTENS = 'nobody listens to output here; supervisor: on_trouble hears of what is wrong';
const ALSO_SHOWN = 'its output goes to a file, and to the terminal of supervise start, too';

/** What each key of a [program:x] becomes here. null: its value means nothing to us, which is reported. */
export const PROGRAM_KEYS: Readonly<Record<string, (value: string, known: Known) => Carried | null>> = {
  directory: (value, known) => path('cwd', expanded(value, known)),
  user: (value, known) => one('user', expanded(value, known)),
  umask: (value) => (/^0?[0-7]{1,3}$/.test(value) ? { keys: { umask: value } } : null),
  environment: environmentOf,
  numprocs: (value) => one('instances', wholeOf(value, 1, 1000)),
  // Read together with the command.
  numprocs_start: (value) => (wholeOf(value, 0, 1e9) === null ? null : {}),
  process_name: (value, { programName, numprocs }) => {
    if (value === '%(program_name)s') return {};
    const name = allowedName(programName);
    return told(
      'process_name',
      value,
      numprocs === 1 ? `is called ${name} here` : `its instances are called ${name}:1, ${name}:2 … here`,
    );
  },
  autostart: (value) => flag(value, {}, { autostart: false }),
  autorestart: (value) =>
    value.toLowerCase() === 'unexpected'
      ? { keys: { restart: { policy: 'on-failure' } } }
      : flag(value, { restart: { policy: 'always' } }, { restart: { policy: 'never' } }),
  startsecs: (value) => {
    const ready = secondsOf(value);
    // 0: no end counts as too soon there.
    if (ready === '0s') return { keys: { restart: { reset_after: '0s' } } };
    return one('ready', ready);
  },
  startretries: (value) => {
    const retries = countOf(value);
    return retries === null ? null : { keys: attemptsKeys(retries + 1) };
  },
  exitcodes: (value) => {
    const codes = value.split(',').map((code) => wholeOf(code, 0, 255));
    const known = codes.filter((code) => code !== null);
    if (known.length < codes.length) return null;
    const fatal = [78, 125].filter((code) => !known.includes(code));
    return { keys: { restart: { success_codes: known, ...(fatal.length < 2 ? { fatal_codes: fatal } : {}) } } };
  },
  stopsignal: (value) => {
    const name = signalName(value);
    if (name === 'SIGKILL')
      return told('stopsignal', value, 'it would cut whatever is at work: handle SIGTERM, docs/stopping.md');
    return SIGNALS.some((signal) => signal === name) ? { keys: { stop: { signal: name } } } : null;
  },
  stopwaitsecs: (value) => {
    const grace = secondsOf(value);
    return grace === null ? null : { keys: { stop: { grace } } };
  },
  stopasgroup: (value) => flag(value, { stop: { to: 'group' } }, {}),
  // Here, what outlives the main process is ended anyway: leftovers.
  killasgroup: (value) => flag(value, {}, {}),
  // Here both streams of a daemon go into one file anyway.
  redirect_stderr: (value) => flag(value, {}, {}),
  stdout_logfile: logfileOf,
  stdout_logfile_maxbytes: (value) => {
    if (/^0+[KMG]?B?$/i.test(value))
      return told('stdout_logfile_maxbytes', value, 'logs are bounded here: log: { max_size: … }');
    const size = sizeOf(value);
    return size === null ? null : { keys: { log: { max_size: size } } };
  },
  stdout_logfile_backups: (value) => {
    const files = wholeOf(value, 0, 1000);
    return files === null ? null : { keys: { log: { max_files: files } } };
  },
  stderr_logfile: (value) => (/^(auto|none|off)$/i.test(value) ? {} : told('stderr_logfile', value, BOTH)),
  stderr_logfile_maxbytes: (value) => told('stderr_logfile_maxbytes', value, BOTH),
  stderr_logfile_backups: (value) => told('stderr_logfile_backups', value, BOTH),
  stdout_events_enabled: unlessOff('stdout_events_enabled', NOBODY_LISTENS),
  stderr_events_enabled: unlessOff('stderr_events_enabled', NOBODY_LISTENS),
  stdout_capture_maxbytes: unlessOff('stdout_capture_maxbytes', NOBODY_LISTENS),
  stderr_capture_maxbytes: unlessOff('stderr_capture_maxbytes', NOBODY_LISTENS),
  stdout_syslog: unlessOff('stdout_syslog', ALSO_SHOWN),
  stderr_syslog: unlessOff('stderr_syslog', ALSO_SHOWN),
  priority: (value) =>
    value === '999'
      ? {}
      : told('priority', value, 'the order follows from depends_on, and from the places in the list'),
  serverurl: (value) =>
    told('serverurl', value, 'a daemon finds its supervisor by SUPERVISE_STATE_DIR, where it needs one'),
};

/** A key and its value, and what to do if none of it could be carried over. */
export const told = (key: string, value: string, mend: string): Carried => ({ notes: [note(key, value, mend)] });

export const note = (key: string, value: string, mend: string): Note => ({
  what: `${key}=${value.replaceAll('\n', ' ')}`,
  mend,
});

/** `INT`, `SIGINT` or 2. */
function signalName(value: string): string {
  if (!/^\d+$/.test(value)) return `SIG${value.toUpperCase().replace(/^SIG/, '')}`;
  return Object.entries(constants.signals).find(([, number]) => number === Number(value))?.[0] ?? value;
}

const one = (key: string, value: string | number | null): Carried | null =>
  value === null || value === '' ? null : { keys: { [key]: value } };

const path = (key: string, value: string | null): Carried | null =>
  value === null || value.trim() === '' ? null : { keys: fromHome(key, value) };

/** An expanded value is already a text of a list. */
const fromHome = (key: string, value: string): Keys =>
  /^~(\/|$)/.test(value) ? { [key]: `\${HOME}${value.slice(1)}` } : { [key]: value };

function flag(value: string, yes: Keys, no: Keys): Carried | null {
  if (/^(true|yes|on|1|t|y)$/i.test(value)) return { keys: yes };
  return /^(false|no|off|0|f|n)$/i.test(value) ? { keys: no } : null;
}

function logfileOf(value: string, known: Known): Carried | null {
  if (value === '' || /^auto$/i.test(value)) return {};
  if (/^(none|off)$/i.test(value) || value === '/dev/null')
    return told('stdout_logfile', value, 'its output is always kept, and bounded: log: { max_size: … }');
  if (value === 'syslog' || /^\/(dev|proc)\//.test(value)) return told('stdout_logfile', value, ALSO_SHOWN);
  const file = expanded(value, known);
  if (file === null)
    return told(
      'stdout_logfile',
      value,
      'the instances of a daemon share a file; log: { timestamps: true } says whose a line is',
    );
  return path('file', file) === null
    ? null
    : { keys: { log: fromHome('file', file.includes('/') ? file : `./${file}`) } };
}

/** A key that says no, or 0, to something that does not exist here. */
function unlessOff(key: string, mend: string): (value: string) => Carried {
  return (value) => (/^(false|no|off|0|f|n)\w*$/i.test(value) ? {} : told(key, value, mend));
}

/** `A="1",B=2`: a value extends to the next comma, or to the end of its quotes. */
function environmentOf(value: string, known: Known): Carried {
  const env = new Map<string, string>();
  const notes: Note[] = [];
  let rest = value;
  while (rest.trim() !== '') {
    const [all, name, quoted, bare] =
      /^[\s,]*([^\s=,"']+)\s*=\s*(?:("[^"]*"|'[^']*')|([^,\s]*))[\s,]*/.exec(rest) ?? [];
    if (all === undefined || name === undefined) {
      notes.push(note('environment', rest.trim(), 'write it under env: { NAME: value }'));
      break;
    }
    rest = rest.slice(all.length);
    const text = expanded(quoted?.slice(1, -1) ?? bare ?? '', known);
    const wrong = wrongVariable(name);
    if (wrong !== undefined) notes.push(note('environment', name, wrong));
    else if (text === null)
      notes.push(
        note('environment', name, 'differs from process to process: SUPERVISE_INSTANCE (1 …) is there for that'),
      );
    else env.set(name, text);
  }
  return env.size === 0 ? { notes } : { keys: { env: Object.fromEntries(env) }, notes };
}
