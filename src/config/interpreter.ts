import { closeSync, openSync, readSync } from 'node:fs';
import path from 'node:path';
import type { Result } from '../base/result.ts';
import { fail, ok } from '../base/result.ts';
import { quoted } from './problem.ts';
import { checkFolder, findProgram, wrongProgram, wrongScript } from './programs.ts';
import type { DaemonSpec } from './spec.ts';
import { typescriptArguments } from './typescript.ts';

/** A file that can be executed as of now, and its arguments. */
export interface Launch {
  readonly file: string;
  readonly args: readonly string[];
}

/** Extension -> interpreter; `.sh` and TypeScript have rules of their own. */
const INTERPRETERS: Readonly<Record<string, string>> = {
  '.php': 'php',
  '.py': 'python3',
  '.rb': 'ruby',
  '.pl': 'perl',
};

/**
 * What to execute for a daemon, looked up now: by `check` when the list is read and by the engine at each start, since a deploy may have
 * switched a link or removed a file in between. `inherited` is the environment to which its `env` is added. The error names what is missing
 * and where, and follows "cannot start: ".
 */
export function launchOf(
  { command, cwd, env }: Pick<DaemonSpec, 'command' | 'cwd' | 'env'>,
  inherited: Readonly<Record<string, string | undefined>>,
): Result<Launch> {
  // First, since the system blames the program even if it is the folder that is missing.
  const folder = checkFolder(cwd);
  if (!folder.ok) return folder;
  const place: Surroundings = { cwd, searchPath: env.PATH ?? inherited.PATH, whose: 'this daemon' };
  switch (command.kind) {
    case 'shell':
      return ok({ file: '/bin/sh', args: ['-c', command.line] });
    case 'argv':
      return launchProgram(command.argv, place);
    case 'script':
      return launchScript(command.path, command.args, place);
  }
}

/**
 * The same for what supervise itself runs beside the list: probes, `on_trouble`. Names are looked up in its own PATH. The error follows
 * "cannot be run: ".
 */
export function launchBeside(
  argv: readonly [string, ...string[]],
  folder: string,
  { PATH }: Readonly<Record<string, string | undefined>>,
): Result<Launch> {
  return launchProgram(argv, { cwd: folder, searchPath: PATH, whose: 'supervise' });
}

const KNOWN = /^(node|nodejs|bun|deno|php|python|pypy|ruby|perl)[\d.]*$/;

/**
 * The interpreter of a program, if it can be asked for its version: the program itself, or the one in its `#!` line. Others are never run
 * just to be asked: they might do anything.
 */
export function interpreterOf(
  { file }: Launch,
  { cwd, env }: Pick<DaemonSpec, 'cwd' | 'env'>,
  inherited: Readonly<Record<string, string | undefined>>,
): string | null {
  const place: Surroundings = { cwd, searchPath: env.PATH ?? inherited.PATH, whose: 'this daemon' };
  if (KNOWN.test(path.basename(file))) return file;
  const shebang = checkShebang(file, place);
  const [interpreter = '', options = ''] = shebang.ok ? shebang.value : [];
  if (KNOWN.test(path.basename(interpreter))) return path.resolve(cwd, interpreter);
  const program = path.basename(interpreter) === 'env' ? programOfEnv(options.split(/[ \t]+/)) : undefined;
  const found = program === undefined ? undefined : findProgram(program, place.searchPath, cwd);
  return found !== undefined && KNOWN.test(path.basename(found)) ? found : null;
}

interface Surroundings {
  readonly cwd: string;
  readonly searchPath: string | undefined;
  /** Whose PATH it is. */
  readonly whose: 'this daemon' | 'supervise';
}

function launchProgram([program, ...args]: readonly [string, ...string[]], place: Surroundings): Result<Launch> {
  const typed = program.includes('/') ? path.resolve(place.cwd, program) : undefined;
  const wrong = typed === undefined ? undefined : wrongProgram(typed);
  if (wrong !== undefined) return fail(`${typed ?? program} ${wrong}`);
  const file = typed ?? findProgram(program, place.searchPath, place.cwd);
  if (file === undefined) return notFound(program, place);
  const shebang = checkShebang(file, place);
  return shebang.ok ? ok({ file, args }) : shebang;
}

