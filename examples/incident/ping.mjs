// `mysqladmin ping` for the store: it logs in and asks for an item, since an accepted connection says nothing.
import { CarefulClient } from './client.mjs';

const { STORE_PORT, STORE_TIMEOUT_MS } = process.env;
const client = new CarefulClient(Number(STORE_PORT), Number(STORE_TIMEOUT_MS));
try {
  await client.login('ping');
  await client.get(1);
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
client.close();
