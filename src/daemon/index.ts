// What daemons import: `import { Daemon, DaemonRunner } from 'supervise'`.
export { Daemon } from './daemon.ts';
export { DaemonRunner, type DaemonClass } from './runner.ts';
export type { Turn } from './turn.ts';
