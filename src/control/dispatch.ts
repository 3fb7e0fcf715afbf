import { ok } from '../base/result.ts';
import type { Result } from '../base/result.ts';
import type { Api, Dropped, Refusal } from './api.ts';
import type { Items, MethodName, ParamsOf, Results, StreamName } from './protocol.ts';

/** Where the items of a streaming method go. */
export interface Outlet {
  readonly emit: (item: Items[StreamName] | Dropped) => void;
  /** Aborted when the client is gone. */
  readonly end: AbortSignal;
  /** A promise while the client is behind: resolves when it has taken what was emitted, or is gone. */
  readonly room: () => Promise<void> | undefined;
}

type Answer<M extends MethodName> = Result<Results[M], Refusal> | Promise<Result<Results[M], Refusal>>;

/** Carries out a request whose parameters were checked. Throws only for a bug in the Api. */
export async function dispatch<M extends MethodName>(
  api: Api,
  method: M,
  params: ParamsOf<M>,
  outlet: Outlet,
): Promise<Result<Results[M], Refusal>> {
  return HANDLERS[method](api, params, outlet);
}

const HANDLERS: { readonly [M in MethodName]: (api: Api, ask: ParamsOf<M>, outlet: Outlet) => Answer<M> } = {
  version: (api) => ok(api.version()),
  status: (api, ask) => api.status(ask),
  changes: (api, ask, outlet) => api.changes(ask, outlet.emit, outlet.end, outlet.room),
  why: (api, ask) => api.why(ask),
  start: (api, ask) => api.start(ask),
  stop: (api, ask) => api.stop(ask),
  restart: (api, ask) => api.restart(ask),
  plan: (api) => api.plan(),
  reload: (api, ask) => api.reload(ask),
  signal: (api, ask) => api.signal(ask),
  shutdown: async (api, ask) => ok(await api.shutdown(ask)),
  upgrade: (api) => api.upgrade(),
  logs: (api, ask, outlet) => api.logs(ask, outlet.emit, outlet.end, outlet.room),
  events: async (api, ask, outlet) => {
    await api.events(ask, outlet.emit, outlet.end);
    return ok({});
  },
};
