# How ./lab speaks: lines, one question, steps with their time, one clear error.
# shellcheck shell=bash

at_terminal() { [ -t 0 ] && [ -t 2 ]; }

say() { printf '%s\n' "$*" >&2; }

# fail WHAT MEND...: the one error, and below it what to do about it.
fail() {
  say "lab: $1"
  shift
  while [ $# -gt 0 ]; do say "     $1"; shift; done
  exit 1
}

ask() { # ask QUESTION: yes unless the answer begins with n; no terminal means yes
  at_terminal && [ -z "$LAB_YES" ] || return 0
  printf '%s [Y/n] ' "$1" >&2
  read -r answer || answer=n
  case $answer in [nN]*) return 1 ;; *) return 0 ;; esac
}

# What a running step shows at a terminal: the seconds and the last line of its log, rewritten in
# place.
ticker() { # ticker TEXT LOG
  local start=$SECONDS last
  while sleep 1; do
    last=$(tail -n 1 "$2" 2>/dev/null | tr -d '\r\033' | cut -c 1-60)
    printf '\r\033[K  %s … %ss  %s' "$1" $((SECONDS - start)) "$last" >&2
  done
}

stop_ticker() {
  [ -n "${ticker_pid:-}" ] || return 0
  kill "$ticker_pid" 2>/dev/null
  wait "$ticker_pid" 2>/dev/null
  ticker_pid=
  printf '\r\033[K' >&2
}

# step TEXT COMMAND...: runs it with its output in .lab/log/setup.log; says how long it took. When
# it fails, shows the end of its output and returns its exit status.
step() {
  local text=$1 start=$SECONDS log=$LAB_HOME/log/setup-step.log status=0
  shift
  : >"$log"
  if [ -t 2 ]; then
    ticker "$text" "$log" &
    ticker_pid=$!
  fi
  "$@" >"$log" 2>&1 </dev/null || status=$?
  stop_ticker
  { printf '== %s: %s\n' "$text" "$*"; cat "$log"; } >>"$LAB_HOME/log/setup.log"
  if [ "$status" -ne 0 ]; then
    say "  $text: failed after $((SECONDS - start)) s. The end of what it said:"
    tail -n 15 "$log" | sed 's/^/    | /' >&2
  else
    say "  $text: $((SECONDS - start)) s"
  fi
  return "$status"
}

# One set-up at a time in this checkout. The holder's pid tells a lock left behind by a killed run.
lock_checkout() {
  local lock=$LAB_HOME/setup.lock holder told=
  while ! ln -s "$$" "$lock" 2>/dev/null; do
    holder=$(readlink "$lock" 2>/dev/null) || continue
    if ! kill -0 "$holder" 2>/dev/null; then
      rm -f "$lock"
      continue
    fi
    [ -n "$told" ] || say "Waiting for another ./lab (pid $holder) to finish its set-up."
    told=1
    sleep 1
  done
  setup_locked=1
}

lock_setup() {
  lock_checkout
  : >"$LAB_HOME/log/setup.log"
}

unlock_setup() {
  [ -n "${setup_locked:-}" ] || return 0
  rm -f "$LAB_HOME/setup.lock"
  setup_locked=
}
