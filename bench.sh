#!/bin/bash
# Measures Postern side by side with haproxy, nginx, hitch and stunnel, on this machine, over loopback.
set -euo pipefail

usage() {
    cat <<'END'
Usage: ./bench.sh [SCENARIO...] [PEER...] [--rounds N] [--scale N] [--json FILE]
       ./bench.sh --profile SCENARIO [--scale N]

Measures processor time (memory, latency) of Postern and of the proxies that Debian has, side by side in one run, and
prints a table. Without a scenario or a peer, everything but the growth is measured, and docs/benchmarks.md and its chart
docs/benchmarks.svg are written. That takes about nine minutes where nothing else runs (on a busy machine twice as long, and its
figures are worth little); most of it are the connections of idle-beside and the paced echoes of latency.

Scenarios: handshake handshake-rsa resumed signing pull push echo latency idle idle-beside rest
           starttls-imap starttls-smtp
Growth:    growth (all of these; writes docs/benchmarks-growth.md, and takes as long):
           growth-echo-10 growth-echo-100 growth-echo-1000 growth-echo-8000   connections at a time
           growth-workers-1 growth-workers-2 growth-workers-4                 workers
Peers:     postern postern-rooms haproxy nginx nginx-mail hitch stunnel

  --rounds N           rounds of each measurement, whose median counts (default: 3)
  --scale N            N times as much work in each measurement, for quieter figures and for watching with tools of
                       your own (default: 1; connections held at a time stay as many as they are)
  --json FILE          also writes every round's figure to FILE
  --profile SCENARIO   measures nothing, but watches posternd (all its processes) under that load: with perf, where its
                       time goes, which is drawn as a flame graph into docs/flame-SCENARIO.svg; then with strace, how
                       many system calls a connection takes (default of --scale here: 4). Needs root
  --help               this text

The peers get the last of the processors that we may use, the load all others. Scenarios with 8000 connections need
17 000 descriptors (ulimit -Hn), which root gives itself. Memory (idle, rest) is measured as root only: Postern's
processes let nobody else look into them.

Exit status: 0 measured, 1 something could not be measured, 2 used wrongly.
END
}

fail() { echo "bench.sh: $1" >&2; exit "${2:-1}"; }

top=$(cd "$(dirname "$0")" && pwd)
peers=()
arguments=()
profile=
while [ $# -gt 0 ]; do
    case $1 in
        --help|-h) usage; exit 0 ;;
        --json)
            [ $# -gt 1 ] || fail "--json needs the name of a file" 2
            arguments+=(--json "$(realpath -m -- "$2")"); shift ;;
        --profile)
            [ $# -gt 1 ] || fail "--profile needs a scenario" 2
            profile=$2; arguments+=(--profile "$2"); shift ;;
        --rounds|--scale)
            [ $# -gt 1 ] || fail "$1 needs a number" 2
            arguments+=("$1" "$2"); shift ;;
        postern|postern-rooms|haproxy|nginx|nginx-mail|hitch|stunnel) peers+=("$1"); arguments+=("$1") ;;
        handshake|handshake-rsa|resumed|signing|pull|push|echo|latency|idle|idle-beside|rest|starttls-imap|starttls-smtp)
            arguments+=("$1") ;;
        growth|growth-echo-*|growth-workers-*) arguments+=("$1") ;;
        *) usage >&2; fail "\"$1\" is no scenario, no peer and no option" 2 ;;
    esac
    shift
done
if [ -n "$profile" ]; then
    [ "$(id -u)" -eq 0 ] || fail "--profile looks into processes of other users: run it as root"
    peers=(postern)
fi
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
if [ -n "$profile" ]; then
    need /usr/bin/perf linux-perf
    need /usr/bin/strace strace
fi

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
        fi
        # perf finds the names of the program's functions in posternd.dbg, which lies beside this copy.
        if [ -n "$profile" ]; then
            POSTERND="$top/artifacts/publish/Postern.Daemon/posternd"
            install -m 755 "$top/artifacts/bin/postern" "${POSTERND%d}"
            [ -e "$POSTERND.dbg" ] || fail "there is no $POSTERND.dbg, and without it no function has a name; ./build.sh makes it"
        fi ;;
esac
dotnet build -c Release --nologo -v quiet "$top/bench/Postern.Bench" > "$directory/build.log" 2>&1 \
    || { tail -n 20 "$directory/build.log" >&2; fail "the benchmark does not build"; }

# --- the run ---

# 8 000 held connections are 16 000 descriptors in a proxy, and as many here. Root may raise its own hard limit.
ulimit -Sn 20000 2>/dev/null || ulimit -n 20000 2>/dev/null || ulimit -Sn "$(ulimit -Hn)"
[ "$(ulimit -Sn)" -ge 4096 ] || fail "only $(ulimit -Sn) descriptors are allowed (ulimit -n); 4096 are needed"

# The proxies get the last processor that we may use, the load all others, so that neither takes the other's time.
mapfile -t processors < <(
    taskset -cp $$ | sed 's/.*: //' | tr ',' '\n' | while IFS=- read -r low high; do seq "$low" "${high:-$low}"; done)
all=$(IFS=,; echo "${processors[*]}")
[ ${#processors[@]} -eq 1 ] || unset 'processors[-1]'
load=$(IFS=,; echo "${processors[*]}")

# A completion runs on the thread that saw it: the backends need no thread pool, and less time.
export DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS=1 DOTNET_NOLOGO=1
taskset -c "$load" dotnet "$top/bench/Postern.Bench/bin/Release/net10.0/postern-bench.dll" \
    --directory "$directory" --processors "$all" --docs "$top/docs" "${arguments[@]}" &
child=$!
status=0
wait "$child" || status=$?
child=
exit "$status"
