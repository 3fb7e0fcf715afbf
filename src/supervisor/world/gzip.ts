/** Compresses rotated files in a separate process: deflate in ours would take 10 to 30 MB, which every fork then pays for. */
import { execa } from 'execa';
import { fail, ok, type Result } from '../../base/result.ts';

/** From one open file into another; names the first of `nice` and `gzip` that is missing. `end` stops it: it has then failed. */
export async function gzipFile(from: number, to: number, end: AbortSignal): Promise<Result<void>> {
  const done = await execa('nice', ['gzip', '-c', '-3'], {
    // execa passes descriptors on to Node as they are; its types know only those up to 9.
    stdio: [from, to, 'pipe'] as unknown as ['inherit', 'inherit', 'pipe'],
    reject: false,
    cancelSignal: end,
  });
  if (!done.failed) return ok(undefined);
  const said = done.stderr.trim().split('\n')[0] ?? '';
  return fail(said === '' ? (done.shortMessage ?? 'gzip has failed') : said);
}
