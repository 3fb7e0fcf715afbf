import { describe, expect, test } from 'vitest';
import { formatLine, openNotify } from '../../../src/daemon/notify.ts';

describe('a line', () => {
  test.for([
    ['ITERATION', 7, 'ITERATION=7\n'],
    ['STATUS', 'two\nlines\r\nmore\u0000', 'STATUS=two lines more \n'],
    ['STATUS', 'a=b', 'STATUS=a=b\n'],
    ['STATUS', '', 'STATUS=\n'],
  ] as const)('%s %j', ([key, value, line]) => {
    expect(formatLine(key, value).toString()).toBe(line);
  });

  test.for(['x', 'é', '漢', '🎞'])('of too many %s is cut between two characters', (character) => {
    for (let shift = 0; shift < 4; shift++) {
      const line = formatLine('STATUS', ' '.repeat(shift) + character.repeat(5000));
      expect(line.length).toBeLessThanOrEqual(4096);
      expect(line.length).toBeGreaterThan(4096 - 5);
      expect(line.toString()).not.toContain('\ufffd');
      expect(line.at(-1)).toBe(10);
    }
  });
});

describe('without a usable descriptor', () => {
  test.for(['', '0', '2', '9999', '99999', 'abc', '3.5'])('SUPERVISE_NOTIFY_FD=%j: nothing is said', (value) => {
    const env = { SUPERVISE_NOTIFY_FD: value };
    expect(openNotify(env)('READY', 1)).toBe(false);
    expect(env).toEqual({});
  });
});
