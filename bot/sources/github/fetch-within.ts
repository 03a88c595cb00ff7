/**
 * What is asked of GitHub stays with GitHub, and ends: it is followed to where a repository has moved, never to another host, and an
 * answer that is longer than any of its API is cut off.
 */

/** A file of 8 MiB in base64 is 11; listings are shorter. */
const bytesMax = 32 << 20;
const redirectsMax = 3;

/** @param api base of the REST API, without a slash at the end */
export const fetchWithin =
  (api: string): typeof fetch =>
  async (input, init) => {
    let at = String(input instanceof Request ? input.url : input);
    for (let redirects = 0; ; redirects++) {
      const response = await fetch(at, { ...init, redirect: 'manual' });
      const place = response.headers.get('location');
      const isElsewhere = response.status >= 300 && response.status < 400 && place !== null;
      // Whoever asks for it that way follows by himself.
      if (!isElsewhere || init?.redirect === 'manual') return whole(response);
      await response.body?.cancel();
      at = new URL(place, at).href;
      if (!at.startsWith(`${api}/`)) throw new Error(`it leads to another place, ${new URL(at).host}`);
      if (redirects === redirectsMax) throw new Error('it moves on and on');
    }
  };

async function whole(response: Response): Promise<Response> {
  if (response.body === null) return response;
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body) {
    bytes += chunk.length;
    if (bytes > bytesMax) throw new Error(`an answer has more than ${bytesMax >> 20} MiB`);
    chunks.push(chunk);
  }
  const { status, statusText, headers } = response;
  const body = Buffer.concat(chunks);
  return new Response([204, 304].includes(status) ? null : body, { status, statusText, headers });
}
