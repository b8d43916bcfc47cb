// A small Kubernetes API for tests: speaks HTTP; lists, watches, gets, creates, binds, patches (merge, of status too) and deletes objects
// of any kind; can cut watches, forget its history and fail. It knows nothing of validation, defaults or selectors. Its own tests:
// tests/support/fake_kube_test.cc.
#pragma once

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "taskpod/kube/client.h"
#include "taskpod/net/http.h"

namespace taskpod::tests {

class FakeKube {
 public:
  FakeKube();
  ~FakeKube();

  std::unique_ptr<kube::Client> client();
  void set(const std::string& plural, const std::string& object);
  void remove(const std::string& plural, const std::string& namespace_, const std::string& name);
  void removeSilently(const std::string& plural, const std::string& namespace_, const std::string& name);  // no event: only a list shows it
  std::string get(const std::string& plural, const std::string& namespace_, const std::string& name);      // "" if it is not there
  void cutWatches();
  void forgetHistory();
  void failNext(int status, int times);
  // Every write as "METHOD path", in order.
  std::vector<std::string> writes();

 private:
  struct Event {
    std::int64_t version;
    std::string plural, type, object;
  };
  void handle(net::Exchange& exchange);
  void list(net::Exchange& exchange, const std::string& plural);
  void watch(net::Exchange& exchange, const std::string& plural, std::int64_t from);
  void write(net::Exchange& exchange, const std::string& plural, const std::string& namespace_, const std::string& name,
             const std::string& subresource);
  void store(const std::string& plural, const std::string& namespace_, std::string object);  // with mutex_ held

  std::mutex mutex_;
  std::condition_variable changed_;
  // guarded by mutex_
  std::map<std::string, std::map<std::string, std::string>> objects_;  // plural -> namespace/name -> JSON
  std::vector<Event> history_;
  std::vector<std::string> writes_;
  std::int64_t version_ = 0, oldest_ = 0;
  int generation_ = 0;  // a new one cuts the watches
  int failStatus_ = 0, failTimes_ = 0;
  bool stopped_ = false;

  std::unique_ptr<net::HttpServer> server_;
};

}  // namespace taskpod::tests