function launchScript(script: string, args: readonly string[], place: Surroundings): Result<Launch> {
  const wrong = wrongScript(script);
  if (wrong !== undefined) return fail(`${script} ${wrong}`);
  const extension = path.extname(script);
  switch (extension) {
    case '.js':
    case '.mjs':
    case '.cjs':
      return ok({ file: nodeOf(place), args: [script, ...args] });
    case '.ts':
    case '.mts':
    case '.cts': {
      const node = nodeOf(place);
      const loader = typescriptArguments(node, script, place.cwd);
      return loader.ok ? ok({ file: node, args: [...loader.value, script, ...args] }) : loader;
    }
    case '.sh':
      return launchShellScript(script, args, place);
    default:
  }
  const interpreter = INTERPRETERS[extension];
  if (interpreter === undefined) return launchExecutable(script, args, place);
  const file = findProgram(interpreter, place.searchPath, place.cwd);
  return file === undefined
    ? notFound(interpreter, place, `${path.basename(script)} needs it`)
    : ok({ file, args: [script, ...args] });
}

/** The node in the daemon's PATH; only if there is none, the one that runs us. */
function nodeOf({ searchPath, cwd }: Surroundings): string {
  return findProgram('node', searchPath, cwd) ?? process.execPath;
}

/** A `.sh` that names another shell means it: bash scripts break under /bin/sh. It needs no x bit. */
function launchShellScript(script: string, args: readonly string[], place: Surroundings): Result<Launch> {
  const shebang = checkShebang(script, place);
  if (!shebang.ok) return shebang;
  const [shell = '/bin/sh', ...options] = shebang.value;
  return ok({ file: shell, args: [...options, script, ...args] });
}

function launchExecutable(script: string, args: readonly string[], place: Surroundings): Result<Launch> {
  const shebang = checkShebang(script, place);
  if (!shebang.ok) return shebang;
  if (shebang.value.length === 0 && !isBinary(script)) {
    return fail(
      `${script} has neither a known extension nor a first line like #!/usr/bin/env php: write its interpreter under command`,
    );
  }
  const wrong = wrongProgram(script);
  return wrong === undefined ? ok({ file: script, args }) : fail(`${script} ${wrong}`);
}

/** The words of the `#!` line (none if there is none), after checking that its interpreter exists. */
function checkShebang(file: string, place: Surroundings): Result<readonly string[]> {
  const line = /^#!\s*([^\n]*)\n?/.exec(head(file))?.[1];
  if (line === undefined) return ok([]);
  const says = `the first line of ${file} names`;
  if (line.endsWith('\r'))
    return fail(`${says} an interpreter with a carriage return behind it: save it with Unix line ends`);
  const [interpreter = '', ...rest] = line.trim().split(/[ \t]+/);
  const wrong = interpreter === '' ? 'is empty' : wrongProgram(path.resolve(place.cwd, interpreter));
  if (wrong !== undefined) return fail(`${says} ${quoted(interpreter)}, which ${wrong}`);
  if (path.basename(interpreter) === 'env') {
    const program = programOfEnv(rest);
    if (program !== undefined && findProgram(program, place.searchPath, place.cwd) === undefined)
      return notFound(program, place, `${says} it`);
  }
  // The kernel passes everything after the interpreter as one argument.
  const option = line.trim().slice(interpreter.length).trim();
  return ok(option === '' ? [interpreter] : [interpreter, option]);
}

/** `#!/usr/bin/env -S NAME=value php -d x`: php. */
const programOfEnv = (words: readonly string[]): string | undefined =>
  words.find((word) => word !== '' && !word.startsWith('-') && !word.includes('='));

function notFound(program: string, { searchPath, whose }: Surroundings, why?: string): Result<never> {
  const looked = searchPath === undefined ? 'its environment has no PATH' : `PATH=${searchPath}`;
  return fail(`${program} is not in the PATH of ${whose}${why === undefined ? '' : `, and ${why}`} (${looked})`);
}

/** As much as the kernel reads. For us, a file that is executable but not readable has no head. */
function head(file: string): string {
  let fd: number | undefined;
  try {
    fd = openSync(file, 'r');
    const bytes = Buffer.alloc(256);
    return bytes.toString('latin1', 0, readSync(fd, bytes, 0, bytes.length, 0));
  } catch {
    return ''; // The kernel may still be able to run it.
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

const isBinary = (file: string): boolean => head(file).includes('\0');
