// beanstalkd, by its text protocol: a line for each command, what belongs together in one write.
#include "rig/stream.hpp"
#include "rival.hpp"

namespace bench {

namespace {

void expect(std::string_view line, std::string_view word) {
  if (!line.starts_with(word)) throw Wrong("beanstalkd answered " + std::string(line));
}

class BeanstalkProducer : public Producer {
 public:
  explicit BeanstalkProducer(std::uint16_t port) : stream_(port) {}

  void put(const std::vector<std::string>& jobs) override {
    request_.clear();
    for (const std::string& job : jobs) {
      request_ += "put 0 0 600 " + std::to_string(job.size()) + "\r\n" + job + "\r\n";
    }
    stream_.send(request_);
    for (std::size_t i = 0; i < jobs.size(); ++i) expect(stream_.line(), "INSERTED ");
  }

 private:
  Stream stream_;
  std::string request_;
};

/// The first of a batch is waited for, a second at most: it knows no shorter time. The others are
/// those that are there.
class BeanstalkWorker : public Worker {
 public:
  explicit BeanstalkWorker(std::uint16_t port) : stream_(port) {}

  std::vector<std::string> take(std::uint32_t most) override {
    ids_.clear();
    std::vector<std::string> jobs;
    stream_.send("reserve-with-timeout 1\r\n");
    if (!receive(jobs) || most == 1) return jobs;
    request_.clear();
    for (std::uint32_t i = 1; i < most; ++i) request_ += "reserve-with-timeout 0\r\n";
    stream_.send(request_);
    for (std::uint32_t i = 1; i < most; ++i) receive(jobs);
    return jobs;
  }

  void ack() override {
    request_.clear();
    for (const std::string& id : ids_) request_ += "delete " + id + "\r\n";
    stream_.send(request_);
    for (std::size_t i = 0; i < ids_.size(); ++i) expect(stream_.line(), "DELETED");
  }

 private:
  bool receive(std::vector<std::string>& jobs) {
    constexpr std::string_view word = "RESERVED ";
    const std::string line(stream_.line());
    if (line == "TIMED_OUT") return false;
    expect(line, word);
    const std::size_t space = line.rfind(' ');
    ids_.push_back(line.substr(word.size(), space - word.size()));
    jobs.emplace_back(stream_.bytes(std::stoul(line.substr(space + 1))));
    stream_.bytes(2);
    return true;
  }

  Stream stream_;
  std::string request_;
  std::vector<std::string> ids_;
};

class Beanstalkd : public Rival {
 public:
  Beanstalkd(const std::string& program, const Setting& setting) : port_(free_port()) {
    std::vector<std::string> command = {program, "-l", "127.0.0.1", "-p", std::to_string(port_)};
    if (setting.durable) command.insert(command.end(), {"-b", setting.folder, "-f0"});
    server_ = std::make_unique<Server>("beanstalkd", setting.folder, command);
    server_->wait_for(port_);
  }

  std::unique_ptr<Producer> producer() override {
    return std::make_unique<BeanstalkProducer>(port_);
  }
  std::unique_ptr<Worker> worker(std::uint32_t, std::uint32_t) override {
    return std::make_unique<BeanstalkWorker>(port_);
  }

 private:
  std::uint16_t port_;
};

}  // namespace

std::unique_ptr<Rival> start_beanstalkd(const std::string& program, const Setting& setting) {
  return std::make_unique<Beanstalkd>(program, setting);
}

}  // namespace bench
