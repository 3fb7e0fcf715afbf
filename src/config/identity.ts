import { realpathSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';

/**
 * What identifies a list: its `name:`, or else its path, absolute and as typed (`absoluteAsTyped`), so that a deploy which switches a link
 * on the way meets the running supervisor. `/srv/shop/current/daemons.yaml` is `srv-shop-current`; another file name is appended. If a dash
 * could stand for a slash or a dash, six digits of a checksum tell the two paths apart.
 */
export function identityOf({ name, file }: { readonly name: string | null; readonly file: string }): string {
  if (name !== null) return name;
  const usual = /^daemons\.ya?ml$/.test(path.basename(file));
  const named = (usual ? path.dirname(file) : file).split('/').filter((part) => part !== '');
  const id = named.map((part) => part.replaceAll(/[^A-Za-z0-9._]/g, '-')).join('-') || 'root';
  const exact = named.length > 0 && named.every((part) => /^[A-Za-z0-9._]+$/.test(part)) && id.length <= LONGEST_ID;
  // The id names a folder, and the path of a socket in it may have 107 bytes in all.
  return exact ? id : `${id.slice(-LONGEST_ID)}-${checksum(named.join('/'))}`;
}

const LONGEST_ID = 56;

/** FNV-1a, six hex digits of it: node:crypto would cost each supervisor 2 MiB. */
function checksum(text: string): string {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash.toString(16).padStart(8, '0').slice(-6);
}

/**
 * Makes a path absolute without resolving links. The current folder is taken from `$PWD`, as the shell shows it, if that is the same
 * folder: `process.cwd()` has its links resolved.
 */
export function absoluteAsTyped(typed: string, pwd: string | undefined = process.env.PWD): string {
  if (path.isAbsolute(typed)) return path.normalize(typed);
  const current = process.cwd();
  const base = pwd !== undefined && path.isAbsolute(pwd) && isSame(pwd, current) ? pwd : current;
  const shown = path.resolve(base, typed);
  if (!typed.split('/').includes('..') || isSame(path.dirname(shown), path.dirname(typed))) return shown;
  // `..` after a link: the shell means the folder before the link, every program the one behind it. We are a program.
  try {
    // The native one: the other resolves `..` textually.
    return path.join(realpathSync.native(path.dirname(typed)), path.basename(typed));
  } catch {
    return shown; // It does not exist: opening it will say so.
  }
}

function isSame(one: string, other: string): boolean {
  try {
    const [a, b] = [statSync(one), statSync(other)];
    return a.dev === b.dev && a.ino === b.ino;
  } catch {
    return false; // One of them does not exist, so they are not the same folder.
  }
}

export interface StateFolderAsk {
  readonly id: string;
  /** From `--state-dir` or `SUPERVISE_STATE_DIR`: names the folder itself. */
  readonly explicit?: string | undefined;
  readonly uid: number;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Where a list's lock, socket, state and logs are: the same whoever starts it, and never in the project. */
export function stateFolder({ id, explicit, uid, env }: StateFolderAsk): string {
  if (explicit !== undefined && explicit !== '') return absoluteAsTyped(explicit, env.PWD);
  if (uid === 0) return path.join('/var/lib/supervise', id);
  const given = env.XDG_STATE_HOME;
  // The XDG specification says to ignore a relative path.
  const home = given !== undefined && path.isAbsolute(given) ? given : path.join(env.HOME ?? homedir(), '.local/state');
  return path.join(home, 'supervise', id);
}

/**
 * The `name:` of a list read without a YAML parser, for which short commands have no time: a name, null for a list without one, or 'unsure'
 * if only a real parse can tell. Its answer is what the parser would say for a valid list.
 */
export function quickName(text: string): { readonly name: string | null } | 'unsure' {
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  const significant = lines.filter((line) => !/^\s*(#|$)/.test(line));
  const first = significant[0] ?? '';
  if (/^[[{]/.test(first)) return nameInJson(text);
  if (/^---\s*$/.test(first)) significant.shift();
  // Only plain keys, list items and closing brackets at the left edge: so no quotes, anchors, tags, documents.
  const edge = significant.filter((line) => !/^\s/.test(line));
  if (/^\s/.test(significant[0] ?? ' ') || !edge.every((line) => EDGE.test(line))) return 'unsure';
  if (/^-(\s|$)/.test(significant[0] ?? ''))
    return edge.every((line) => line.startsWith('-')) ? { name: null } : 'unsure';
  const named = significant.flatMap((line, index) => (line.startsWith('name:') ? index : []));
  const at = named[0];
  if (at === undefined) return { name: null };
  const name = NAMED.exec(significant[at] ?? '')?.[2];
  const goesOn = /^\s/.test(significant[at + 1] ?? '');
  if (name === undefined || named.length > 1 || goesOn || LOOKS_TYPED.test(name)) return 'unsure';
  return { name };
}

const EDGE = /^([A-Za-z][\w.-]*:(\s|$)|-(\s|$)|[\]}])/;
const NAMED = /^name:[ ]+(["']?)([A-Za-z0-9][A-Za-z0-9._-]*)\1[ ]*( #.*)?$/;
/** Unquoted, the parser would see a number, a flag or nothing. */
const LOOKS_TYPED = /^([-+.\d].*|true|false|null)$/i;

function nameInJson(text: string): { readonly name: string | null } | 'unsure' {
  try {
    const found: unknown = JSON.parse(text);
    if (typeof found !== 'object' || found === null || !('name' in found)) return { name: null };
    return typeof found.name === 'string' && !found.name.includes('$') ? { name: found.name } : 'unsure';
  } catch {
    return 'unsure'; // Brackets, but not JSON: YAML flow style.
  }
}
