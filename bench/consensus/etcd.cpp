// etcd, by the JSON of its own HTTP gateway: keys and values go as base64. Reads are linearizable
// there unless asked for otherwise.
#include "base64.hpp"
#include "nodes.hpp"

namespace bench {

namespace {

/// The text that stands behind `"name":"`, up to the next quote; empty if it is not there.
std::string_view member(std::string_view json, std::string_view name) {
  const std::size_t at = json.find(name);
  if (at == std::string_view::npos) return {};
  const std::string_view rest = json.substr(at + name.size());
  return rest.substr(0, rest.find('"'));
}

class EtcdClient : public Client {
 public:
  explicit EtcdClient(std::uint16_t port) : connection_(port) {}

  void send_put(const std::string& key, std::string_view value) override {
    body_ = R"({"key":")";
    append_base64(key, body_);
    body_ += R"(","value":")";
    append_base64(value, body_);
    body_ += R"("})";
    connection_.send("POST", "/v3/kv/put", body_);
  }

  Outcome receive_put() override { return outcome_of(connection_.receive(), 200); }

  void send_get(const std::string& key) override {
    body_ = R"({"key":")";
    append_base64(key, body_);
    body_ += R"("})";
    connection_.send("POST", "/v3/kv/range", body_);
  }

  Outcome receive_get(std::string& value) override {
    const HttpConnection::Answer answer = connection_.receive();
    const Outcome outcome = outcome_of(answer, 200);
    if (outcome != Outcome::done) return outcome;
    const std::string_view found = member(answer.body, R"("value":")");
    if (found.empty()) return Outcome::no_such_key;
    read_base64(found, value);
    return outcome;
  }

  int descriptor() const override { return connection_.descriptor(); }

 private:
  HttpConnection connection_;
  std::string body_;
};

class Etcd : public Nodes {
 public:
  Etcd(const std::string& program, const Setting& setting) : Nodes(setting) {
    std::string peers;
    for (std::size_t i = 0; i < ports().size(); ++i) {
      peers += (i == 0 ? "" : ",") + name_of(i) + "=" + url_of(ports()[i].peers);
    }
    for (std::size_t i = 0; i < ports().size(); ++i) {
      const std::string for_clients = url_of(ports()[i].clients);
      const std::string for_peers = url_of(ports()[i].peers);
      start(name_of(i),
            {program, "--name", name_of(i), "--data-dir", setting.folder + "/" + name_of(i),
             "--listen-client-urls", for_clients, "--advertise-client-urls", for_clients,
             "--listen-peer-urls", for_peers, "--initial-advertise-peer-urls", for_peers,
             "--initial-cluster", peers, "--initial-cluster-state", "new"});
    }
    wait_for_all();
  }

 private:
  static std::string name_of(std::size_t place) { return "etcd-" + std::to_string(place + 1); }
  static std::string url_of(std::uint16_t port) {
    return "http://127.0.0.1:" + std::to_string(port);
  }

  bool leads(HttpConnection& node) const override {
    const std::string_view status = node.ask("POST", "/v3/maintenance/status", "{}").body;
    const std::string_view leader = member(status, R"("leader":")");
    return !leader.empty() && leader == member(status, R"("member_id":")");
  }

  std::unique_ptr<Client> client_of(std::uint16_t port) const override {
    return std::make_unique<EtcdClient>(port);
  }
};

}  // namespace

std::unique_ptr<Cluster> start_etcd(const std::string& program, const Setting& setting) {
  return std::make_unique<Etcd>(program, setting);
}

}  // namespace bench
