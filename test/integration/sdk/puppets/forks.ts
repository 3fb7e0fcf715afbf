// An iteration that starts this very file again, as a process in which the SDK runs another loop.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { Daemon, DaemonRunner, type Turn } from '../../../../src/daemon/index.ts';

const say = (line: string) => process.stdout.write(`${line}\n`);

class Parent extends Daemon {
  override async run(): Promise<void> {
    const child = fork(import.meta.filename, ['child']);
    const [code] = (await once(child, 'exit')) as [number];
    say(`child exit ${code}`);
    this.done = true;
  }
}

class Child extends Daemon {
  override async run({ sleep }: Turn): Promise<void> {
    await sleep(1);
    say('child runs');
    this.done = true;
  }
}

await DaemonRunner.exec(process.argv[2] === 'child' ? Child : Parent);
