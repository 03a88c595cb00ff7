/**
 * What a token may order, a row each: the same orders that the operator's commands give (bot/serve/orders.ts). Whose token it was
 * is kept with what was done.
 */
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { z } from 'zod';
import type { Scope } from '../../settings/schema.ts';
import type { Api } from './api.ts';
import { problemAnswers, refuse } from './problem.ts';
import { idParams, reasonBody, written } from './shapes.ts';

interface Row {
  readonly name: Exclude<Scope, 'read'>;
  readonly summary: string;
  readonly body: typeof reasonBody | undefined;
}

const rows: readonly Row[] = [
  { name: 'retry', summary: 'Analyses the thread again, or sends a parked reply', body: undefined },
  { name: 'retest', summary: 'Judges the series of a mail again', body: undefined },
  { name: 'ignore', summary: 'Stays out of the thread from now on', body: reasonBody },
  {
    name: 'dispute',
    summary: 'Says that the findings of a patch, or of a reply, are none: they are not mailed for later versions',
    body: reasonBody,
  },
];

export function registerWrites(plain: FastifyInstance, { run }: Pick<Api, 'run'>): void {
  const app = plain.withTypeProvider<ZodTypeProvider>();
  for (const { name, summary, body } of rows)
    app.post(
      `/mails/:messageId/${name}`,
      {
        schema: {
          ...{ tags: ['write'], summary: `${summary} (scope ${name})`, params: idParams, security: [{ token: [] }] },
          ...(body === undefined ? {} : { body }),
          response: { 200: written, ...problemAnswers(400, 401, 403, 404, 413, 415, 422, 429, 500) },
        },
        // Before anything of the body is read.
        onRequest: async ({ bearer }, reply) => {
          if (bearer === null) return refuse(reply, 401, `a token of scope ${name} is needed`);
          return bearer.scopes.has(name)
            ? undefined
            : refuse(reply, 403, `the token ${bearer.name} has no scope ${name}`);
        },
      },
      async ({ params: { messageId }, body: given, bearer }, reply) => {
        const reason = (given as z.infer<typeof reasonBody> | undefined)?.reason;
        const by = `token ${bearer?.name}`;
        const { value, problem } = await run(name, { messageId, by, ...(reason === undefined ? {} : { reason }) });
        if (problem !== null) return refuse(reply, 422, problem);
        return reply.send(value as z.infer<typeof written>);
      },
    );
}
