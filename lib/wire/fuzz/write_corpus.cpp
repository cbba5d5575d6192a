// Writes one good input for each target of fuzz_wire into a folder, for libFuzzer to start from:
//   wire_corpus FOLDER
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>

#include "wire/samples_test.hpp"
#include "wire/to_json.hpp"
#include "wire/trace.hpp"

namespace {

std::string trace() {
  std::string file;
  wire::TraceWriter writer(file);
  writer.header({"sample", "node", core::Bytes(wire::encode(sample::Point{})), 1});
  for (const auto& input : sample::inputs()) writer.step({}, input);
  writer.ready(sample::ready());
  return file;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fputs("usage: wire_corpus FOLDER\n", stderr);
    return 2;
  }
  const std::filesystem::path folder = argv[1];
  std::filesystem::create_directories(folder);
  int written = 0;
  bool good = true;
  const auto add = [&](char target, const std::string& input) {
    std::ofstream file(folder / ("seed-" + std::to_string(++written)), std::ios::binary);
    file << target << input;
    good = good && file.flush().good();
  };

  add('\0', wire::encode(sample::full()));
  for (const auto& input : sample::inputs()) {
    add('\1', wire::encode(input));
    add('\6', wire::to_json(input));
  }
  add('\2', wire::encode(sample::ready()));
  add('\3', wire::encode(sample::Tree{{sample::Tree{}, sample::Tree{}}}));
  add('\4', '\7' + trace());
  add('\5', wire::to_json(sample::full()));
  add('\7', trace());
  if (!good) std::fprintf(stderr, "cannot write to %s\n", argv[1]);
  return good ? 0 : 1;
}
