/** Passes messages to systemd: directly through koffi, else with the command `systemd-notify`. */
import { execa } from 'execa';
import { openDatagramSocket } from '../native/index.ts';

/** Names and values of sd_notify: `{ READY: '1' }`. */
export type Fields = Readonly<Record<string, string>>;

export interface NotifierNews {
  /** Once: messages do not go the intended way. */
  note(words: string): void;
  /** Messages are refused, in words, or (null) accepted again. */
  trouble(words: string | null): void;
}

/** Sends one text; returns null, or why it was refused. Never throws, never blocks others. */
type Deliver = (text: string) => Promise<string | null>;

/** Kept until delivered, since these remain true until said anew; the others are true only at the moment of sending. */
const LASTING: ReadonlySet<string> = new Set(['READY', 'STATUS', 'STOPPING']);
const RETRY_MS = 5_000;
/** It waits until systemd has read the message, and gives up by itself after 5 s. */
const COMMAND_MS = 7_000;

/** One message is under way at a time; later ones are merged into the next. Nothing piles up or overtakes. */
export class Notifier {
  private readonly deliver: Deliver;
  private readonly news: NotifierNews;
  private readonly release: () => void;
  private waiting = new Map<string, string>();
  private working = false;
  private idle: Promise<void> = Promise.resolve();
  private retry: NodeJS.Timeout | undefined;
  private closed = false;

  constructor(deliver: Deliver, news: NotifierNews, release: () => void = () => undefined) {
    this.deliver = deliver;
    this.news = news;
    this.release = release;
  }

  send(fields: Fields): void {
    if (this.closed) return;
    for (const [name, value] of Object.entries(fields)) this.waiting.set(name, value);
    this.work();
  }

  /** Resolves when everything sent has been accepted or refused. */
  async close(): Promise<void> {
    this.closed = true;
    await this.idle;
    clearTimeout(this.retry);
    this.release();
  }

  private work(): void {
    if (!this.working) this.idle = this.deliverAll();
  }

  private async deliverAll(): Promise<void> {
    this.working = true;
    clearTimeout(this.retry);
    while (this.waiting.size > 0) {
      const fields = this.waiting;
      this.waiting = new Map();
      const refusal = await this.deliver([...fields].map(([name, value]) => `${name}=${value}`).join('\n'));
      this.news.trouble(refusal);
      if (refusal === null) continue;
      const kept = [...fields].filter(([name]) => LASTING.has(name));
      this.waiting = new Map([...kept, ...this.waiting]);
      if (this.waiting.size > 0 && !this.closed)
        this.retry = setTimeout(() => {
          this.work();
        }, RETRY_MS);
      break;
    }
    this.working = false;
  }
}

/** `address`: NOTIFY_SOCKET. */
export async function openNotifier(address: string, news: NotifierNews): Promise<Notifier> {
  const socket = await openDatagramSocket();
  if (socket !== null) {
    const deliver = (text: string): Promise<string | null> => {
      const error = socket.send(address, text);
      return Promise.resolve(error === null ? null : refusalWords(address, error));
    };
    return new Notifier(deliver, news, () => {
      socket.close();
    });
  }
  news.note(
    'the optional package koffi is not there, so systemd is told by the command systemd-notify: a unit with User= needs NotifyAccess=all for that',
  );
  return new Notifier((text) => deliverByCommand(address, text), news);
}

/** As root it speaks in the name of its parent, which is us; as another user it speaks for itself. */
async function deliverByCommand(address: string, text: string): Promise<string | null> {
  const { exitCode, stderr, cause, timedOut } = await execa('systemd-notify', text.split('\n'), {
    reject: false,
    timeout: COMMAND_MS,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  if (exitCode === 0) return null;
  if (timedOut) return refusalWords(address, 'systemd-notify waited in vain');
  return refusalWords(
    address,
    stderr.trim() || (cause instanceof Error ? cause.message : `exit ${exitCode ?? 'none'}`),
  );
}

const refusalWords = (address: string, why: string): string =>
  `systemd cannot be told how it goes (${address}: ${why}); the daemons do not mind, but systemd may take the supervisor for dead`;
