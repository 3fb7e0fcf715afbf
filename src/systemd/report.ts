/**
 * What systemd is told, and when. Nothing rests on a bare timer: a sign of life and a request for patience are sent only after the engine
 * has handled an event posted for them. A supervisor whose timers fire but whose engine hangs falls silent, and systemd's watchdog ends it.
 */
import type { Manager } from './environment.ts';
import type { Fields } from './notifier.ts';

/** What there is to report. */
export interface Service {
  /** One line: how many are ready, what is in trouble, what is left. */
  words(): string;
  readonly isStopping: boolean;
  /** Is it worth waiting further for those still draining? */
  isWorthWaiting(): boolean;
  /** Resolves when the engine's loop has turned. */
  turn(): Promise<void>;
}

/** STATUS is sent at most this often. */
const STATUS_MS = 1_000;
/** While it drains, systemd is asked this often … */
const EXTEND_EVERY_MS = 5_000;
/** … for this much more time from now: six lost messages do no harm. */
const EXTEND_USEC = '30000000';

export class Report {
  private readonly service: Service;
  private readonly send: (fields: Fields) => void;
  private readonly watchdog: NodeJS.Timeout | undefined;
  private extending: NodeJS.Timeout | undefined;
  private statusTimer: NodeJS.Timeout | undefined;
  private statusAt = -Infinity;
  private status = '';
  private turning = false;

  constructor({ watchdogMs }: Manager, service: Service, send: (fields: Fields) => void) {
    this.service = service;
    this.send = send;
    if (watchdogMs !== null)
      this.watchdog = setInterval(() => {
        void this.afterTurn(() => ({ WATCHDOG: '1' }));
      }, watchdogMs / 3);
  }

  /** List, lock and socket exist: units ordered after us may start. The daemons need not be ready. */
  ready(): void {
    this.send({ READY: '1', ...this.newStatus() });
  }

  /** Something may have changed. Cheap: called after every event. */
  changed(): void {
    if (this.service.isStopping && this.extending === undefined) this.stopping();
    else if (this.statusTimer === undefined) {
      const wait = this.statusAt + STATUS_MS - performance.now();
      if (wait <= 0) this.sendStatus();
      else
        this.statusTimer = setTimeout(() => {
          this.statusTimer = undefined;
          this.sendStatus();
        }, wait);
    }
  }

  close(): void {
    clearInterval(this.watchdog);
    clearInterval(this.extending);
    clearTimeout(this.statusTimer);
  }

  private stopping(): void {
    this.send({ STOPPING: '1', EXTEND_TIMEOUT_USEC: EXTEND_USEC, ...this.newStatus() });
    this.extending = setInterval(() => {
      void this.afterTurn(() => (this.service.isWorthWaiting() ? { EXTEND_TIMEOUT_USEC: EXTEND_USEC } : {}));
    }, EXTEND_EVERY_MS);
  }

  private sendStatus(): void {
    this.send(this.newStatus());
  }

  /** Empty if systemd already has these words. */
  private newStatus(): Fields {
    this.statusAt = performance.now();
    const words = this.service.words();
    if (words === this.status) return {};
    this.status = words;
    return { STATUS: words };
  }

  private async afterTurn(fields: () => Fields): Promise<void> {
    // A request still under way is not repeated: each sign of life needs an answer of its own.
    if (this.turning) return;
    this.turning = true;
    await this.service.turn();
    this.turning = false;
    this.send(fields());
  }
}
