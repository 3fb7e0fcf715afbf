/** The worker knows best: in each language with an SDK it says what it waits for, and leaves its loop in some way. */
import { rmSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, inject } from 'vitest';
import { need } from '../support/needs.ts';
import { test } from '../support/supervise.ts';

const root = path.resolve(import.meta.dirname, '../..');
const sdk = (file: string): string => path.join(root, 'sdk', file);

/** How it leaves: by an error in `run` or in `init`, or by ending its process in the middle of `run`. */
const WAYS = ['run', 'init', 'exit'] as const;

/** Works once `down` is gone; before that it says so and leaves. Its first argument is a way. */
const LANGUAGES = [
  {
    name: 'Node',
    file: 'w.mjs',
    need: { missing: false, note: '' },
    text: () => `
import { existsSync } from 'node:fs';
import { Daemon, DaemonRunner } from ${JSON.stringify(pathToFileURL(path.join(path.dirname(inject('program')), '../daemon/index.js')).href)};
class Worker extends Daemon {
  leave(way) {
    if (!existsSync('down') || this.argv[1] !== way) return;
    this.waiting('db');
    if (way === 'exit') process.exit(3);
    throw new Error('too many connections');
  }
  init() { super.init(); this.leave('init'); }
  async run({ sleep }) { this.leave('run'); this.leave('exit'); await sleep(3_600_000); }
}
await DaemonRunner.exec(Worker);
`,
  },
  {
    name: 'PHP',
    file: 'w.php',
    need: need('php', 'php-cli'),
    text: () => `<?php
require ${JSON.stringify(sdk('php/supervise.php'))};
class Worker extends Supervise\\Daemon
{
    private function leave(string $way): void
    {
        if (!file_exists('down') || $this->argv[1] !== $way) return;
        $this->waiting('db');
        if ($way === 'exit') exit(3);
        throw new RuntimeException('too many connections');
    }
    public function init(): void { parent::init(); $this->leave('init'); }
    public function run(): void { $this->leave('run'); $this->leave('exit'); $this->sleep(3600); }
}
Supervise\\DaemonRunner::exec('Worker');
`,
  },
  {
    name: 'Python',
    file: 'w.py',
    need: need('python3', 'python3'),
    text: () => `
import os, sys
sys.dont_write_bytecode = True
sys.path.insert(0, ${JSON.stringify(sdk('python'))})
from supervise import Daemon, DaemonRunner

class Worker(Daemon):
    def leave(self, way):
        if not os.path.exists("down") or self.argv[1] != way:
            return
        self.waiting("db")
        if way == "exit":
            os._exit(3)
        raise RuntimeError("too many connections")
    def init(self):
        super().init()
        self.leave("init")
    def run(self):
        self.leave("run")
        self.leave("exit")
        self.sleep(3600)

DaemonRunner.exec(Worker)
`,
  },
  {
    name: 'sh',
    file: 'w.sh',
    need: { missing: false, note: '' },
    text: () => `
. ${sdk('shell/supervise.sh')}
leave() {
    [ -e down ] && [ "$way" = "$1" ] || return 0
    supervise_waiting db
    [ "$1" != exit ] || exit 3
    echo 'too many connections' >&2
    return 1
}
init() { way=$1; leave init; }
run() { leave run && leave exit && supervise_idle 3600; }
supervise_run "$@"
`,
  },
];

for (const { name, file, need: needed, text } of LANGUAGES)
  describe.skipIf(needed.missing)(`a worker in ${name}${needed.note}`, () => {
    test.for(WAYS)(
      'that says WAITING=db and leaves by %s waits for that, and has not crashed',
      async (way, { rig }) => {
        rig.file(file, text());
        rig.file('down', '');
        rig.list({
          resources: { db: { exec: ['sh', '-c', 'test ! -e down'], interval: '250ms' } },
          daemons: [{ name: 'w', script: `./${file} ${way}`, restart: { delay: '100ms', attempts: 1 } }],
        });
        await rig.start();
        const waits = await rig.until('w', 'waits for it', ({ waiting_for: [first] }) => first?.kind === 'resource');
        const code = way === 'exit' ? 3 : 1;
        expect(waits).toMatchObject({
          ...{ state: 'waiting', flags: [], starts: 1, quick_ends: 0 },
          waiting_for: [{ kind: 'resource', name: 'db', state: 'down' }],
          last_exit: { kind: 'resource', resource: 'db', code, fault: null },
        });
        expect(waits.last_exit?.words).toMatch(
          new RegExp(`^ended by itself, exit ${code}\\b.*; it said that db is away \\(WAITING\\)$`),
        );
        expect(await rig.status()).toMatchObject({ resources: [{ name: 'db', state: 'down', waiting: 1 }] });

        rmSync(path.join(rig.work, 'down'));
        const back = await rig.until('w', 'is idle', ({ state, busy }) => state === 'running' && busy === false);
        expect(back).toMatchObject({ starts: 2, quick_ends: 0 });
      },
    );
  });
