#!/usr/bin/env node
import { EXIT } from '../base/exit-codes.ts';
import type { ExitCode } from '../base/exit-codes.ts';
import { parseCommandLine } from './args.ts';
import type { Invocation } from './args.ts';
import { brake, needsBrake } from './brake.ts';
import { COMMANDS } from './catalog.ts';
import { isInDeletedFolder, leaveDeletedFolder } from './deleted-folder.ts';
import { tellUsage } from './failure.ts';
import { growNameTable } from './name-table.ts';
import { oddPath } from './odd-path.ts';
import { Terminal } from './print/terminal.ts';
import { troubleCode } from './trouble-code.ts';
import { VERSION } from './version.ts';

// Before anything else: otherwise Node opens its inspector for whoever sends it.
process.on('SIGUSR1', () => undefined);
const terminal = new Terminal();
/** How long the end may wait for a reader: a query waits, a supervisor that has finished does not. */
let patienceMs: number | null = null;
/** Is this a supervisor, or about to become one? */
let isStart = false;
/** From the environment, before a command removes it. */
const trouble = troubleCode(process.env);

process.on('uncaughtException', (error) => {
  void leave(bug(error));
});
// Not awaited at the top: this file is built as CommonJS, which starts faster.
void main(process.argv.slice(2)).then(leave);

async function main(argv: readonly string[]): Promise<ExitCode> {
  try {
    const call = parseCommandLine(argv);
    if (!call.ok) return tellUsage(call.error, terminal);
    return call.value === null ? await alone() : await perform(call.value);
  } catch (error) {
    return bug(error);
  }
}

/** Loads the command only now: `status` should not pay for what `start` needs. */
async function perform(call: Invocation): Promise<ExitCode> {
  isStart = call.command === 'start';
  if (isStart || call.command === 'tui' || call.options.has('watch')) patienceMs = 1000;
  if (!call.options.has('help')) {
    const place = call.command === 'help' ? null : leaveDeletedFolder(call);
    if (place?.ok === false) return tellUsage(place.error, terminal);
    const odd = oddPath(call);
    if (odd !== null) return tellUsage(odd, terminal);
    if (isStart) growNameTable();
    return (await COMMANDS[call.command].load()).run(call, terminal);
  }
  const operands = call.command === 'help' ? [] : [call.command];
  return (await COMMANDS.help.load()).run({ ...call, operands, command: 'help' }, terminal);
}

/** No command: the screen if it can be shown, else brief help. */
async function alone(): Promise<ExitCode> {
  if (isInDeletedFolder()) return firstHelp();
  const { runWhereItCan } = await COMMANDS.tui.load();
  patienceMs = 1000;
  return (await runWhereItCan(terminal)) ?? firstHelp();
}

function firstHelp(): ExitCode {
  terminal.say('supervise start    runs the daemons of daemons.yaml in this folder (or --file FILE)');
  terminal.say('supervise status   what each does now; then stop, restart, logs, why');
  terminal.say('supervise help     all commands, with examples');
  return EXIT.done;
}

/** An error that is not a Result was not foreseen. */
function bug(error: unknown): ExitCode {
  const what = error instanceof Error ? (error.stack ?? error.message) : String(error);
  terminal.tell(`supervise ${VERSION} (Node ${process.versions.node}) met a bug of its own:\n${what}`);
  terminal.tell('Please report it with these lines and the command that you gave.');
  terminal.tell(
    isStart
      ? 'Daemons that it ran live on; the next supervise start goes on with them.'
      : 'A supervisor that runs and its daemons know nothing of it: see supervise status.',
  );
  return EXIT.bug;
}

async function leave(code: ExitCode): Promise<never> {
  const isEarlyBug = code === EXIT.bug && isStart && needsBrake(process.uptime(), process.env);
  await terminal.flush(patienceMs);
  if (isEarlyBug) brake();
  const hasFailed = terminal.failure !== null;
  if (hasFailed) terminal.tell(`supervise: cannot write the output: ${terminal.failure}`);
  const told = hasFailed && code === EXIT.done ? EXIT.trouble : code;
  process.exit(told === EXIT.trouble ? trouble : told);
}
