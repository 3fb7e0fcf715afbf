/** The units of examples/comparison, as accepted by a real systemd: what they share is in one file for all. */
import { expect } from 'vitest';
import { COMPARED, FOLDER } from '../../scripts/comparison.ts';
import { test } from '../support/systemd-test.ts';
import { needSystemd } from '../support/systemd.ts';

const here = needSystemd();
const units = COMPARED.find(({ tool }) => tool === 'systemd')?.files ?? [];

test.skipIf(here.missing)(
  `each unit has what its name gives it${here.note}`,
  { timeout: 120_000 },
  async ({ systemd }) => {
    await systemd.sh(`cp -r ${FOLDER}/systemd/. /run/systemd/system/; systemctl daemon-reload`);
    const wants = (await systemd.show('shop.target')).Wants?.split(' ') ?? [];
    expect(wants).toHaveLength(14);
    for (const unit of wants)
      expect({ unit, ...(await systemd.show(unit)) }).toMatchObject({
        unit,
        LoadState: 'loaded',
        KillMode: 'mixed',
        Restart: 'always',
        WorkingDirectory: '/srv/shop',
        StartLimitIntervalUSec: '0',
        TimeoutStopUSec: unit.includes('photos') ? '10min' : unit.includes('reports') ? '30min' : '1min 30s',
      });
    expect(units).toHaveLength(12);
  },
);
