import { randomBytes } from 'node:crypto';
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { need } from '../../support/needs.ts';
import { Rig, type Running } from './rig.ts';

const examples = path.resolve(import.meta.dirname, '../../../examples');
const tsx = [process.execPath, '--import', import.meta.resolve('tsx')] as const;
// The examples say `from 'supervise'`; this takes them to the sources, built or not.
const TSX_TSCONFIG_PATH = path.join(import.meta.dirname, 'tsconfig.json');

const workers = [
  { queue: 'movies', argv: [...tsx, `${examples}/movies.ts`], needs: { missing: false, note: '' } },
  { queue: 'photos', argv: ['php', `${examples}/photos.php`], needs: need('php', 'php-cli') },
  { queue: 'reports', argv: ['python3', '-B', `${examples}/reports.py`], needs: need('python3', 'python3') },
  { queue: 'imports', argv: ['sh', `${examples}/imports.sh`], needs: { missing: false, note: '' } },
] as const;

let rig: Rig;
beforeEach(() => {
  rig = new Rig();
});
afterEach(() => {
  rig.close();
});

describe('the examples', { timeout: 120_000 }, () => {
  for (const { queue, argv, needs } of workers) {
    test.skipIf(needs.missing)(
      `${queue}: stopped in the middle of a job, again and again, it loses none${needs.note}`,
      async () => {
        upload(queue, 8);

        // Two at once, and each is stopped while it is at work: half of its result is there, the other half is not.
        while (lines('ledger', queue) < 8) {
          const pair = ['1', '2'].map((instance) =>
            start(argv, { SUPERVISE_NAME: queue, SUPERVISE_INSTANCE: instance }),
          );
          for (const worker of pair) {
            await worker.says('READY=1');
            await become('a job done', () => worker.out.length > 0 || lines('ledger', queue) === 8);
            worker.kill('SIGTERM');
          }
          for (const worker of pair) {
            expect([await worker.ended, worker.err]).toEqual([0, []]);
          }
        }
        const { stdout } = await ledger('--stopped');
        expect(stdout).toContain(`${queue}: 8 done, 0 waiting, 0 at work`);
        expect(stdout).toContain('every job is accounted for');
      },
    );
  }

  test('what a SIGKILL left half done is seen, and done again by the next run', async () => {
    const [uploads, imports] = [`${examples}/uploads.ts`, `${examples}/imports.sh`];
    const web = start([...tsx, uploads, 'imports'], { UPLOADS: '6', UPLOAD_EVERY_MS: '1' });
    await become('6 uploads', () => lines('uploaded', 'imports') === 6);
    web.kill('SIGTERM');
    await web.ended;

    const cut = start(['sh', imports], {});
    await become('half a result', () => halves('imports').length === 1);
    cut.kill('SIGKILL');
    await cut.ended;
    const [id] = halves('imports');
    const verdict = await ledger('--stopped');
    expect(verdict.code).toBe(1);
    expect(verdict.stdout).toContain(`cut: ${id}`);

    const next = start(['sh', imports], {});
    await become('all done', () => lines('ledger', 'imports') === 6);
    next.kill('SIGTERM');
    expect(await next.ended).toBe(0);
    expect((await ledger('--stopped')).stdout).toContain('every job is accounted for');
  });
});

function start(argv: readonly [string, ...string[]], env: Record<string, string>): Running {
  return rig.command(argv, { env: { SPOOL: rig.folder, TSX_TSCONFIG_PATH, ...env } });
}

/** What examples/uploads.ts does. */
function upload(queue: string, count: number): void {
  const folder = path.join(rig.folder, queue);
  mkdirSync(path.join(folder, 'new'), { recursive: true });
  for (let i = 1; i <= count; i++) {
    writeFileSync(path.join(folder, 'new', `job-${i}`), randomBytes(1001));
    appendFileSync(path.join(folder, 'uploaded'), `job-${i}\n`);
  }
}

/** Results that have their first half only. */
function halves(queue: string): string[] {
  const out = path.join(rig.folder, queue, 'out');
  if (!existsSync(out)) return [];
  return readdirSync(out).filter((id) => /^half .*\n$/.test(readFileSync(path.join(out, id), 'utf8')));
}

async function become(what: string, condition: () => boolean): Promise<void> {
  const end = performance.now() + 100_000;
  while (!condition()) {
    if (performance.now() > end) throw new Error(`waited in vain for: ${what}`);
    await delay(10);
  }
}

const lines = (file: string, queue: string) => {
  const name = path.join(rig.folder, queue, file);
  return existsSync(name) ? readFileSync(name, 'utf8').split('\n').length - 1 : 0;
};

async function ledger(...flags: string[]): Promise<{ code: number | undefined; stdout: string }> {
  const argv = [path.join(examples, 'ledger.mjs'), rig.folder, ...flags];
  const { exitCode, stdout } = await execa(process.execPath, argv, { reject: false });
  return { code: exitCode, stdout };
}
