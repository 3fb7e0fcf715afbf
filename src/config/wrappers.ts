import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { CommandSpec } from './spec.ts';

/** Programs that run the real worker as a child of their own without passing signals (or fd 3) on to it. */
const WRAPPERS = ['npm', 'npx', 'pnpm', 'yarn', 'tsx', 'poetry', 'uv', 'su', 'sudo'] as const;
export type Wrapper = (typeof WRAPPERS)[number];

/** The wrapper that a command begins with, or null. */
export function wrapperOf(command: CommandSpec): Wrapper | null {
  if (command.kind === 'shell') return null;
  const program = path.basename(command.kind === 'script' ? command.path : command.argv[0]);
  return WRAPPERS.find((each) => each === program) ?? null;
}

/** The line to write instead of a wrapper, so that the worker itself is the supervised process. */
export function withoutWrapper(wrapper: Wrapper, args: readonly string[], cwd: string): string {
  switch (wrapper) {
    case 'npm':
    case 'pnpm':
    case 'yarn':
      return (
        packageScript(args, cwd) ?? 'write the command that the script in package.json runs: `command: node worker.js`'
      );
    case 'npx':
      return `write \`command: ${['node_modules/.bin/' + (firstWord(args) ?? 'NAME'), ...afterFirst(args)].join(' ')}\``;
    case 'tsx':
      if (args[0] === 'watch')
        return `write \`script: ${args.slice(1).join(' ')}\` and \`watch: [src]\`: supervise runs it with tsx, as one process, and restarts it at its boundary`;
      return `write \`script: ${args.length === 0 ? './worker.ts' : args.join(' ')}\`: supervise runs it with tsx, as one process`;
    case 'poetry':
    case 'uv':
      return `write \`command: .venv/bin/${args[0] === 'run' ? inVenv(args.slice(1)) : 'python worker.py'}\``;
    case 'su':
      return 'write `user: NAME` beside the command of the worker itself: su sends it SIGKILL 2 s after a stop, whatever it is at';
    case 'sudo':
      return 'write `user: NAME` beside the command of the worker itself';
  }
}

/** A line that only runs another script of package.json. */
const RUNS_ANOTHER = /^(?:npm|pnpm|yarn) (?:run(?:-script)? )?([^\s-]\S*)$/;
/** One may run another, which runs a third. */
const DEEPEST = 8;

/** What `npm run NAME` finally runs, if package.json says so and it is a plain command. */
function packageScript(args: readonly string[], cwd: string): string | undefined {
  const name = args[0] === 'run' || args[0] === 'run-script' ? args[1] : args[0];
  const scripts = scriptsOf(path.join(cwd, 'package.json'));
  let line = name === undefined ? undefined : scripts[name];
  for (let depth = 0; depth < DEEPEST && line !== undefined; depth += 1) {
    const inner: string | undefined = RUNS_ANOTHER.exec(line)?.[1];
    if (inner === undefined) break;
    line = scripts[inner];
  }
  if (line === undefined || /^(?:npm|pnpm|yarn) /.test(line)) return undefined;
  return /[|&;<>$`]/.test(line) ? `write \`shell: ${line}\`` : `write \`command: ${line}\``;
}

function scriptsOf(file: string): Readonly<Record<string, string>> {
  try {
    const found: unknown = JSON.parse(readFileSync(file, 'utf8'));
    const scripts = typeof found === 'object' && found !== null && 'scripts' in found ? found.scripts : {};
    return Object.fromEntries(
      Object.entries(scripts ?? {}).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
    );
  } catch {
    return {}; // It would only have been a hint.
  }
}

const inVenv = (args: readonly string[]): string => (args[0]?.endsWith('.py') ? ['python', ...args] : args).join(' ');
const firstWord = (args: readonly string[]): string | undefined => args.find((arg) => !arg.startsWith('-'));
const afterFirst = (args: readonly string[]): readonly string[] =>
  args.slice(args.findIndex((arg) => !arg.startsWith('-')) + 1);
