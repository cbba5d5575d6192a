# The system's packages: what is missing of tools/setup/packages.txt, and how to get it. A change
# here has the image of container.sh built anew; what a reader is told of it stands in plan.sh.
# shellcheck shell=bash

as_root=() # goes before a command that needs root; find_root sets it

have_apt() { command -v apt-get >/dev/null 2>&1 && command -v dpkg-query >/dev/null 2>&1; }

# Prints the lines of packages.txt that belong to the given sets, each package once.
rows_of() {
  local set names rest wanted=" $* " seen=" "
  while read -r set names rest; do
    case $set in '' | '#'*) continue ;; esac
    case $wanted in *" $set "*) ;; *) continue ;; esac
    case $seen in *" $names "*) continue ;; esac
    seen="$seen$names "
    printf '%s %s %s\n' "$set" "$names" "$rest"
  done <"$LAB_ROOT/tools/setup/packages.txt"
}

# load_installed ROWS: fills $installed with a line "name version" for each package that is there.
load_installed() {
  local names
  names=$(printf '%s\n' "$1" | awk '{print $2}' | tr '|' '\n' | sed 's/>=.*//')
  # shellcheck disable=SC2086  # a list of names
  installed=$(printf '\n'
    dpkg-query -W -f='${db:Status-Abbrev}|${Package}|${Version}\n' $names 2>/dev/null |
      sed -n 's/^ii *|\([^|]*\)|/\1 /p')
}

fits() { # fits VERSION NAME[>=MINIMUM]
  case $2 in
    *'>='*) dpkg --compare-versions "$1" ge "${2#*>=}" ;;
    *) true ;;
  esac
}

installed_of() { # installed_of 'A|B>=1': prints the first that is installed and fits
  local name version rest="$1|"
  while [ -n "$rest" ]; do
    name=${rest%%|*} rest=${rest#*|}
    case $installed in *"
${name%%>=*} "*) ;; *) continue ;; esac
    version=${installed#*"
${name%%>=*} "}
    version=${version%%"
"*}
    if fits "$version" "$name"; then printf '%s\n' "${name%%>=*}"; return 0; fi
  done
  return 1
}

candidate_of() { # candidate_of 'A|B>=1': prints the first that apt can install and that fits
  local name version rest="$1|"
  while [ -n "$rest" ]; do
    name=${rest%%|*} rest=${rest#*|}
    version=$(LC_ALL=C apt-cache policy "${name%%>=*}" 2>/dev/null | sed -n 's/^ *Candidate: //p')
    case $version in '' | '(none)') continue ;; esac
    if fits "$version" "$name"; then printf '%s\n' "${name%%>=*}"; return 0; fi
  done
  return 1
}

# missing_rows SET...: the lines of packages.txt that this machine does not have. Without apt, a
# line is judged by its probe; one that has none is left to CMake, which names the library that it
# does not find.
missing_rows() {
  local set names probe brew why rows
  rows=$(rows_of "$@")
  have_apt && load_installed "$rows"
  printf '%s\n' "$rows" | while read -r set names probe brew why; do
    if have_apt; then
      installed_of "$names" >/dev/null && continue
    else
      [ "$probe" = - ] && continue
      command -v "$probe" >/dev/null 2>&1 && continue
    fi
    printf '%s %s %s %s %s\n' "$set" "$names" "$probe" "$brew" "$why"
  done
}

apt_install() {
  ${as_root[@]+"${as_root[@]}"} env DEBIAN_FRONTEND=noninteractive LC_ALL=C apt-get install -y -q \
    --no-install-recommends -o DPkg::Lock::Timeout=300 -o Acquire::Retries=2 "$@"
}

apt_update() {
  ${as_root[@]+"${as_root[@]}"} env LC_ALL=C apt-get update -q \
    -o DPkg::Lock::Timeout=300 -o Acquire::Retries=2
}

# install_packages SET...: these sets, with $as_root.
install_packages() {
  local rows packages='' count=0 set names rest
  rows=$(missing_rows "$@")
  [ -n "$rows" ] || return 0
  while read -r set names rest; do
    packages="$packages $(candidate_of "$names")"
    count=$((count + 1))
  done <<ROWS
$rows
ROWS
  # shellcheck disable=SC2086  # a list of names
  step "Installing $count packages for: $*" apt_install $packages ||
    fail "the packages could not be installed." \
      "If the network was away: run the command again when it is there, nothing is done twice." \
      "To see everything apt said: $LAB_HOME/log/setup.log"
}
