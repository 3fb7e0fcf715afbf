import { expect, test } from 'vitest';
import { commandLine, unitText } from '../../../src/systemd/unit.ts';

test('a path can be no line of the unit', () => {
  const list = '/srv/a\nExecStartPre=/bin/evil\r\u001b[2J/daemons.yaml';
  const text = unitText({
    id: 'shop',
    list,
    command: ['/usr/bin/node', '/opt/main.js', 'start', '-f', list],
    reload: ['/usr/bin/node', '/opt/main.js', 'reload', '-f', list],
    of: 'machine',
    user: null,
    makesState: true,
    ownName: true,
  });

  expect(text.split(/[\n\r]/).filter((line) => line.startsWith('ExecStartPre'))).toEqual([]);
  expect(text).not.toMatch(/[^\n\x20-\x7e␊␍]/);
});

test('a control character is written as systemd reads it', () => {
  expect(commandLine(['/bin/a', 'b\n\t\u001bc'])).toBe(String.raw`/bin/a "b\x0a\x09\x1bc"`);
});
