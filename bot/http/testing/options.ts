/** A server of nothing, for tests to put what they ask for into. */
import { openLog } from '../../serve/log.ts';
import type { HttpOptions } from '../server.ts';

export const httpOptions: HttpOptions = {
  ...{ host: '127.0.0.1', port: 0, connections: 64, requestsPerMinute: 1000, proxies: [], tokens: [] },
  ...{ orders: null, api: null, feed: null, webhook: null, pages: null },
  log: openLog('error'),
  now: () => new Date(),
  metrics: async () => ({ text: 'scenario_bot_x 1\n', type: 'text/plain; version=0.0.4' }),
  notReady: async () => [],
};
