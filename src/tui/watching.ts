/** Follows the status as long as the screen is open, from one supervisor to the next, and notices one that falls silent. */
import { setTimeout as sleep } from 'node:timers/promises';
import { fail, ok, type Result } from '../base/result.ts';
import type { Client, ClientError } from '../control/client.ts';
import type { ChangeView, InstanceView } from '../control/view.ts';
import type { Message } from './message.ts';
import { withClient } from './one-request.ts';

export interface Watching {
  /** A request got no answer: the connection is given up and another one tried. */
  readonly doubt: (error: ClientError) => void;
}

/** A supervisor silent for this long is asked whether it is there: a connection can outlive the process that answers on it. */
const SILENCE_MS = 3000;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 2000;

/** `folders`: where the state of the list may be, as for `find`. */
export function watch(folders: readonly string[], tell: (message: Message) => void, end: AbortSignal): Watching {
  let current: Connection | null = null;
  const isOver = (): boolean => end.aborted;
  void keepWatching();
  return {
    doubt(error) {
      current?.giveUp(error);
    },
  };

  async function keepWatching(): Promise<void> {
    let pauseMs = FIRST_PAUSE_MS;
    let hasEnded = false;
    while (!isOver()) {
      const connection = new Connection(folders, end, (message) => {
        pauseMs = FIRST_PAUSE_MS;
        tell(message);
      });
      current = connection;
      const result = await connection.over;
      if (isOver()) return;
      const { is, words } = result.ok ? { is: 'ended', words: ENDED } : lossOf(result.error);
      // After an ended supervisor, that none is running is no news and says less.
      hasEnded = is === 'ended' || (is === 'nobody' && hasEnded);
      tell({ is: 'lost', words: hasEnded ? ENDED : words, silentMs: connection.silentBeforeMs });
      await sleep(pauseMs, undefined, { signal: end }).catch(() => undefined); // Aborted: the loop ends.
      pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
    }
  }
}

const OTHER_VERSION =
  'the supervisor that runs is of another version, which cannot be shown here: supervise status --watch can';
const ENDED = 'the supervisor has ended as it was asked to; start it again with: supervise start';

const lossOf = ({ tag, words }: ClientError): { readonly is: ClientError['tag']; readonly words: string } => ({
  is: tag,
  words: tag === 'refused' ? `${OTHER_VERSION} (${words})` : words,
});

/** One attempt to follow one supervisor. */
class Connection {
  /** Resolves when the supervisor has ended, or with the reason why it is no longer followed. */
  readonly over: Promise<Result<null, ClientError>>;
  private readonly folders: readonly string[];
  private readonly gone = new AbortController();
  private readonly end: AbortSignal;
  private heardAt = performance.now();
  private why: ClientError | null = null;

  constructor(folders: readonly string[], end: AbortSignal, tell: (message: Message) => void) {
    this.folders = folders;
    this.end = AbortSignal.any([end, this.gone.signal]);
    this.over = this.follow(tell);
  }

  /** How long it had been silent when it was given up; 0 if it closed the connection itself. */
  get silentBeforeMs(): number {
    return this.why === null ? 0 : this.silentMs;
  }

  giveUp(error: ClientError): void {
    this.why ??= error;
    this.gone.abort();
  }

  private async follow(tell: (message: Message) => void): Promise<Result<null, ClientError>> {
    const result = await withClient(this.folders, (client) => this.read(client, tell), this.end);
    this.gone.abort();
    if (this.why !== null) return fail(this.why);
    return result.ok ? ok(null) : result;
  }

  private async read(client: Client, tell: (message: Message) => void): Promise<Result<unknown, ClientError>> {
    const picture = collect(tell);
    void this.listen();
    return client.stream(
      'changes',
      {},
      (item) => {
        this.heardAt = performance.now();
        // Without the dropped parts the picture is wrong: it is requested anew.
        if ('dropped' in item) client.close();
        else picture(item);
      },
      this.end,
    );
  }

  private get silentMs(): number {
    return performance.now() - this.heardAt;
  }

  /** As long as it speaks it is not asked. */
  private async listen(): Promise<void> {
    const { end } = this;
    const isOver = (): boolean => end.aborted;
    this.heardAt = performance.now();
    while (!isOver()) {
      await sleep(Math.max(1, SILENCE_MS - this.silentMs), undefined, { signal: end }).catch(() => undefined); // Over.
      if (isOver() || this.silentMs < SILENCE_MS) continue;
      const answer = await withClient(this.folders, () => Promise.resolve(ok(null)), end);
      if (answer.ok) this.heardAt = performance.now();
      else if (!isOver()) this.giveUp(answer.error);
    }
  }
}

/** Reassembles a picture from its parts. */
function collect(tell: (message: Message) => void): (item: ChangeView) => void {
  let whole = false;
  let parts: InstanceView[] = [];
  let resources: ChangeView['resources'];
  return (item) => {
    whole ||= item.whole;
    parts.push(...item.instances);
    resources = item.resources ?? resources;
    if (item.more) return;
    const { supervisor } = item;
    const known = resources === undefined ? {} : { resources };
    tell({ is: whole ? 'connected' : 'changed', supervisor, instances: parts, ...known });
    whole = false;
    parts = [];
    resources = undefined;
  };
}
