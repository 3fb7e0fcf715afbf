import { count, duration, positive, size } from './kinds.ts';
import { key } from './section.ts';

const NONE = 'to have no such limit, remove the key';

/** When a process is replaced although it is running. */
export const LIMITS = {
  iteration: key(positive(duration, NONE), {
    doc: 'An iteration that takes longer makes it stuck: its process is replaced, and that counts as a crash.',
    elsewhere: ['iteration_timeout', 'timeout', 'job_timeout'],
  }),
  iterations: key(count(1, 1_000_000_000, NONE), {
    doc: 'After this many iterations its process is replaced, at a boundary. Spread by 10 %, never above.',
    elsewhere: ['max_iterations', 'max_jobs', 'jobs', 'max_requests'],
  }),
  memory: key(positive(size, NONE), {
    doc: 'When the memory of its whole session grows beyond this, its process is replaced, at a boundary.',
    elsewhere: ['max_memory', 'max_memory_restart', 'rss'],
  }),
  age: key(positive(duration, NONE), {
    doc: 'When it has been running this long, its process is replaced, at a boundary. Spread by 10 %, never above.',
    elsewhere: ['max_age', 'max_time', 'lifetime', 'ttl'],
  }),
};
