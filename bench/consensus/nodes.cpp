#include "nodes.hpp"

#include <chrono>
#include <thread>

namespace bench {

Nodes::Nodes(const Setting& setting) : folder_(setting.folder) {
  const std::vector<std::uint16_t> free = free_ports(std::size_t{2} * setting.nodes);
  for (std::size_t i = 0; i < free.size(); i += 2) ports_.push_back({free[i], free[i + 1]});
}

void Nodes::start(const std::string& name, const std::vector<std::string>& command) {
  servers_.push_back(std::make_unique<Server>(name, folder_, command));
}

void Nodes::wait_for_all() {
  for (std::size_t i = 0; i < servers_.size(); ++i) servers_[i]->wait_for(ports_[i].clients);
}

std::vector<std::unique_ptr<Client>> Nodes::clients(std::uint32_t count) {
  const std::uint16_t port = leaders_port();
  std::vector<std::unique_ptr<Client>> clients;
  for (std::uint32_t i = 0; i < count; ++i) clients.push_back(client_of(port));
  return clients;
}

std::uint16_t Nodes::leaders_port() const {
  while (true) {
    for (const Ports& node : ports_) {
      HttpConnection connection(node.clients);
      if (leads(connection)) return node.clients;
    }
    require_running();
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
}

double Nodes::processor_seconds() const {
  double seconds = 0;
  for (const auto& server : servers_) seconds += server->processor_seconds();
  return seconds;
}

void Nodes::require_running() const {
  for (const auto& server : servers_) server->require_running();
}

Outcome outcome_of(const HttpConnection::Answer& answer, int done) {
  constexpr int service_unavailable = 503;
  constexpr int gateway_timeout = 504;
  if (answer.status == done) return Outcome::done;
  if (answer.status == service_unavailable || answer.status == gateway_timeout) {
    return Outcome::unavailable;
  }
  throw Wrong("a request was answered with status " + std::to_string(answer.status) + ": " +
              std::string(answer.body));
}

}  // namespace bench
