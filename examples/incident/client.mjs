// Two clients of the store. They differ in what they do with a connection on which an answer did not come in time.
import { connect } from 'node:net';

/** Something is wrong with the store or the way to it: `what` is refused, closed or late. */
export class Trouble extends Error {
  constructor(what, words = what) {
    super(words);
    this.what = what;
  }
}

/** Asks, and takes the next line as the answer. After a time-out the next line is the answer to an EARLIER question. */
export class NaiveClient {
  #socket;
  #timeoutMs;
  #lines = [];
  #held = '';
  #over = null;
  #wake = () => undefined;

  constructor(port, timeoutMs) {
    this.#timeoutMs = timeoutMs;
    this.#socket = connect(port, '127.0.0.1');
    this.#socket.on('error', ({ message }) => this.#end(message));
    this.#socket.on('close', () => this.#end('the store has closed the connection'));
    this.#socket.setEncoding('utf8').on('data', (text) => {
      const lines = (this.#held + text).split('\n');
      this.#held = lines.pop() ?? '';
      this.#lines.push(...lines);
      this.#wake();
    });
  }

  async login(who) {
    await this.request(`HELLO ${who}`);
  }

  async get(id) {
    const line = await this.request(`GET ${id}`);
    return JSON.parse(line.slice('OK '.length));
  }

  async request(line) {
    this.#socket.write(`${line}\n`);
    const answer = await this.#nextLine();
    if (answer.startsWith('ERR ')) throw new Trouble('refused', answer);
    return answer;
  }

  close() {
    this.#socket.destroy();
  }

  #end(words) {
    this.#over ??= words;
    this.#wake();
  }

  async #nextLine() {
    const lateAt = performance.now() + this.#timeoutMs;
    while (this.#lines.length === 0) {
      if (this.#over !== null) throw new Trouble('closed', this.#over);
      const leftMs = lateAt - performance.now();
      if (leftMs <= 0) throw new Trouble('late', `no answer within ${this.#timeoutMs} ms`);
      await new Promise((resolve) => {
        const timer = setTimeout(resolve, leftMs);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    return this.#lines.shift();
  }
}

/** The whole difference: a connection that owes an answer is never used again. */
export class CarefulClient extends NaiveClient {
  async request(line) {
    try {
      return await super.request(line);
    } catch (error) {
      this.close();
      throw error;
    }
  }
}
