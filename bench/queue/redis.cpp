// Redis Streams, by its text protocol: XADD, XREADGROUP, XACK. An acknowledged entry is deleted
// too, for a stream keeps what nobody deletes.
#include "rig/stream.hpp"
#include "rival.hpp"

namespace bench {

namespace {

class Connection {
 public:
  explicit Connection(std::uint16_t port) : stream_(port) {}

  /// A command that goes out with the next flush().
  void add(const std::vector<std::string_view>& words) {
    request_ += '*' + std::to_string(words.size()) + "\r\n";
    for (const std::string_view word : words) {
      request_ += '$' + std::to_string(word.size()) + "\r\n";
      request_ += word;
      request_ += "\r\n";
    }
  }

  void flush() {
    stream_.send(request_);
    request_.clear();
  }

  /// What stands behind `type`: the number of elements ('*') or bytes ('$'), or the value (':').
  long number(char type) {
    const std::string line(stream_.line());
    if (line.empty() || line[0] != type) throw Wrong("Redis answered " + line);
    return std::stol(line.substr(1));
  }

  std::string text() {
    std::string result(stream_.bytes(static_cast<std::size_t>(number('$'))));
    stream_.bytes(2);
    return result;
  }

  void expect_ok() {
    const std::string line(stream_.line());
    if (line != "+OK") throw Wrong("Redis answered " + line);
  }

 private:
  Stream stream_;
  std::string request_;
};

class RedisProducer : public Producer {
 public:
  explicit RedisProducer(std::uint16_t port) : connection_(port) {}

  void put(const std::vector<std::string>& jobs) override {
    for (const std::string& job : jobs) connection_.add({"XADD", "jobs", "*", "job", job});
    connection_.flush();
    for (std::size_t i = 0; i < jobs.size(); ++i) connection_.text();  // its id
  }

 private:
  Connection connection_;
};

class RedisWorker : public Worker {
 public:
  RedisWorker(std::uint16_t port, std::uint32_t number)
      : connection_(port), name_("worker-" + std::to_string(number)) {}

  std::vector<std::string> take(std::uint32_t most) override {
    const std::string count = std::to_string(most);
    const std::string wait = std::to_string(empty_wait_ms);
    connection_.add({"XREADGROUP", "GROUP", "workers", name_, "COUNT", count, "BLOCK", wait,
                     "STREAMS", "jobs", ">"});
    connection_.flush();
    ids_.clear();
    std::vector<std::string> jobs;
    if (connection_.number('*') < 0) return jobs;
    connection_.number('*');  // the stream:
    connection_.text();       // its name, and its entries
    for (long entries = connection_.number('*'); entries > 0; --entries) {
      connection_.number('*');
      ids_.push_back(connection_.text());
      connection_.number('*');
      connection_.text();  // the field's name
      jobs.push_back(connection_.text());
    }
    return jobs;
  }

  void ack() override {
    std::vector<std::string_view> done = {"XACK", "jobs", "workers"};
    std::vector<std::string_view> gone = {"XDEL", "jobs"};
    done.insert(done.end(), ids_.begin(), ids_.end());
    gone.insert(gone.end(), ids_.begin(), ids_.end());
    connection_.add(done);
    connection_.add(gone);
    connection_.flush();
    const auto all = static_cast<long>(ids_.size());
    if (connection_.number(':') != all) throw Wrong("Redis has not acknowledged all");
    if (connection_.number(':') != all) throw Wrong("Redis has not deleted all");
  }

 private:
  Connection connection_;
  std::string name_;
  std::vector<std::string> ids_;
};

class Redis : public Rival {
 public:
  Redis(const std::string& program, const Setting& setting) : port_(free_port()) {
    const std::string durable = setting.durable ? "yes" : "no";
    const std::vector<std::string> command = {
        program, "--bind",        "127.0.0.1", "--port", std::to_string(port_),
        "--dir", setting.folder,  "--save",    "",       "--appendonly",
        durable, "--appendfsync", "always"};
    server_ = std::make_unique<Server>("redis", setting.folder, command);
    server_->wait_for(port_);
    Connection connection(port_);
    connection.add({"XGROUP", "CREATE", "jobs", "workers", "0", "MKSTREAM"});
    connection.flush();
    connection.expect_ok();
  }

  std::unique_ptr<Producer> producer() override { return std::make_unique<RedisProducer>(port_); }
  std::unique_ptr<Worker> worker(std::uint32_t number, std::uint32_t) override {
    return std::make_unique<RedisWorker>(port_, number);
  }

 private:
  std::uint16_t port_;
};

}  // namespace

std::unique_ptr<Rival> start_redis(const std::string& program, const Setting& setting) {
  return std::make_unique<Redis>(program, setting);
}

}  // namespace bench
