// The course's broker, over HTTP. Its JSON is read without a library, as the others' answers are:
// what the bench itself costs is to be alike.
#include "rig/http.hpp"
#include "rival.hpp"

namespace bench {

namespace {

/// The answer's body; it is good until the next request. Throws Wrong if the status is another.
std::string_view post(HttpConnection& connection, const std::string& path, std::string_view body,
                      int status) {
  const HttpConnection::Answer answer = connection.ask("POST", path, body);
  if (answer.status != status) {
    throw Wrong("POST " + path + " was answered: " + std::string(answer.body));
  }
  return answer.body;
}

class OurProducer : public Producer {
 public:
  explicit OurProducer(std::uint16_t port) : connection_(port) {}

  void put(const std::vector<std::string>& jobs) override {
    body_.clear();
    for (const std::string& job : jobs) {
      body_ += body_.empty() ? R"({"tasks":[{"payload":)" : R"(},{"payload":)";
      body_ += job;
    }
    body_ += "}]}";
    std::string_view body = body_;
    if (jobs.size() == 1) {
      body.remove_prefix(10);
      body.remove_suffix(2);
    }
    post(connection_, "/queues/bench/tasks", body, 201);
  }

 private:
  HttpConnection connection_;
  std::string body_;
};

class OurWorker : public Worker {
 public:
  OurWorker(std::uint16_t port, std::uint32_t number, std::uint32_t most)
      : connection_(port),
        request_(R"({"worker":"worker-)" + std::to_string(number) +
                 R"(","visibility_ms":600000,"max":)" + std::to_string(most) + R"(,"wait_ms":)" +
                 std::to_string(empty_wait_ms) + "}") {}

  std::vector<std::string> take(std::uint32_t) override {
    std::string_view rest = post(connection_, "/queues/bench/leases", request_, 200);
    std::vector<std::string> jobs;
    held_.clear();
    while (rest.find(R"({"id":")") != std::string_view::npos) {
      Held held;
      held.id = cut(rest, R"({"id":")", '"');
      held.lease = cut(rest, R"("lease":")", '"');
      held_.push_back(held);
      jobs.push_back("{" + cut(rest, R"("payload":{)", '}') + "}");
    }
    return jobs;
  }

  void ack() override {
    if (held_.size() == 1) {
      post(connection_, "/queues/bench/tasks/" + held_[0].id + "/ack",
           R"({"lease":")" + held_[0].lease + R"("})", 204);
      return;
    }
    body_.clear();
    for (const Held& held : held_) {
      body_ += body_.empty() ? R"({"tasks":[{"id":")" : R"(},{"id":")";
      body_ += held.id;
      body_ += R"(","lease":")";
      body_ += held.lease;
      body_ += '"';
    }
    body_ += "}]}";
    const std::string_view answer = post(connection_, "/queues/bench/acks", body_, 200);
    if (!answer.ends_with(R"("refused":[]})")) throw Wrong("a refused ack: " + std::string(answer));
  }

 private:
  struct Held {
    std::string id;
    std::string lease;
  };

  /// What stands between `before` and the next `end`; `rest` then begins behind it.
  static std::string cut(std::string_view& rest, std::string_view before, char end) {
    const std::size_t at = rest.find(before);
    const std::size_t begin = at + before.size();
    const std::size_t stop = at == std::string_view::npos ? at : rest.find(end, begin);
    if (stop == std::string_view::npos) throw Wrong("not a lease: " + std::string(rest));
    const std::string found(rest.substr(begin, stop - begin));
    rest.remove_prefix(stop);
    return found;
  }

  HttpConnection connection_;
  std::string request_;
  std::string body_;
  std::vector<Held> held_;
};

class Ours : public Rival {
 public:
  Ours(const std::string& program, const Setting& setting) : port_(free_port()) {
    std::vector<std::string> command = {program, "--port", std::to_string(port_),
                                        "--max-queue-length", "10000000"};
    if (setting.durable) {
      command.insert(command.end(), {"--data-dir", setting.folder + "/broker"});
    }
    server_ = std::make_unique<Server>("broker", setting.folder, command);
    server_->wait_for(port_);
  }

  std::unique_ptr<Producer> producer() override { return std::make_unique<OurProducer>(port_); }
  std::unique_ptr<Worker> worker(std::uint32_t number, std::uint32_t batch) override {
    return std::make_unique<OurWorker>(port_, number, batch);
  }

 private:
  std::uint16_t port_;
};

}  // namespace

std::unique_ptr<Rival> start_ours(const std::string& program, const Setting& setting) {
  return std::make_unique<Ours>(program, setting);
}

}  // namespace bench
