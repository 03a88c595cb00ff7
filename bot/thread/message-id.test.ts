/** What people paste, a row each. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { messageIdIn } from './message-id.ts';

function check(given: string, expected: string | null): void {
  test(given, () => {
    const { id, problem } = messageIdIn(given);
    assert.equal(id, expected);
    assert.equal(problem === null, expected !== null);
  });
}

const id = '20190627.4@example.org';
for (const text of [id, `<${id}>`, `  <${id}>\n`, `mid:${id}`, `MID:<${id}>`]) check(text, id);
for (const rest of ['', '/', '/raw', '/T/', '/T/#u', '/t/', '/t.mbox.gz', '/T/#mabc', '/#r', '/?x=y@z', '#anchor@x'])
  for (const place of ['https://lore.kernel.org/linuxppc-dev', 'https://lore.kernel.org/r', 'http://x.example:8080/a'])
    check(`${place}/${id}${rest}`, id);
check(`https://patch.msgid.link/${id}`, id);
check(`<https://lore.kernel.org/all/${id}/>`, id);
check(`https://patchwork.ozlabs.org/project/linuxppc-dev/patch/${id}/`, id);
check('https://user@lore.kernel.org/all/x.1@y/', 'x.1@y');
check('https://lore.kernel.org/all/a%2Fb%2B%25c%40example.org/T/#u', 'a/b+%c@example.org');
check('https://lore.kernel.org/all/100%@example.org/', '100%@example.org');
check('https://lore.kernel.org/all/no-at-sign/raw', 'no-at-sign');
check('https://lore.kernel.org/all/a%0Ab@example.org/', null);
check('https://lore.kernel.org/linuxppc-dev/', null);
check('https://lore.kernel.org', null);
check('', null);
check('<>', null);
check('a b@example.org', null);
check(`${'x'.repeat(999)}@example.org`, null);
check('<a@b> <c@d>', null);
check('\ud800@example.org', null);
