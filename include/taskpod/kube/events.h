// Events (core/v1), written later and in their own time: recording one never blocks and never fails what it is about. Equal events of an
// object are counted up instead of written again (client-go tools/record); when too many wait, the oldest are dropped.
#pragma once

#include <condition_variable>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "taskpod/kube/client.h"

namespace taskpod::kube {

class EventRecorder {
 public:
  EventRecorder(Client& client, std::string component, std::string host);
  ~EventRecorder();
  EventRecorder(const EventRecorder&) = delete;
  EventRecorder& operator=(const EventRecorder&) = delete;

  // type: Normal or Warning.
  void record(const k8s::ObjectReference& about, std::string_view type, std::string_view reason, std::string message);

 private:
  struct Waiting {
    k8s::ObjectReference about;
    std::string type, reason, message;
  };
  struct Written {
    std::string name;
    std::int32_t count = 1;
    std::string firstTimestamp;
  };
  void run();
  void write(const Waiting& event);

  Client& client_;
  const std::string component_, host_;
  std::map<std::string, Written> written_;  // used by the thread only; cleared when it grows
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Waiting> waiting_;  // guarded by mutex_
  bool stopped_ = false;         // guarded by mutex_
  std::jthread thread_;
};

k8s::ObjectReference referenceTo(std::string_view apiVersion, std::string_view kind, const k8s::ObjectMeta& meta);
k8s::ObjectReference referenceTo(const k8s::Pod& pod);

}  // namespace taskpod::kube
