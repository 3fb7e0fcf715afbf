/** A test that has a systemd of its own, booted before and gone after it; what its journal says is shown where the test fails. */
import path from 'node:path';
import { test as base } from './supervise.ts';
import { bootSystemd, type PrivateSystemd } from './systemd.ts';

export const test = base.extend<{ systemd: PrivateSystemd }>({
  // It needs the rig, so that it is gone before the rig looks who is left.
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
