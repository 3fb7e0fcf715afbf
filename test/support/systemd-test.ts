/** A test with its own systemd, booted before and gone after it; its journal is shown if the test fails. */
import path from 'node:path';
import { test as base } from './supervise.ts';
import { bootSystemd, type PrivateSystemd } from './systemd.ts';

export const test = base.extend<{ systemd: PrivateSystemd }>({
  // It needs the rig, so that it is gone before the rig checks what is left.
  systemd: async ({ rig, onTestFailed }, use) => {
    const systemd = await bootSystemd(path.join(rig.folder, 'disk'));
    let journal = '';
    onTestFailed(() => {
      process.stderr.write(`${journal}\n`);
    });
    await use(systemd);
    journal = (await systemd.run('journalctl', '--no-pager', '-o', 'short-precise')).out;
    await systemd.close();
  },
});
