#!/usr/bin/env bash
# Builds Postern and shows it: plain text servers, gates before them, and what happens.
#   ./demo.sh          the tour, then stays up until Ctrl-C
#   ./demo.sh --once   the tour, exit status 0 or 1
set -euo pipefail
cd "$(dirname "$0")"

newest=$(find src Directory.Build.props Directory.Packages.props build.sh -name bin -prune -o -name obj -prune -o -type f -newer artifacts/bin/postern -print -quit 2>/dev/null || true)
if [ ! -x artifacts/bin/postern ] || [ ! -x artifacts/bin/posternd ] || [ -n "$newest" ]; then
  ./build.sh
fi
exec artifacts/bin/postern demo "$@"
