# The book before everything else: on a machine where the systems are still to be compiled, `./lab
# up` serves the book at once and hands it over to the lab program when that is built.
# shellcheck shell=bash

# Reads the arguments of `up`: the systems that are named, a line each; nothing when all are meant.
named_systems() {
  local before='' argument
  shift
  for argument in "$@"; do
    case $before$argument in -*) ;; *) printf '%s\n' "$argument" ;; esac
    case $argument in --port | --core | --mine) before=- ;; *) before='' ;; esac
  done
}

wants_book() {
  local named
  named=$(named_systems "$@")
  case "
$named
" in
    *"
book
"* | "

") return 0 ;;
    *) return 1 ;;
  esac
}

moved_ports() { # a line "moved NAME PORT" for each --port NAME=PORT
  local before='' argument
  for argument in "$@"; do
    case $before$argument in
      --port=*=* | --port\ *=*)
        argument=${argument#--port=}
        printf 'moved %s %s\n' "${argument%%=*}" "${argument#*=}"
        ;;
    esac
    [ "$argument" = --port ] && before='--port ' || before=''
  done
}

find_book_port() {
  book_port=$(moved_ports "$@" | awk '$2 == "book" { port = $3 } END { print port ? port : 3000 }')
}

answers() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

refuse_used_port() { # refuse_used_port PORT
  ! answers "$1" || fail "port $1 is in use by another program." \
    "Stop that program, or choose another port, for example: ./lab up --port book=3100"
}

serve_book_early() {
  wants_book "$@" || return 0
  find_book_port "$@"
  refuse_used_port "$book_port"
  local guard=() log=$LAB_HOME/log/book.log tries=0
  # On Linux the book ends with this script even when the script is killed.
  command -v setpriv >/dev/null 2>&1 && guard=(setpriv --pdeathsig TERM)
  ${guard[@]+"${guard[@]}"} mdbook serve --hostname 127.0.0.1 --port "$book_port" \
    >"$log" 2>&1 </dev/null &
  early_book=$!
  until answers "$book_port"; do
    tries=$((tries + 1))
    if ! kill -0 "$early_book" 2>/dev/null || [ "$tries" -gt 150 ]; then
      say "The book could not be served; the end of its log:"
      tail -n 8 "$log" | sed 's/^/    | /' >&2
      fail "mdbook does not serve the book at port $book_port." "All of its words: $log"
    fi
    sleep 0.2
  done
  say "The book is open at http://127.0.0.1:$book_port while the rest is made ready."
}

stop_early_book() {
  [ -n "${early_book:-}" ] || return 0
  kill "$early_book" 2>/dev/null
  wait "$early_book" 2>/dev/null
  early_book=
}
