// Wrong on purpose: an assertion with a side effect, which is gone where NDEBUG is defined.
#include <cassert>

#include "core/prng.hpp"
#include "hashes.hpp"

static std::uint64_t hash(std::uint64_t seed) {
  core::Prng prng(seed);
  assert(prng.next() != seed);
  return prng.next();
}

int main(int argc, char** argv) { return samples::main(argc, argv, hash); }
