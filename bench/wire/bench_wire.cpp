// What a message costs: to write, to check and to read, in binary and in JSON.
#include <benchmark/benchmark.h>

#include <string>

#include "wire/crc32c.hpp"
#include "wire/frame.hpp"
#include "wire/json.hpp"
#include "wire/samples_test.hpp"

namespace {

using Command = sample::Command;

void count_bytes(benchmark::State& state, std::size_t bytes) {
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(bytes));
}

/// A message with a payload of as many bytes as the argument says.
Command message(const benchmark::State& state) {
  return sample::Put{"mail",
                     core::Bytes(std::string(static_cast<std::size_t>(state.range(0)), 'x'))};
}

void encode(benchmark::State& state) {
  const Command command = message(state);
  std::string out;
  for (auto _ : state) {
    out.clear();
    wire::append_framed(out, 1, command);
    benchmark::DoNotOptimize(out.data());
  }
  count_bytes(state, out.size());
}

void decode(benchmark::State& state) {
  const core::Bytes bytes(wire::encode(message(state)));
  for (auto _ : state) benchmark::DoNotOptimize(wire::decode<Command>(bytes));
  count_bytes(state, bytes.size());
}

void read_frame(benchmark::State& state) {
  std::string stream;
  wire::append_framed(stream, 1, message(state));
  wire::FrameReader reader(1 << 20);
  for (auto _ : state) {
    reader.feed(stream);
    benchmark::DoNotOptimize(reader.next());
  }
  count_bytes(state, stream.size());
}

void to_json(benchmark::State& state) {
  const Command command = message(state);
  std::size_t size = 0;
  for (auto _ : state) {
    const std::string text = wire::to_json(command);
    size = text.size();
    benchmark::DoNotOptimize(text.data());
  }
  count_bytes(state, size);
}

void from_json(benchmark::State& state) {
  const std::string text = wire::to_json(message(state));
  for (auto _ : state) benchmark::DoNotOptimize(wire::from_json<Command>(text));
  count_bytes(state, text.size());
}

void crc32c(benchmark::State& state) {
  const std::string data(static_cast<std::size_t>(state.range(0)), 'x');
  for (auto _ : state) benchmark::DoNotOptimize(wire::crc32c(data));
  count_bytes(state, data.size());
}

BENCHMARK(encode)->Arg(16)->Arg(4096);
BENCHMARK(decode)->Arg(16)->Arg(4096);
BENCHMARK(read_frame)->Arg(16)->Arg(4096);
BENCHMARK(to_json)->Arg(16)->Arg(4096);
BENCHMARK(from_json)->Arg(16)->Arg(4096);
BENCHMARK(crc32c)->Arg(16)->Arg(4096)->Arg(65536);

}  // namespace
