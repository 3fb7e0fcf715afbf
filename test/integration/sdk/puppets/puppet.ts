// Does what its first argument says; the tests read what it prints and what it says on descriptor 3.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { Daemon, DaemonRunner, type Turn } from '../../../../src/daemon/index.ts';

const say = (line: string) => process.stdout.write(`${line}\n`);

async function waitForGo(): Promise<void> {
  while (!existsSync(process.env.GO ?? '')) await delay(5);
}

class Puppet extends Daemon {
  static override readonly signals = ['SIGUSR2'] as const;
  readonly mode = this.argv[1] ?? '';
  runs = 0;
  over = false;
  wake: () => void = () => undefined;

  // Forgets its parent, on purpose.
  override async init(): Promise<void> {
    if (this.mode === 'loop') await super.init();
    say('init');
    if (this.mode === 'slow-init') {
      await this.turn.sleep(1);
      await waitForGo();
    }
    if (this.mode === 'bad-init') throw new Error('no spool here');
    say('init end');
  }

  override async run({ sleep }: Turn): Promise<void> {
    this.runs += 1;
    switch (this.mode) {
      case 'work':
      case 'bad-signal':
      case 'loop':
        if (this.mode === 'loop') await sleep(1);
        say(`begin ${this.runs}`);
        await waitForGo();
        say(`end ${this.runs}`);
        break;
      case 'idle':
      case 'own-done':
        say('before');
        await sleep(3_600_000);
        say('after');
        break;
      case 'event':
        say('before');
        await new Promise<void>((resolve) => {
          this.wake = resolve; // nothing that would keep Node alive
        });
        break;
      case 'flood':
        this.done = true;
        break;
      case 'late':
        await readFile(import.meta.filename); // its end finds Node's loop where it has already looked for signals
        process.kill(process.pid, 'SIGTERM');
        break;
      case 'error':
        if (this.runs === 2) throw new Error('the spool is gone');
        break;
      case 'count':
        this.done = this.runs === Number(this.argv[2]);
        break;
      case 'talk':
        this.status('two\nlines');
        this.status('é'.repeat(5000));
        this.progress(1, 3);
        this.waiting('database');
        this.extend(1500);
        this.done = true;
        break;
      case 'helper':
        await sleep(1);
        spawnSync('sh', ['-c', process.env.HELPER ?? ''], { stdio: ['ignore', 'inherit', 'inherit'] });
        this.done = true;
        break;
    }
  }

  override async shutdown(): Promise<void> {
    say('shutdown');
    if (this.mode === 'flood') say('x'.repeat(1_000_000));
    if (this.mode === 'error') await this.turn.sleep(1);
    if (this.mode === 'bad-shutdown') throw new Error('cannot close');
  }

  override isDone(): boolean {
    return this.over || this.mode === 'bad-shutdown' || super.isDone();
  }

  override onSignal(signal: NodeJS.Signals): void {
    say(`signal ${signal}`);
    if (this.mode === 'bad-signal') throw new Error('a bad handler');
    if (this.mode === 'own-done') this.over = true;
    else super.onSignal(signal);
    this.wake();
  }
}

if (process.argv[2] === 'loop') {
  const daemon = new Puppet(process.argv.slice(1));
  await daemon.init();
  while (!daemon.isDone()) await daemon.run(daemon.turn);
  await daemon.shutdown();
} else {
  await DaemonRunner.exec(Puppet);
}
