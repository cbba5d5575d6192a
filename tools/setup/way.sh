# Which way a command goes: on this machine, in a container, or, where neither is possible, the
# book alone.
# shellcheck shell=bash

is_debian() { have_apt && [ "$(sed -n 's/^ID=//p' /etc/os-release 2>/dev/null)" = debian ]; }

may_install() { # root's rights are here, or can be asked for
  [ "$(id -u)" -eq 0 ] && return 0
  command -v sudo >/dev/null 2>&1 || return 1
  sudo -n true 2>/dev/null && return 0
  at_terminal || return 1
  case " $(id -Gn) " in *' sudo '* | *' wheel '* | *' admin '*) return 0 ;; *) return 1 ;; esac
}

# What runs is asked of the program as it was when it was started: nothing is built for that.
looks_only() { # looks_only COMMAND
  case $1 in
    status | logs | down | kill | pause | resume | restart) return 0 ;;
    partition | isolate | delay | heal) return 0 ;;
    *) return 1 ;;
  esac
}

fits_here() { # fits_here COMMAND ARGUMENTS...
  because="this folder was set up without one"
  if [ -x "$LAB_PROGRAM" ]; then looks_only "$1" && return 0; fi
  # shellcheck disable=SC2046  # a list of names
  if is_debian || [ -x "$LAB_PROGRAM" ]; then
    because="all the packages are installed here"
    [ -n "$(missing_rows $(sets_of "$@"))" ] || return 0
  fi
  because="this is Debian, and packages may be installed"
  is_debian && may_install && return 0
  because="this is not Debian"
  ! is_debian || because="packages may not be installed here: neither root nor sudo is at hand"
  return 1
}

# Sets $way to native, container or neither, and $because to the reason.
choose_way() { # choose_way COMMAND ARGUMENTS...
  if [ -n "$LAB_WAY" ]; then
    way=$LAB_WAY because="--$LAB_WAY says so"
  elif container_runs; then
    way=container because="the container of this folder runs"
  elif fits_here "$@"; then
    way=native
  elif engine_answers; then
    way=container because="$because; a Docker engine answers"
  else
    way=neither because="$because; no Docker engine answers"
  fi
}

# With neither way there is still the book, for which Python is enough.
only_the_book() { # only_the_book COMMAND ARGUMENTS...
  [ "$way" = neither ] || return 1
  local python=''
  have_apt && may_install && return 1 # a relative of Debian: what comes of it shows only the try
  find_python
  "$python" -c '' 2>/dev/null || return 1
  case "$1 ${2:-}" in
    up*) wants_book "$@" ;;
    'book serve' | 'book build') return 0 ;;
    *) return 1 ;;
  esac
}

book_alone() { # book_alone COMMAND ARGUMENTS...
  local line mend=() book_port=''
  case " $* " in
    *' -d '* | *' --detach '*)
      fail "the book alone cannot be left in the background." \
        "Leave -d away, or end the line with &."
      ;;
  esac
  say "Only the book can be had here: $because."
  # shellcheck disable=SC2046  # a list of names
  mend_packages "$(missing_rows $(sets_of "$@"))"
  for line in "${mend[@]}"; do say "  $line"; done
  lock_setup
  use_system_certificates
  ensure_python_tools
  ensure_npm readers
  unlock_setup
  trap - EXIT INT TERM HUP
  if [ "$1 ${2:-}" = 'book build' ]; then exec mdbook build; fi
  find_book_port "$@"
  refuse_used_port "$book_port"
  say "The book opens at http://127.0.0.1:$book_port; Ctrl-C ends it."
  exec mdbook serve --hostname 127.0.0.1 --port "$book_port"
}
