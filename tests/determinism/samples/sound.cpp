// Gives the same hashes everywhere: unsigned bytes, fixed widths, one draw a statement.
#include "core/digest.hpp"
#include "core/prng.hpp"
#include "hashes.hpp"

static std::uint64_t hash(std::uint64_t seed) {
  core::Prng prng(seed);
  core::Digest digest;
  for (int i = 0; i < 100; ++i) {
    const std::uint64_t first = prng.next();
    const std::int64_t second = prng.between(-5, 5);
    digest.add(first).add(static_cast<std::uint64_t>(second));
  }
  return digest.value();
}

int main(int argc, char** argv) { return samples::main(argc, argv, hash); }
