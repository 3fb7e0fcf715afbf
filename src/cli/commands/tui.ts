import path from 'node:path';
import type { ExitCode } from '../../base/exit-codes.ts';
import { fail, ok } from '../../base/result.ts';
import type { Result } from '../../base/result.ts';
import type { Client } from '../../control/client.ts';
import { find } from '../../control/find.ts';
import { hasOption } from '../args.ts';
import type { Invocation } from '../args.ts';
import { tellFailure, tellUsage } from '../failure.ts';
import type { Terminal } from '../print/terminal.ts';
import { targetOf } from '../target.ts';
import { findLiving } from '../without-socket.ts';

/** `supervise tui`: the screen of this list's supervisor. */
export async function run(call: Invocation, terminal: Terminal): Promise<ExitCode> {
  return openScreen(call, terminal, false);
}

/** `supervise` alone: the screen if there are a supervisor and a terminal to show it on; else null. */
export async function runWhereItCan(terminal: Terminal): Promise<ExitCode | null> {
  if (!canDraw().ok) return null;
  const call: Invocation = { command: 'tui', operands: [], options: new Map() };
  const target = await targetOf(call);
  if (!target.ok) return null;
  const { folders } = target.value;
  const found = await find(folders);
  return found.ok ? show(found.value.client, folders, call, terminal, false) : null;
}

/** `ownsSupervisor`: it was started for this screen, and leaving asks what to do with it. */
export async function openScreen(call: Invocation, terminal: Terminal, ownsSupervisor: boolean): Promise<ExitCode> {
  const able = canDraw();
  if (!able.ok) return tellUsage(able.error, terminal);
  const target = await targetOf(call);
  if (!target.ok) return tellUsage(target.error, terminal);
  const { folders } = target.value;
  const found = await findLiving(folders);
  if (!found.ok) return tellFailure(found.error, call, terminal);
  return show(found.value.client, folders, call, terminal, ownsSupervisor);
}

async function show(
  client: Client,
  folders: readonly string[],
  call: Invocation,
  terminal: Terminal,
  ownsSupervisor: boolean,
): Promise<ExitCode> {
  const version = await client.call('version', {});
  client.close();
  if (!version.ok) return tellFailure(version.error, call, terminal);

  const { runScreen } = await import('../../tui/app.ts');
  const { words, code } = await runScreen({
    folders,
    list: path.basename(version.value.list),
    glyphs: knowsUnicode(process.env) ? 'unicode' : 'ascii',
    colours: terminal.colours,
    mouse: !hasOption(call, 'no-mouse'),
    ownsSupervisor,
    gone: terminal.gone,
  });
  if (words !== null) terminal.say(words);
  return code;
}

/** The error is a sentence. */
export function canDraw(): Result<null> {
  const elsewhere = 'elsewhere, supervise status --watch and supervise logs -f show the same';
  if (!process.stdin.isTTY || !process.stdout.isTTY)
    return fail(`the screen needs a terminal, for what it shows and for its keys; ${elsewhere}`);
  const { TERM = '' } = process.env;
  if (TERM === '' || TERM === 'dumb')
    return fail(`this terminal says that it cannot draw (TERM is '${TERM}'); ${elsewhere}`);
  return ok(null);
}

/** In the C library's order: the first of these that is set. */
function knowsUnicode(env: NodeJS.ProcessEnv): boolean {
  const locale = [env.LC_ALL, env.LC_CTYPE, env.LANG].find((value) => value !== undefined && value !== '');
  return locale !== undefined && /utf-?8/i.test(locale);
}
