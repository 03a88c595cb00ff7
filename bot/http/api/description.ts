/** The description of the API (OpenAPI 3.1), made of the very schemas that validate requests and answers. */
import swagger from '@fastify/swagger';
import type { FastifyInstance } from 'fastify';
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod';

const about = `What the bot knows of patches, by Message-ID. Everything can be read by everybody, but for mail addresses, of
which the domain is cut, and for the text of mails that have not left: these need a token of scope \`read\`. What writes needs a
token of the scope it names. Errors are problem documents (RFC 9457). Answers have an ETag.`;

export async function describe(app: FastifyInstance): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'scenario-bot', version: '1', description: about.replaceAll('\n', ' ') },
      components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
    },
    transform: jsonSchemaTransform,
    transformObject: jsonSchemaTransformObject,
  });
  app.get('/openapi.json', { schema: { hide: true } }, (_, reply) =>
    reply.header('cache-control', 'public, max-age=300').header('access-control-allow-origin', '*').send(app.swagger()),
  );
}
