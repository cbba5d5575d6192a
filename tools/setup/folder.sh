# What can be wrong with the folder itself, mostly after a way through Windows. ./lab looks for
# Windows line ends before it reads this.
# shellcheck shell=bash

has_lost_marks() { [ ! -x "$LAB_ROOT/lab" ]; }

# WSL names the file system of a Windows disk after its letter, such as C:\.
lies_on_windows() {
  case "$(uname -r) $(df -P "$LAB_ROOT" 2>/dev/null | awk 'NR == 2 { print $1 }')" in
    *icrosoft*' '[A-Za-z]:*) return 0 ;;
    *) return 1 ;;
  esac
}

# Both slow a reader down and break some commands, and still much works.
warn_of_folder() {
  if has_lost_marks; then
    say "The programs in this folder have lost their marks as programs; some commands need them."
    say "To mend it:"
    say "  cd '$LAB_ROOT' && grep -rlE '^#!' lab .ci tools tests | xargs chmod +x"
  fi
  if lies_on_windows; then
    say "This folder lies on a disk of Windows: builds are slow here, and files lose their marks as"
    say "programs. Clone the course into Linux instead, for example into ~/course."
  fi
}
