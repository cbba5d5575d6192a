#pragma once

#include <stdexcept>

namespace bench {

/// What the bench cannot go on after: a wrong answer, a lost job, a server that does not start.
struct Wrong : std::runtime_error {
  using std::runtime_error::runtime_error;
};

}  // namespace bench
