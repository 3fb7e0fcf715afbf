import { constants, closeSync, openSync } from 'node:fs';
import path from 'node:path';
import { fail, ok } from '../base/result.ts';
import type { Result } from '../base/result.ts';

/** The longest message, in either direction, not counting its newline. */
export const MAX_MESSAGE_BYTES = 1024 * 1024;

export type Id = string | number;

export interface WireError {
  readonly code: number;
  readonly message: string;
  /** For a refusal: its reason. */
  readonly data?: { readonly reason: string };
}

export interface RequestMessage {
  readonly id: Id;
  readonly method: string;
  readonly params: unknown;
}

/** What a supervisor sends: the reply to a request, or an item of a stream. */
export type ServerMessage =
  | { readonly kind: 'result'; readonly id: Id; readonly result: unknown }
  /** `id: null`: it could not tell which request was meant. */
  | { readonly kind: 'error'; readonly id: Id | null; readonly error: WireError }
  | { readonly kind: 'item'; readonly id: Id; readonly item: unknown };

export const CODE = {
  parse: -32700,
  invalidRequest: -32600,
  unknownMethod: -32601,
  invalidParams: -32602,
  internal: -32603,
  /** The supervisor understood and refuses; `data.reason` says why. */
  refused: -32000,
  /** The answer exceeds the longest message. */
  tooLong: -32001,
  /** More requests or connections at once than we serve. */
  tooMany: -32002,
} as const;

export const requestLine = (id: Id, method: string, params: unknown): string =>
  `${JSON.stringify({ jsonrpc: '2.0', id, method, params })}\n`;

export const resultLine = (id: Id, result: unknown): string => `${JSON.stringify({ jsonrpc: '2.0', id, result })}\n`;

export const errorLine = (id: Id | null, error: WireError): string =>
  `${JSON.stringify({ jsonrpc: '2.0', id, error })}\n`;

export const itemLine = (id: Id, item: unknown): string =>
  `${JSON.stringify({ jsonrpc: '2.0', method: 'item', params: { id, item } })}\n`;

/** Reads one line from a client. The error says whether it was not JSON at all, or JSON but no request. */
export function parseRequest(line: string): Result<RequestMessage, WireError> {
  const message = parseObject(line);
  if (message === undefined) return fail({ code: CODE.parse, message: 'this is not a JSON object on one line' });
  const invalid = (what: string) => fail({ code: CODE.invalidRequest, message: what });
  if (message.jsonrpc !== '2.0') return invalid('"jsonrpc" must be "2.0"');
  const { id, method, params } = message;
  if (!isId(id))
    return invalid('"id" must be a string of at most 200 characters or a whole number: every reply carries it');
  if (typeof method !== 'string') return invalid('"method" must be a string');
  return ok({ id, method, params });
}

/** Reads one line from a supervisor; the error says in words what is wrong with it. */
export function parseServerMessage(line: string): Result<ServerMessage> {
  const message = parseObject(line);
  if (message?.jsonrpc !== '2.0') return fail('a line that is no JSON-RPC 2.0');
  const { id, method, params, result, error } = message;
  if (method === 'item' && isRecord(params) && isId(params.id))
    return ok({ kind: 'item', id: params.id, item: params.item });
  if (result !== undefined && error === undefined && isId(id)) return ok({ kind: 'result', id, result });
  if (isWireError(error) && result === undefined && (id === null || isId(id))) return ok({ kind: 'error', id, error });
  return fail('a message that is neither a reply nor an item');
}

/**
 * Splits bytes into lines. A line longer than the longest message is never kept: `onTooLong` is called once and everything that follows is
 * ignored, since the connection is to be closed.
 */
export function lineCutter(onLine: (line: string) => void, onTooLong: () => void): (chunk: Buffer) => void {
  let held: Buffer[] = [];
  let heldBytes = 0;
  let over = false;
  return (chunk) => {
    let start = 0;
    while (!over) {
      const end = chunk.indexOf(10, start);
      const piece = chunk.subarray(start, end === -1 ? chunk.length : end);
      heldBytes += piece.length;
      if (heldBytes > MAX_MESSAGE_BYTES) {
        over = true;
        held = [];
        onTooLong();
        return;
      }
      if (piece.length > 0) held.push(piece);
      if (end === -1) return;
      const line = held.length === 1 ? piece.toString() : Buffer.concat(held).toString();
      held = [];
      heldBytes = 0;
      start = end + 1;
      if (line.trim() !== '') onLine(line);
    }
  };
}

export interface SocketPlace {
  /** What to bind or connect to. */
  readonly path: string;
  /** To be called once the path is no longer in use: it may hold the folder open. */
  readonly release: () => void;
}

/**
 * The path of a state folder's control socket. The kernel accepts 107 bytes and silently cuts a longer path, so such a path goes through
 * the open folder. Throws what `open` throws when there is no such folder.
 */
export function socketPlace(folder: string): SocketPlace {
  const plain = path.join(folder, SOCKET_NAME);
  if (Buffer.byteLength(plain) <= 107) return { path: plain, release: () => undefined };
  const fd = openSync(folder, constants.O_RDONLY | constants.O_DIRECTORY);
  let open = true;
  return {
    path: `/proc/self/fd/${fd}/${SOCKET_NAME}`,
    release: () => {
      if (open) closeSync(fd);
      open = false;
    },
  };
}

export const SOCKET_NAME = 'control.sock';

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function parseObject(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined; // Not JSON: answered like anything that is no object.
  }
}

const isId = (value: unknown): value is Id =>
  (typeof value === 'string' && value.length <= 200) || (typeof value === 'number' && Number.isSafeInteger(value));

const isWireError = (value: unknown): value is WireError =>
  isRecord(value) && typeof value.code === 'number' && typeof value.message === 'string';
