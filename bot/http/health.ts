/** Health, readiness and metrics: for whoever runs the daemon. */
import type { FastifyInstance } from 'fastify';

export interface Health {
  /** In the format of Prometheus. */
  readonly metrics: () => Promise<{ readonly text: string; readonly type: string }>;
  /** Why it is not ready, one line each; empty where it is. */
  readonly notReady: () => Promise<readonly string[]>;
}

export function registerHealth(app: FastifyInstance, { metrics, notReady }: Health): void {
  const plain = 'text/plain; charset=utf-8';
  // Counted apart: a reader who asks too much must not make us look ill.
  const config = { counted: 'health' } as const;
  // Alive is who answers at all.
  app.get('/healthz', { config }, (_, reply) => reply.type(plain).send('alive\n'));
  app.get('/readyz', { config }, async (_, reply) => {
    const why = await notReady();
    return reply
      .type(plain)
      .code(why.length === 0 ? 200 : 503)
      .send(why.length === 0 ? 'ready\n' : `${why.join('\n')}\n`);
  });
  app.get('/metrics', { config }, async (_, reply) => {
    const { text, type } = await metrics();
    return reply.type(type).send(text);
  });
}
