/**
 * Digests that were made, a page each; and the way out of them. The way out is an address that nobody guesses, one a subscriber: a
 * GET shows what it is for, so that whoever only follows links takes nobody off, and a POST does it, whatever it says (RFC 8058).
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { keptDigests } from '../digest/kept.ts';
import type { Told } from '../digest/told.ts';
import { subscriberOfToken } from '../store/digests.ts';
import { reading } from '../store/reading.ts';
import type { Store } from '../store/store.ts';
import { unsubscribe } from '../store/subscribers.ts';
import { archiveOf, type Site } from './site.ts';

interface Sent {
  readonly here: string;
  readonly values: { readonly title: string; readonly [name: string]: unknown };
}
interface Digests {
  readonly store: Store;
  readonly site: Site;
  readonly send: (reply: FastifyReply, template: string, sent: Sent) => FastifyReply;
  readonly notFound: (request: FastifyRequest, reply: FastifyReply) => unknown;
}
type OfWeek = { Params: { week: string } };
type OfToken = { Params: { token: string } };

const weeksMax = 260;
const bodyBytes = 4096;

export function registerDigests(app: FastifyInstance, { store, site, send, notFound }: Digests): void {
  const missing = (request: FastifyRequest, reply: FastifyReply) => notFound(request, reply.code(404));
  app.get('/digest', (_, reply) => reply.redirect('/digest/', 301));
  app.get('/digest/', async (_, reply) => {
    const rows = (await reading(store, (db) => keptDigests(db, weeksMax))).map(({ week, told }) => ({
      week,
      summary: told.summary,
    }));
    return send(reply, 'digests', { here: '/digest/', values: { title: 'Digests', mailbox: site.mailbox, rows } });
  });
  app.get<OfWeek>('/digest/:week', ({ params }, reply) =>
    reply.redirect(`/digest/${encodeURIComponent(params.week)}/`, 301),
  );
  app.get<OfWeek>('/digest/:week/', async (request, reply) => {
    const { week } = request.params;
    const kept = (await reading(store, (db) => keptDigests(db, weeksMax))).find((one) => one.week === week);
    if (kept === undefined) return missing(request, reply);
    return send(reply, 'digest', { here: '', values: digestPage(week, kept.told, site) });
  });

  const path = '/digest/unsubscribe/:token';
  app.get<OfToken>(path, async (request, reply) => {
    const subscriber = await subscriberOfToken(store.db, request.params.token);
    if (subscriber === null) return missing(request, reply);
    const text = `The digest of ${subscriber.list} goes to ${subscriber.address}.`;
    return send(reply, 'unsubscribe', {
      here: '',
      values: { title: 'Leave the digest', text, isAsked: true, action: `/digest/unsubscribe/${request.params.token}` },
    });
  });
  app.register(async (scope) => {
    // `List-Unsubscribe=One-Click`, as a form or a multipart: what it says changes nothing.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'string', bodyLimit: bodyBytes }, (_request, _body, done) =>
      done(null, null),
    );
    scope.post<OfToken>(path, { bodyLimit: bodyBytes }, async (request, reply) => {
      const subscriber = await subscriberOfToken(store.db, request.params.token);
      if (subscriber === null) return missing(request, reply);
      await unsubscribe(store.db, subscriber);
      return send(reply, 'unsubscribe', {
        here: '',
        values: {
          ...{ title: 'No digest any more', isAsked: false, action: '' },
          text: 'No digest is sent to you any more. To get it again, mail the bot a line that says #scenario digest on.',
        },
      });
    });
  });
}

function digestPage(week: string, told: Told, site: Site) {
  const archive = (id: string) => archiveOf(site, id);
  return {
    ...{ title: `Digest ${week}`, week, intro: told.intro, figures: told.figures },
    findings: told.findings.map((section) => ({
      ...section,
      items: section.items.map((item) => ({
        ...{ ...item, archive: archive(item.messageId) },
        answer: item.answer === null ? null : archive(item.answer),
      })),
    })),
    others: told.others.map((section) => ({
      ...section,
      items: section.items.map((item) => ({
        ...{ ...item, archive: archive(item.messageId) },
        see: item.see === null ? null : { name: item.see.name, archive: archive(item.see.messageId) },
      })),
    })),
  };
}
