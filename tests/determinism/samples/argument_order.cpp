// Wrong on purpose: two draws among one call's arguments. g++ makes them from the right on x86-64
// and from the left on ARM; clang always from the left.
#include "core/digest.hpp"
#include "core/prng.hpp"
#include "hashes.hpp"

static std::uint64_t join(std::uint64_t left, std::uint64_t right) {
  return core::Digest().add(left).add(right).value();
}

static std::uint64_t hash(std::uint64_t seed) {
  core::Prng prng(seed);
  return join(prng.next(), prng.next());
}

int main(int argc, char** argv) { return samples::main(argc, argv, hash); }
