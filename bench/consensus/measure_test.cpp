// What ends the bench: clusters that lose a write, answer wrongly, or answer as they should.
#include "measure.hpp"

#include <gtest/gtest.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <map>
#include <optional>

#include "base64.hpp"

namespace bench {
namespace {

/// A store in memory, and how it may break its promises.
struct Store {
  bool keeps_first_writes = false;   // and loses what is written to a key after that
  bool keeps_nothing = false;        // though it says so
  bool answers_of_another = false;   // every get has the value of one and the same key
  std::uint32_t without_leader = 0;  // so many requests it cannot answer
  bool carries_out_late = false;     // what it could not answer is done before the next get
  bool ended = false;

  std::map<std::string, std::string> values;
  std::optional<std::pair<std::string, std::string>> late;

  Outcome put(const std::string& key, std::string_view value) {
    if (without_leader > 0) {
      --without_leader;
      if (carries_out_late) late.emplace(key, value);
      return Outcome::unavailable;
    }
    const bool lost = keeps_nothing || (keeps_first_writes && values.contains(key));
    if (!lost) values[key] = value;
    return Outcome::done;
  }

  Outcome get(const std::string& key, std::string& value) {
    if (without_leader > 0) {
      --without_leader;
      return Outcome::unavailable;
    }
    if (late) values[late->first] = late->second;
    late.reset();
    const auto found = answers_of_another ? values.begin() : values.find(key);
    if (found == values.end()) return Outcome::no_such_key;
    value = found->second;
    return Outcome::done;
  }
};

/// The answer is there at once.
class StoreClient : public Client {
 public:
  explicit StoreClient(Store& store) : store_(store) {}
  StoreClient(const StoreClient&) = delete;
  StoreClient& operator=(const StoreClient&) = delete;
  ~StoreClient() override { ::close(answers_); }

  void send_put(const std::string& key, std::string_view value) override {
    answer(store_.put(key, value));
  }
  Outcome receive_put() override { return take_answer(); }
  void send_get(const std::string& key) override { answer(store_.get(key, value_)); }
  Outcome receive_get(std::string& value) override {
    value = value_;
    return take_answer();
  }
  int descriptor() const override { return answers_; }

 private:
  void answer(Outcome outcome) {
    outcome_ = outcome;
    ::eventfd_write(answers_, 1);
  }
  Outcome take_answer() const {
    eventfd_t count = 0;
    ::eventfd_read(answers_, &count);
    return outcome_;
  }

  Store& store_;
  Outcome outcome_ = Outcome::done;
  std::string value_;
  int answers_ = ::eventfd(0, EFD_CLOEXEC);  // readable while there is one
};

class StoreCluster : public Cluster {
 public:
  explicit StoreCluster(Store& store) : store_(store) {}
  std::vector<std::unique_ptr<Client>> clients(std::uint32_t count) override {
    std::vector<std::unique_ptr<Client>> clients;
    for (std::uint32_t i = 0; i < count; ++i) {
      clients.push_back(std::make_unique<StoreClient>(store_));
    }
    return clients;
  }
  double processor_seconds() const override { return 0; }
  void require_running() const override {
    if (store_.ended) throw Wrong("the store has ended");
  }

 private:
  Store& store_;
};

class BenchConsensusMeasure : public testing::Test {
 protected:
  /// Each of three clients has 100 keys.
  Measured measure(Kind kind) { return bench::measure(cluster_, keys_, {kind, 1'000, 3}); }

  /// What the bench ends with; empty if it does not.
  std::string problem(Kind kind) {
    try {
      measure(kind);
    } catch (const Wrong& wrong) {
      return wrong.what();
    }
    return "";
  }

  Store store_;
  StoreCluster cluster_{store_};
  Keys keys_;
};

TEST_F(BenchConsensusMeasure, CountsWhatItWasAskedFor) {
  EXPECT_GT(measure(Kind::put).a_second, 0);
  EXPECT_EQ(measure(Kind::get).asked_again, 0);
}

TEST_F(BenchConsensusMeasure, WritesKeysAndValuesOfTheStatedSize) {
  measure(Kind::get);  // for which every key is written
  EXPECT_EQ(store_.values.size(), 300u);
  for (const auto& [key, value] : store_.values) {
    EXPECT_EQ(key.size(), 16u);
    EXPECT_EQ(value.size(), 256u);
  }
}

TEST_F(BenchConsensusMeasure, EndsWhenAWriteIsLost) {
  store_.keeps_first_writes = true;
  EXPECT_TRUE(problem(Kind::put).starts_with("a wrong answer"));
}

TEST_F(BenchConsensusMeasure, EndsWhenAKeyIsLost) {
  store_.keeps_nothing = true;
  EXPECT_TRUE(problem(Kind::put).starts_with("a write was lost"));
}

TEST_F(BenchConsensusMeasure, EndsWhenAReadHasTheValueOfAnotherKey) {
  store_.answers_of_another = true;
  EXPECT_TRUE(problem(Kind::get).starts_with("a wrong answer"));
}

TEST_F(BenchConsensusMeasure, EndsWhenANodeHasEnded) {
  store_.ended = true;
  store_.without_leader = 1'000'000'000;
  EXPECT_EQ(problem(Kind::put), "the store has ended");
}

TEST_F(BenchConsensusMeasure, AsksAgainWhileThereIsNoLeader) {
  measure(Kind::get);  // every key is written now
  for (const Kind kind : {Kind::put, Kind::get}) {
    store_.without_leader = 5;
    EXPECT_EQ(measure(kind).asked_again, 5);
  }
}

TEST_F(BenchConsensusMeasure, BlamesNobodyForAPutOfUnknownOutcomeThatIsDoneLate) {
  store_.without_leader = 1;
  store_.carries_out_late = true;
  EXPECT_EQ(problem(Kind::put), "");
}

TEST(BenchConsensusBase64, IsThatOfTheStandard) {
  // RFC 4648, section 10.
  const std::vector<std::pair<std::string, std::string>> samples = {{"", ""},
                                                                    {"f", "Zg=="},
                                                                    {"fo", "Zm8="},
                                                                    {"foo", "Zm9v"},
                                                                    {"foob", "Zm9vYg=="},
                                                                    {"fooba", "Zm9vYmE="},
                                                                    {"foobar", "Zm9vYmFy"}};
  for (const auto& [bytes, text] : samples) {
    std::string written;
    append_base64(bytes, written);
    EXPECT_EQ(written, text);
    std::string read;
    read_base64(text, read);
    EXPECT_EQ(read, bytes);
  }
}

TEST(BenchConsensusBase64, RefusesWhatIsNone) {
  std::string read;
  EXPECT_THROW(read_base64("Zm9*", read), Wrong);
}

}  // namespace
}  // namespace bench
