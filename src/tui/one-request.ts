import type { Result } from '../base/result.ts';
import type { Client, ClientError } from '../control/client.ts';
import { find } from '../control/find.ts';

/**
 * A separate connection for each request, so that none waits for another; closed when we leave. A supervisor that hangs is discovered
 * before anything is requested, and reported to `onSilence`.
 */
export async function withClient<T>(
  folders: readonly string[],
  use: (client: Client) => Promise<Result<T, ClientError>>,
  end: AbortSignal,
  onSilence: (error: ClientError) => void = () => undefined,
): Promise<Result<T, ClientError>> {
  const notice = (error: ClientError): void => {
    if (error.tag === 'broken' && !end.aborted) onSilence(error);
  };
  const found = await find(folders);
  if (!found.ok) {
    notice(found.error);
    return found;
  }
  const { client } = found.value;
  const close = (): void => {
    client.close();
  };
  end.addEventListener('abort', close, { once: true });
  const awake = await client.call('version', {});
  if (!awake.ok) notice(awake.error);
  const result = awake.ok ? await use(client) : awake;
  end.removeEventListener('abort', close);
  client.close();
  return result;
}
