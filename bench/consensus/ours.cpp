// The course's cluster, over HTTP: keys and values go as they are.
#include "nodes.hpp"

namespace bench {

namespace {

class OurClient : public Client {
 public:
  explicit OurClient(std::uint16_t port) : connection_(port) {}

  void send_put(const std::string& key, std::string_view value) override {
    connection_.send("PUT", "/kv/" + key, value);
  }

  Outcome receive_put() override { return outcome_of(connection_.receive(), 204); }

  void send_get(const std::string& key) override { connection_.send("GET", "/kv/" + key); }

  Outcome receive_get(std::string& value) override {
    const HttpConnection::Answer answer = connection_.receive();
    if (answer.status == 404) return Outcome::no_such_key;
    const Outcome outcome = outcome_of(answer, 200);
    if (outcome == Outcome::done) value = answer.body;
    return outcome;
  }

  int descriptor() const override { return connection_.descriptor(); }

 private:
  HttpConnection connection_;
};

class Ours : public Nodes {
 public:
  Ours(const std::string& program, const Setting& setting) : Nodes(setting) {
    std::string peers;
    for (std::size_t i = 0; i < ports().size(); ++i) {
      peers += (i == 0 ? "" : ",") + std::to_string(i + 1) +
               "=127.0.0.1:" + std::to_string(ports()[i].peers);
    }
    for (std::size_t i = 0; i < ports().size(); ++i) {
      const std::string name = "node-" + std::to_string(i + 1);
      start(name,
            {program, "--id", std::to_string(i + 1), "--port", std::to_string(ports()[i].clients),
             "--peers", peers, "--data-dir", setting.folder + "/" + name});
    }
    wait_for_all();
  }

 private:
  bool leads(HttpConnection& node) const override {
    return node.ask("GET", "/cluster").body.contains(R"("role":"leader")");
  }

  std::unique_ptr<Client> client_of(std::uint16_t port) const override {
    return std::make_unique<OurClient>(port);
  }
};

}  // namespace

std::unique_ptr<Cluster> start_ours(const std::string& program, const Setting& setting) {
  return std::make_unique<Ours>(program, setting);
}

}  // namespace bench
