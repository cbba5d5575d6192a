# Which sets of tools/setup/packages.txt a command needs: that much is installed, and nothing more.
# shellcheck shell=bash

sets_of_part() { # sets_of_part PART of ./lab test
  case $1 in
    tidy) echo build unit style ;;
    unit) echo build unit exercise ;;
    exercises) echo build unit exercise book ;; # the book's Node runs the cores in TypeScript
    real) echo build unit book api ;;
    sanitizers | fuzz) echo build unit clang ;;
    determinism) echo build unit clang cross book ;;
    browser) echo build book browser ;;
    lab) echo build book exercise ;;
    *) echo build book ;;
  esac
}

# sets_of COMMAND ARGUMENTS...
sets_of() {
  local command=$1 part parts=
  shift
  case " $* " in *' --mine '* | *' --mine='*) echo exercise ;; esac
  case $command in
    up) if wants_book up "$@"; then echo book build; else echo build; fi ;;
    exercise)
      case ${1:-} in
        check) echo build exercise ;;
        prove) echo build exercise book ;;
        *) echo exercise ;;
      esac
      ;;
    tidy | fmt) echo build unit style ;;
    book) echo book build ;;
    bench)
      case ${1:-} in
        queue) echo build unit queues ;;
        consensus) echo build unit etcd ;;
        *) echo build unit ;;
      esac
      ;;
    test)
      case " $* " in *" --list "* | *" --help "* | *" -h "*) echo build; return ;; esac
      while [ $# -gt 0 ]; do
        case $1 in --may-skip) shift ;; -*) ;; *) parts="$parts $1" ;; esac
        [ $# -eq 0 ] || shift
      done
      [ -n "$parts" ] || parts=$(awk '$1 == "part" { print $2 }' "$LAB_ROOT/tools/lab/parts.txt")
      echo build
      for part in $parts; do sets_of_part "$part"; done
      ;;
    *) echo build ;;
  esac
}

# targets_of COMMAND ARGUMENTS...: what Ninja must have built before the command runs: the lab
# program, and for `up` the programs that tools/lab/systems.txt names for the systems asked for.
targets_of() {
  echo tools/lab/lab
  [ "$1" = up ] || return 0
  awk -v named=" $(named_systems "$@" | tr '\n' ' ')" '
    $1 == "system" { chosen = named == " " || index(named, " " $2 " ") }
    chosen && ($1 == "server" || $1 == "client") && match($0, /\{build\}\/[^ ]+/) {
      print substr($0, RSTART + 8, RLENGTH - 8)
    }' "${LAB_SYSTEMS:-$LAB_ROOT/tools/lab/systems.txt}" | sort -u
}
