// Plays a daemon for the pictures. `--job 8s`: the length of an iteration; `--steps 40`: it reports progress; `--pause 2s`: it waits for
// work in between; `--slow-start`: it is never ready; `--crash WORDS`: it says so and dies.
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Daemon, DaemonRunner } from 'supervise';

const { values } = parseArgs({
  options: {
    job: { type: 'string' },
    pause: { type: 'string' },
    steps: { type: 'string' },
    'slow-start': { type: 'boolean' },
    crash: { type: 'string' },
  },
});
const milliseconds = (text = '0s') => Number.parseFloat(text) * (text.endsWith('ms') ? 1 : 1000);

class Worker extends Daemon {
  #job = 4100 + 100 * Number(process.env.SUPERVISE_INSTANCE);

  async init() {
    if (values.crash !== undefined) {
      console.error(values.crash);
      process.exit(1);
    }
    if (values['slow-start']) {
      console.log('reading the index of 2,114,000 articles');
      await new Promise((resolve) => process.once('SIGTERM', resolve));
    }
  }

  async run({ sleep }) {
    if (values.pause !== undefined) await sleep(milliseconds(values.pause));
    const steps = Number(values.steps ?? 1);
    const job = (this.#job += 1);
    console.log(`job ${job}: begun`);
    for (let step = 0; step < steps; step++) {
      if (steps > 1) this.progress(step, steps);
      await delay(milliseconds(values.job) / steps); // stands for work, so no stop ends it
    }
    console.log(`job ${job}: done`);
  }
}

await DaemonRunner.exec(Worker);
