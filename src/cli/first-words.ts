/** What a supervisor says about itself when it begins. */
import { cleanText } from '../base/clean.ts';
import { counted } from '../base/counted.ts';
import type { CareSpec } from '../config/spec.ts';
import { logSpaceWords } from '../supervisor/log-space.ts';
import { namesOnStdout } from '../supervisor/outputs.ts';
import type { Ask } from './supervise-list.ts';
import { VERSION } from './version.ts';

export function sayWhatStarts({ list, folder, terminal }: Ask, instances: number): void {
  const [file, logs] = [cleanText(list.file), whereLogsAre(list.daemons, cleanText(folder.logs))];
  terminal.say(
    `supervise ${VERSION}: ${file}, ${counted(instances, 'instance', 'instances')}, pid ${process.pid}. Logs: ${logs}`,
  );
  if ('warnings' in list) for (const words of logSpaceWords(list, folder.logs)) terminal.say(words);
}

function whereLogsAre(daemons: readonly Pick<CareSpec, 'name' | 'log'>[], folder: string): string {
  const onStdout = namesOnStdout(daemons);
  if (onStdout.length === 0) return folder;
  return onStdout.length === daemons.length ? 'here, on stdout' : `${folder}; here, on stdout: ${onStdout.join(', ')}`;
}
