#!/usr/bin/env bash
# Runs every test: builds, installs the real peers from Debian when they are missing, and ends with
#   N passed, N failed, N skipped
# ./test.sh engine protocols   runs only the test projects whose names contain one of the words.
set -euo pipefail
cd "$(dirname "$0")"

say() { printf '%s\n' "$*" >&2; }

# The real peers. Their packages may start services of the machine: a policy says no while they are installed, unless
# the machine has a policy of its own. Nothing that runs already is touched.
install_peers() {
  local wanted=(postfix dovecot-core dovecot-imapd dovecot-pop3d dovecot-lmtpd dovecot-managesieved dovecot-sieve
    slapd ldap-utils postgresql-15 postgresql-client-15
    swaks gnutls-bin curl openssl libio-socket-ssl-perl procps iproute2 gcc libc6-dev
    softhsm2 opensc libp11-kit-dev
    libcanlock3 libperl5.36 libpython3.11
    libidn12 libdb5.3 libgnutls-dane0 libnsl2
    prosody libstrophe-dev
    libunbound-dev libsqlite3-dev unbound knot knot-dnssecutils) missing=()
  for package in "${wanted[@]}"; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing+=("$package")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  if [ "$(id -u)" != 0 ]; then
    say "test.sh: the real peers are needed: apt-get install ${missing[*]}"
    exit 1
  fi
  say "test.sh: installing ${missing[*]}"
  local policy=/usr/sbin/policy-rc.d
  local made=()
  if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
    made+=("$policy")
  fi
  # PostgreSQL would make a database of its own for the machine.
  local cluster=/etc/postgresql-common/createcluster.d/postern-tests.conf
  if [[ " ${missing[*]} " == *" postgresql-15 "* ]]; then
    mkdir -p "${cluster%/*}"
    echo 'create_main_cluster = false' >"$cluster"
    made+=("$cluster")
  fi
  trap "rm -f ${made[*]}" EXIT
  { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}"; } >artifacts/log/apt.log 2>&1 || {
    cat artifacts/log/apt.log >&2
    say "test.sh: the peers could not be installed"
    exit 1
  }
}

# unpack PROGRAM PACKAGE...: peers that are unpacked, not installed; nothing of them keeps another user's rights. INN's package
# does not configure itself on a machine without a domain, and Exim's does not stand beside Postfix's.
unpack() {
  local peers=artifacts/peers program=$1 package
  shift
  [ ! -x "$peers/$program" ] || return 0
  say "test.sh: unpacking $*"
  mkdir -p "$peers"
  { { [ "$(id -u)" != 0 ] || apt-get update -q; } && (cd "$peers" && apt-get download -q "$@") \
    && (for package in "$@"; do dpkg-deb -x "$peers/$package"_*.deb "$peers" || exit 1; done) \
    && chmod -R u-s,g-s "$peers"; } >artifacts/log/unpack.log 2>&1 || {
    cat artifacts/log/unpack.log >&2
    say "test.sh: $* could not be unpacked"
    exit 1
  }
  for package in "$@"; do rm -f "$peers/$package"_*.deb; done
}

mkdir -p artifacts/log artifacts/test
install_peers
unpack usr/lib/news/bin/nnrpd inn2-inews inn2
unpack usr/sbin/exim4 exim4-daemon-light
./build.sh

# posternd that tries its own sandboxes (docs/sandbox.md): for tests, and not among what build.sh makes.
publish_probe() {
  local compiler=() rid=linux-x64
  [ "$(uname -m)" = aarch64 ] && rid=linux-arm64
  command -v clang >/dev/null || compiler=(-p:CppCompilerAndLinker=gcc)
  say "test.sh: publishing the probe"
  dotnet publish src/Postern.Daemon -c Release -r "$rid" --nologo -p:PosternProbe=true "${compiler[@]}" -o artifacts/probe \
    >artifacts/log/probe.log 2>&1 || {
    cat artifacts/log/probe.log >&2
    say "test.sh: the probe was not built; the log is artifacts/log/probe.log"
    exit 1
  }
  # Who reads its configuration.
  install -m 755 artifacts/bin/postern artifacts/probe/postern
}
wants() {
  local word
  [ $# -gt 1 ] || return 0
  for word in "${@:2}"; do [[ "${1,,}" == *"${word,,}"* ]] && return 0; done
  return 1
}
if wants Postern.EndToEnd "$@"; then publish_probe; fi

say "test.sh: building the tests"
dotnet build Postern.slnx -c Release --nologo >artifacts/log/tests.log 2>&1 || {
  grep -E 'error' artifacts/log/tests.log | sort -u >&2
  say "test.sh: the tests do not build; the log is artifacts/log/tests.log"
  exit 1
}

passed=0 failed=0 skipped=0
for project in test/*.Tests test/Postern.EndToEnd; do
  [ -d "$project" ] || continue
  name=$(basename "$project")
  wants "$name" "$@" || continue
  say "test.sh: $name"
  log="artifacts/test/$name.log"
  status=0
  POSTERND="$PWD/artifacts/bin/posternd" POSTERN="$PWD/artifacts/bin/postern" \
    "$project/bin/Release/net10.0/$name" -noColor -noLogo >"$log" 2>&1 </dev/null || status=$?
  summary=$(grep -E 'Total: [0-9]+, Errors: [0-9]+' "$log" | tail -n 1 || true)
  total=$(sed -nE 's/.*Total: ([0-9]+).*/\1/p' <<<"$summary")
  errors=$(sed -nE 's/.*Errors: ([0-9]+).*/\1/p' <<<"$summary")
  bad=$(sed -nE 's/.*Failed: ([0-9]+).*/\1/p' <<<"$summary")
  left=$(sed -nE 's/.*Skipped: ([0-9]+).*/\1/p' <<<"$summary")
  # A project that ran nothing, or that fell over, has failed.
  if [ -z "$total" ] || [ "$total" = 0 ] || { [ "$status" != 0 ] && [ "$bad" = 0 ] && [ "$errors" = 0 ]; }; then
    tail -n 40 "$log" >&2
    say "test.sh: $name did not run to its end (exit status $status)"
    failed=$((failed + 1))
    continue
  fi
  if [ "$bad" != 0 ] || [ "$errors" != 0 ]; then
    cat "$log" >&2
  fi
  failed=$((failed + bad + errors))
  skipped=$((skipped + left))
  passed=$((passed + total - bad - left))
done

echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
