import fs from 'node:fs';
import type { Device } from '../../logs/outlet.ts';
import { writeAll } from '../../logs/disk.ts';
import { codeOf, messageOf } from '../../base/error-words.ts';
import { NEWLINE } from '../../base/lines.ts';

/** stdout, taking lines in portions: never blocking except for a file, whose disk may be full for a while. */
export function stdoutDevice(): Device {
  const stat = fs.fstatSync(1);
  return stat.isFIFO() || stat.isSocket() || process.stdout.isTTY ? STREAM : fileDevice(1);
}

/** A pipe, a socket or a terminal: after one failure it has no reader any more. */
const STREAM: Device = {
  write(bytes, done) {
    process.stdout.write(bytes, (error) => {
      done(
        0,
        error == null
          ? null
          : { words: `nobody reads it any more (${codeOf(error) ?? messageOf(error)})`, forGood: true },
      );
    });
  },
};

/** Written by ourselves: Node's own file stream does not say how much of a write a full disk has taken. */
function fileDevice(fd: number): Device {
  let isTorn = false;
  return {
    write(bytes, done) {
      if (isTorn) isTorn = writeAll(fd, LINE_END, null).error !== null;
      const { written, error } = writeAll(fd, bytes, null);
      const whole = bytes.subarray(0, written).lastIndexOf(NEWLINE) + 1;
      isTorn ||= whole < written;
      done(whole, error === null ? null : { words: error, forGood: false });
    },
  };
}

const LINE_END = Buffer.from('\n');
