#!/usr/bin/env bash
# Publishes posternd and postern, ahead of time compiled for this machine, into artifacts/bin/.
# Installs the Debian packages that this needs, when they are missing and we are root.
set -euo pipefail
cd "$(dirname "$0")"

say() { printf '%s\n' "$*" >&2; }

command -v dotnet >/dev/null || {
  say "build.sh: the .NET 10 SDK is needed and 'dotnet' is not on the PATH; see https://learn.microsoft.com/dotnet/core/install/linux-debian"
  exit 1
}

case "$(uname -m)" in
  x86_64) rid=linux-x64 ;;
  aarch64) rid=linux-arm64 ;;
  *) say "build.sh: this machine is $(uname -m); Postern is built for x86_64 and aarch64"; exit 1 ;;
esac

missing=()
command -v clang >/dev/null || command -v gcc >/dev/null || missing+=(clang)
[ -e /usr/include/zlib.h ] || missing+=(zlib1g-dev)
[[ "$(ldconfig -p)" == *libssl.so.3* ]] || missing+=(libssl3)
[[ "$(ldconfig -p)" == *libunbound.so.8* ]] || missing+=(libunbound8)
[[ "$(ldconfig -p)" == *libsqlite3.so.0* ]] || missing+=(libsqlite3-0)
command -v openssl >/dev/null || missing+=(openssl)
if [ ${#missing[@]} -gt 0 ]; then
  if [ "$(id -u)" != 0 ]; then
    say "build.sh: please install: apt-get install ${missing[*]}"
    exit 1
  fi
  say "build.sh: installing ${missing[*]}"
  { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}"; } >&2
fi

mkdir -p artifacts/bin artifacts/log
compiler=()
command -v clang >/dev/null || compiler=(-p:CppCompilerAndLinker=gcc)
for project in Postern.Daemon Postern.Cli; do
  log="artifacts/log/$project.log"
  say "build.sh: publishing $project for $rid"
  if ! dotnet publish "src/$project" -c Release -r "$rid" --nologo "${compiler[@]}" \
      -o "artifacts/publish/$project" >"$log" 2>&1; then
    cat "$log" >&2
    say "build.sh: $project was not built; the log is $log"
    exit 1
  fi
done

# A running program keeps its file: the new one takes the name.
for program in Postern.Daemon/posternd Postern.Cli/postern; do
  install -m 755 "artifacts/publish/$program" "artifacts/bin/.new"
  mv -f artifacts/bin/.new "artifacts/bin/$(basename "$program")"
done
say "build.sh: artifacts/bin/posternd and artifacts/bin/postern are ready"
