/** What is wrong, as a problem document (RFC 9457). The types are part of the interface; `detail` is for people. */
import type { FastifyReply } from 'fastify';
import { z } from 'zod';

const titles = {
  400: 'The request is not as it should be',
  401: 'A token is needed, or this is none',
  403: 'The token does not open this',
  404: 'There is no such thing here',
  413: 'The request is too long',
  415: 'The request has JSON in its body',
  422: 'It cannot be done',
  429: 'Too many requests',
  500: 'It cannot be answered just now',
} as const;
export type ProblemStatus = keyof typeof titles;

const problemSchema = z
  .strictObject({
    type: z.string().describe('about:blank: the title says what the status says'),
    title: z.string(),
    status: z.int().min(400).max(599),
    detail: z.string(),
  })
  .meta({ id: 'Problem' });

const problemType = 'application/problem+json';

/** As a response in a route's schema. */
const answerOf = (status: ProblemStatus) => ({
  description: titles[status],
  content: { [problemType]: { schema: problemSchema } },
});
export const problemAnswers = <const Status extends ProblemStatus>(...statuses: readonly Status[]) =>
  Object.fromEntries(statuses.map((status) => [status, answerOf(status)])) as Readonly<
    Record<Status, ReturnType<typeof answerOf>>
  >;

export function refuse(reply: FastifyReply, status: ProblemStatus, detail: string): FastifyReply {
  if (status === 401) reply.header('www-authenticate', 'Bearer');
  const problem = { type: 'about:blank', title: titles[status], status, detail };
  return reply
    .code(status)
    .header('content-type', problemType)
    .header('cache-control', 'no-store')
    .serializer(JSON.stringify)
    .send(problem);
}

export const isProblemStatus = (status: number): status is ProblemStatus => Object.hasOwn(titles, status);
