#!/usr/bin/env bash
# The first program of the container that ./lab works in; it ends with the container. Servers listen
# on the container's own 127.0.0.1, where Docker does not look: inside.sh PORT... has what arrives
# from outside at these ports handed on to them.
set -euo pipefail
for port in "$@"; do
  socat "TCP-LISTEN:$port,bind=$(hostname -i),fork,reuseaddr" "TCP:127.0.0.1:$port" &
done
sleep infinity &
wait
