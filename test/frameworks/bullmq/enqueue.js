import { Queue } from 'bullmq';
import { connection } from './redis.js';

const redis = connection();
const queue = new Queue('photos', { connection: redis });
await queue.addBulk(process.argv.slice(2).map((id) => ({ name: 'photo', data: { id } })));
await queue.close();
await redis.quit();
