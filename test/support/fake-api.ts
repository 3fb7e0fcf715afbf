import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import { ok } from '../../src/base/result.ts';
import type { Result } from '../../src/base/result.ts';
import type { Api } from '../../src/control/api.ts';
import { serve } from '../../src/control/server.ts';
import type { ControlServer, ServerLimits } from '../../src/control/server.ts';
import type { DeedView, ExitView, InstanceView, PlanView, StatusView } from '../../src/control/view.ts';

/** An Api that answers from given values and notes what it was asked. */
export interface FakeApi extends Api {
  readonly asked: { readonly method: string; readonly ask: unknown }[];
}

export function fakeApi(answers: Partial<Api> = {}): FakeApi {
  const asked: { method: string; ask: unknown }[] = [];
  const noted = <A, R>(method: string, answer: (ask: A) => R) => {
    return (ask: A): R => {
      asked.push({ method, ask });
      return answer(ask);
    };
  };
  const noDeed = (): Promise<Result<DeedView, never>> => Promise.resolve(ok(deed({})));
  return {
    asked,
    version: answers.version ?? (() => ({ version: '0.1.0', pid: process.pid, id: 'shop', list: '/srv/daemons.yaml' })),
    status: noted('status', answers.status ?? (() => Promise.resolve(ok(statusOf([instance({})]))))),
    changes: answers.changes ?? (() => Promise.resolve(ok({}))),
    why: noted('why', answers.why ?? (() => ok([]))),
    start: noted('start', answers.start ?? noDeed),
    stop: noted('stop', answers.stop ?? noDeed),
    restart: noted('restart', answers.restart ?? noDeed),
    plan: answers.plan ?? (() => Promise.resolve(ok(NO_PLAN))),
    reload: noted('reload', answers.reload ?? (() => Promise.resolve(ok({ ...deed({}), plan: NO_PLAN })))),
    signal: noted('signal', answers.signal ?? (() => ok(['photos']))),
    shutdown: noted('shutdown', answers.shutdown ?? (() => Promise.resolve(deed({})))),
    upgrade: () => Promise.resolve(ok({ version: '0.1.0', pid: process.pid, id: 'shop', list: '/srv/daemons.yaml' })),
    logs: answers.logs ?? (() => Promise.resolve(ok({ notes: [] }))),
    events: answers.events ?? (() => Promise.resolve()),
  };
}

/** As told by a supervisor that knows no warnings. */
export const OLD_PLAN: PlanView = {
  added: [],
  removed: [],
  changed: [],
  unchanged: [],
  list: [],
  starts: [],
  stops: [],
  print: 0,
};

export const NO_PLAN: PlanView = { ...OLD_PLAN, warnings: [] };

export const instance = (facts: Partial<InstanceView>): InstanceView => ({
  id: 'photos',
  daemon: 'photos',
  number: 1,
  tags: [],
  state: 'running',
  flags: [],
  wanted: 'up',
  pid: 4243,
  started_at: '2026-01-31T12:00:00.000Z',
  since: '2026-01-31T12:00:00.000Z',
  iterations: null,
  busy: null,
  status: null,
  progress: null,
  iteration_ms: null,
  starts: 1,
  quick_ends: 0,
  cuts: 0,
  next_start_at: null,
  kill_at: null,
  waiting_for: [],
  last_exit: null,
  memory_bytes: null,
  cpu_percent: null,
  words: null,
  ...facts,
});

export const exit = (facts: Partial<ExitView>): ExitView => ({
  at: '2026-01-31T12:00:00.000Z',
  code: 0,
  signal: null,
  kind: 'asked',
  cut: 'unknown',
  fault: null,
  resource: null,
  words: 'ended by itself, exit 0, 3.1 s after SIGTERM',
  ...facts,
});

export const deed = (facts: Partial<DeedView>): DeedView => ({
  instances: ['photos'],
  ends: [],
  boundary: 0,
  ended: 0,
  cut: 0,
  not_up: [],
  untouched: [],
  problems: [],
  escaped: [],
  ...facts,
});

export const statusOf = (instances: readonly InstanceView[]): StatusView => ({
  supervisor: {
    pid: process.pid,
    version: '0.1.0',
    list: '/srv/daemons.yaml',
    id: 'shop',
    started_at: '2026-01-31T12:00:00.000Z',
    state: 'running',
    check: 'ok',
    problems: [],
  },
  instances,
  resources: [],
});

/** An empty folder that goes with the test. */
export async function tempFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'supervise-control-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** A control server on a fresh folder, closed with the test. Bugs of the Api land in `bugs`. */
export async function serveFake(
  api: Api,
  limits: Partial<ServerLimits> = {},
  inFolder?: string,
): Promise<{ folder: string; server: ControlServer; bugs: unknown[] }> {
  const folder = inFolder ?? (await tempFolder());
  const bugs: unknown[] = [];
  const server = await serve(folder, { api, limits, isOurs: () => true, onBug: (bug) => bugs.push(bug) });
  if (!server.ok) throw new Error(server.error);
  onTestFinished(() => server.value.close(0));
  return { folder, server: server.value, bugs };
}

/** A server that answers as it pleases: `answer` gets each parsed line and the socket. */
export async function serveLines(
  answer: (request: { id: number; method: string }, socket: Socket) => void,
): Promise<string> {
  const folder = await tempFolder();
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk.toString();
      for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n')) {
        const line = text.slice(0, end);
        text = text.slice(end + 1);
        answer(JSON.parse(line) as { id: number; method: string }, socket);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(path.join(folder, 'control.sock'), resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return folder;
}
