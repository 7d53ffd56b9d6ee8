#!/bin/bash
# Measures Postern side by side with haproxy, nginx, hitch and stunnel, on this machine, over loopback.
set -euo pipefail

usage() {
    cat <<'END'
Usage: ./bench.sh [SCENARIO...] [PEER...] [--rounds N] [--json FILE]

Measures processor time (and memory) of Postern and of the proxies that Debian has, side by side in one run, and
prints a table. Without a scenario or a peer, everything is measured (some five minutes), and docs/benchmarks.md is
written.

Scenarios: handshake handshake-rsa resumed signing pull push echo idle starttls-imap starttls-smtp
Peers:     postern postern-rooms haproxy nginx nginx-mail hitch stunnel

  --rounds N    rounds of each measurement, whose median counts (default: 3)
  --json FILE   also writes every round's figure to FILE
  --help        this text

Exit status: 0 measured, 1 something could not be measured, 2 used wrongly.
END
}

fail() { echo "bench.sh: $1" >&2; exit "${2:-1}"; }

top=$(cd "$(dirname "$0")" && pwd)
peers=()
arguments=()
while [ $# -gt 0 ]; do
    case $1 in
        --help|-h) usage; exit 0 ;;
        --json)
            [ $# -gt 1 ] || fail "--json needs the name of a file" 2
            arguments+=(--json "$(realpath -m -- "$2")"); shift ;;
        --rounds)
            [ $# -gt 1 ] || fail "--rounds needs a number" 2
            arguments+=(--rounds "$2"); shift ;;
        postern|postern-rooms|haproxy|nginx|nginx-mail|hitch|stunnel) peers+=("$1"); arguments+=("$1") ;;
        handshake|handshake-rsa|resumed|signing|pull|push|echo|idle|starttls-imap|starttls-smtp) arguments+=("$1") ;;
        *) usage >&2; fail "\"$1\" is no scenario, no peer and no option" 2 ;;
    esac
    shift
done
[ ${#peers[@]} -gt 0 ] || peers=(postern postern-rooms haproxy nginx nginx-mail hitch stunnel)

command -v dotnet >/dev/null || fail "the .NET SDK is missing (dotnet is not in PATH); see README.md"

directory=$(mktemp -d "${TMPDIR:-/tmp}/postern-bench.XXXXXX")
# The workers of a peer run as nobody; what is secret in here is closed by itself.
chmod 711 "$directory"
policy=
child=

# Whatever way we end: no process, no file and no policy of ours stays behind. The benchmark ends its own processes;
# the file holds their numbers and start times for the case that it could not.
cleanup() {
    trap - EXIT
    if [ -n "$child" ]; then
        kill -TERM "$child" 2>/dev/null && wait "$child" 2>/dev/null || true
    fi
    if [ -f "$directory/pids" ]; then
        while read -r pid started; do
            # Field 22 of stat is the start time; the second field may hold blanks, so the count begins after it.
            now=$(sed 's/.*) //' "/proc/$pid/stat" 2>/dev/null | cut -d' ' -f20) || true
            [ "$now" = "$started" ] && kill -TERM "$pid" 2>/dev/null || true
        done < "$directory/pids"
    fi
    [ -z "$policy" ] || rm -f -- "$policy"
    rm -rf -- "$directory"
}
trap cleanup EXIT
trap 'exit 130' INT TERM HUP

# --- the peers, from Debian ---

missing=()
need() { # FILE PACKAGE
    [ -e "$1" ] || missing+=("$2")
}
for peer in "${peers[@]}"; do
    case $peer in
        haproxy) need /usr/sbin/haproxy haproxy ;;
        nginx) need /usr/sbin/nginx nginx-light; need /usr/lib/nginx/modules/ngx_stream_module.so libnginx-mod-stream ;;
        nginx-mail) need /usr/sbin/nginx nginx-light; need /usr/lib/nginx/modules/ngx_mail_module.so libnginx-mod-mail ;;
        hitch) need /usr/sbin/hitch hitch ;;
        stunnel) need /usr/bin/stunnel4 stunnel4 ;;
    esac
done
command -v taskset >/dev/null || missing+=(util-linux)

if [ ${#missing[@]} -gt 0 ]; then
    mapfile -t missing < <(printf '%s\n' "${missing[@]}" | sort -u)
    if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
        fail "missing: ${missing[*]}. Install them (apt-get install ${missing[*]}), or measure without them."
    fi
    # Debian starts what it installs, unless policy-rc.d says 101. One that is there already is the machine's own.
    if [ ! -e /usr/sbin/policy-rc.d ]; then
        policy=/usr/sbin/policy-rc.d
        printf '#!/bin/sh\nexit 101\n' > "$policy"
        chmod 755 "$policy"
    fi
    echo "Installing ${missing[*]} (no service is started)" >&2
    { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${missing[@]}"; } \
        > "$directory/apt.log" 2>&1 \
        || { tail -n 20 "$directory/apt.log" >&2; fail "apt-get could not install ${missing[*]}"; }
    if [ -n "$policy" ]; then
        rm -f -- "$policy"
        policy=
    fi
fi
export PATH="$PATH:/usr/sbin:/sbin"

# --- what is built here ---

case " ${peers[*]} " in
    *" postern "*|*" postern-rooms "*)
        export POSTERND="$top/artifacts/bin/posternd"
        if [ ! -x "$POSTERND" ] || [ -n "$(find "$top/src" -name '*.cs' -newer "$POSTERND" -print -quit)" ]; then
            echo "Building Postern" >&2
            "$top/build.sh" > "$directory/build.log" 2>&1 \
                || { tail -n 20 "$directory/build.log" >&2; fail "./build.sh failed"; }
            [ -x "$POSTERND" ] || fail "./build.sh has made no $POSTERND"
        fi ;;
esac
dotnet build -c Release --nologo -v quiet "$top/bench/Postern.Bench" > "$directory/build.log" 2>&1 \
    || { tail -n 20 "$directory/build.log" >&2; fail "the benchmark does not build"; }

# --- the run ---

# 1 000 held connections are 2 000 descriptors in a proxy, and as many here.
ulimit -Sn 20000 2>/dev/null || ulimit -Sn "$(ulimit -Hn)"
[ "$(ulimit -Sn)" -ge 4096 ] || fail "only $(ulimit -Sn) descriptors are allowed (ulimit -n); 4096 are needed"

# The proxies get the last processor that we may use, the load all others, so that neither takes the other's time.
mapfile -t processors < <(
    taskset -cp $$ | sed 's/.*: //' | tr ',' '\n' | while IFS=- read -r low high; do seq "$low" "${high:-$low}"; done)
proxies=${processors[-1]}
[ ${#processors[@]} -eq 1 ] || unset 'processors[-1]'
load=$(IFS=,; echo "${processors[*]}")

# A completion runs on the thread that saw it: the backends need no thread pool, and less time.
export DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS=1 DOTNET_NOLOGO=1
taskset -c "$load" dotnet "$top/bench/Postern.Bench/bin/Release/net10.0/postern-bench.dll" \
    --directory "$directory" --processor "$proxies" --page "$top/docs/benchmarks.md" "${arguments[@]}" &
child=$!
status=0
wait "$child" || status=$?
child=
exit "$status"
