// What a request costs on the real host, beside a bare Beast server: GETs with an answer of 16
// bytes on kept connections, one under way on each. Both servers and the load run in this process,
// each on a thread of its own; rounds alternate, so that what else the machine does hits both.
#include <pthread.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <ctime>
#include <expected>
#include <string>
#include <thread>
#include <vector>

#include "hello_server.hpp"
#include "load.hpp"
#include "net/node.hpp"
#include "net/toy.hpp"

namespace {

using Host = net::Node<net::toy::Toy, net::toy::Api>;

const std::string text = "0123456789abcdef";

void show(const char* what, std::vector<double> values, const char* unit) {
  std::ranges::sort(values);
  std::printf("%-12s %9.2f %9.2f %9.2f  %s\n", what, values.front(), values[values.size() / 2],
              values.back(), unit);
}

int fail(const std::string& why) {
  std::fprintf(stderr, "bench_net: %s\n", why.c_str());
  return 1;
}

/// The processor time that a thread has had, in microseconds.
double used_us(std::thread& thread) {
  clockid_t clock{};
  timespec used{};
  if (::pthread_getcpuclockid(thread.native_handle(), &clock) != 0) return 0;
  ::clock_gettime(clock, &used);
  return static_cast<double>(used.tv_sec) * 1e6 + static_cast<double>(used.tv_nsec) / 1e3;
}

/// A server, and what was measured of it.
struct Server {
  std::uint16_t port;
  std::thread& thread;
  std::vector<double> rates = {};  // thousands of requests a second
  std::vector<double> costs = {};  // microseconds of processor time a request
};

std::expected<void, std::string> measure(Server& server, const bench::Load& load) {
  const double before = used_us(server.thread);
  const auto rate = bench::measure(server.port, load);
  if (!rate) return std::unexpected(rate.error());
  server.rates.push_back(*rate / 1'000);
  server.costs.push_back((used_us(server.thread) - before) / load.requests);
  return {};
}

std::vector<double> percent(const std::vector<double>& part, const std::vector<double>& whole) {
  std::vector<double> ratios;
  for (std::size_t i = 0; i < part.size(); ++i) ratios.push_back(100 * part[i] / whole[i]);
  return ratios;
}

int compare(Server bare, Server host, const bench::Load& load, int rounds) {
  for (int round = -1; round < rounds; ++round) {
    const auto bare_done = measure(bare, load);
    if (!bare_done) return fail("the bare server: " + bare_done.error());
    const auto host_done = measure(host, load);
    if (!host_done) return fail("the host: " + host_done.error());
    if (round >= 0) continue;
    for (Server* server : {&bare, &host}) {  // this one was to warm up
      server->rates.clear();
      server->costs.clear();
    }
  }
  std::printf("%u requests a round on %u connections, %d rounds\n\n", load.requests,
              load.connections, rounds);
  std::printf("%-12s %9s %9s %9s\n", "", "min", "median", "max");
  show("bare Beast", bare.rates, "thousand requests a second");
  show("net's host", host.rates, "thousand requests a second");
  show("host / bare", percent(host.rates, bare.rates), "% (the aim: 80 or more)");
  show("bare Beast", bare.costs, "microseconds of its thread's processor time a request");
  show("net's host", host.costs, "microseconds of its thread's processor time a request");
  show("host / bare", percent(host.costs, bare.costs), "% (125 or less is the same aim)");
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("What a request costs on the real host, beside a bare Beast server");
  bench::Load load;
  int rounds = 9;
  app.add_option("--connections", load.connections)
      ->check(CLI::Range(1u, 900u))
      ->capture_default_str();
  app.add_option("--requests", load.requests, "In each round")
      ->check(CLI::Range(1u, 100'000'000u))
      ->capture_default_str();
  app.add_option("--rounds", rounds)->check(CLI::Range(1, 1'000))->capture_default_str();
  CLI11_PARSE(app, argc, argv);

  load.request = "GET /echo/" + text + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
  load.body = text;
  bench::HelloServer bare(text);
  auto host = Host::open({}, {}, {});
  if (!host) return fail(host.error());
  std::expected<void, std::string> ended;
  std::thread host_thread([&] { ended = (*host)->run(); });
  const int result =
      compare({bare.port(), bare.thread()}, {(*host)->http_port(), host_thread}, load, rounds);
  (*host)->stop();
  host_thread.join();
  if (!ended) return fail(ended.error());
  return result;
}
